"""Whatever an address or a form says, it is answered: never with a failure of ours."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from reviews.memory.models import Store
from reviews.proposals.models import Jotting, Proposal
from tests import factories

pytestmark = pytest.mark.django_db

ENDLESS = "9" * 5_000
# A zone that Python knows and PostgreSQL does not, and the ends of the calendar.
MOMENTS = [
    "2026-01-01T00:00:00+23:59",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
]


@pytest.fixture
def store(team: Any) -> Store:
    found = factories.a_store(team, "rules")
    factories.a_version(found, rules="# Rules\n\n- Be kind.\n")
    return found


@pytest.fixture
def proposal(store: Store) -> Proposal:
    return factories.a_proposal(store)


@pytest.mark.parametrize("name", ["q", "store", "sort", "section"])
def test_an_address_within_an_address_may_hold_a_nul(as_ada, proposal, name):
    address = reverse("web:proposal", args=[proposal.pk])

    answer = as_ada.get(address, {"from": urlencode({name: "a\0b"})})

    assert answer.status_code == 200


def test_a_nul_in_any_field_takes_nothing_else_from_what_was_typed(as_ada, proposal):
    address = reverse("web:proposal-jot", args=[proposal.pk])

    as_ada.post(address, {"reason": "a\0b", "comment": "fine", "from\0": "q=\0"})

    assert dict(Jotting.objects.values_list("field", "text")) == {
        "reason": "ab",
        "comment": "fine",
    }


@pytest.mark.parametrize("name", ["rev", "since", "included"])
def test_a_number_without_end_in_an_address_is_none(as_ada, proposal, name):
    address = reverse("web:proposal", args=[proposal.pk])

    assert as_ada.get(address, {name: ENDLESS, "choose": "1"}).status_code == 200


def test_an_operation_with_an_endless_number_is_not_there(as_ada, proposal):
    address = reverse("web:proposal-approve", args=[proposal.pk])

    answer = as_ada.post(address, {"choose": "1", "included": ENDLESS})

    assert answer.status_code == 422


def test_a_text_for_an_endless_number_is_for_nothing(as_ada, proposal):
    address = reverse("web:proposal-edit", args=[proposal.pk])

    answer = as_ada.post(
        address,
        urlencode({f"text-{ENDLESS}": "Hm.", "preview": "1"}),
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code == 200


def test_a_merge_into_a_number_without_end_is_refused_in_words(as_ada, proposal):
    form = {"verb": "merge", "pk": proposal.pk, "into": ENDLESS}

    answer = as_ada.post(reverse("web:inbox-act"), form)

    assert answer.status_code == 422
    assert b"Say which one carries on." in answer.content


@pytest.mark.parametrize("at", MOMENTS)
def test_news_since_any_moment_is_told(as_ada, proposal, at):
    answer = as_ada.get(reverse("web:inbox-news"), {"at": at, "said": at})

    assert answer.status_code in (200, 204)


@pytest.mark.parametrize("at", MOMENTS)
def test_memory_as_of_any_moment_is_shown_or_refused(as_ada, store, at):
    address = reverse("web:memory", args=[store.name])

    assert as_ada.get(address, {"as_of": at}).status_code in (200, 422)


@pytest.mark.parametrize("wish", [
    '{"path": "/rules.md", "heading": ["\\u0000"]}',
    '{"path": "/rules.md", "heading": ["\\ud800"]}',
    '{"path": "/\\ud800.md", "heading": []}',
    '{"path": "/a\\u0000.md", "heading": []}',
    '[' * 3_000,
])  # fmt: skip
def test_a_place_that_no_text_can_name_is_refused_in_words(as_ada, proposal, wish):
    form = {"choice": "place", "place": wish, "reason": "There."}

    answer = as_ada.post(reverse("web:proposal-changes", args=[proposal.pk]), form)

    assert answer.status_code == 422


@pytest.mark.parametrize("scope", ["agent:", "agent: ", "person:" + "x" * 121])
def test_a_scope_of_nobody_is_refused_before_a_dream_stumbles(as_ada, proposal, scope):
    form = {"choice": "scope", "scope": scope, "reason": "For them."}

    answer = as_ada.post(reverse("web:proposal-changes", args=[proposal.pk]), form)

    assert answer.status_code == 422


def test_a_filter_that_is_too_long_when_written_out_is_not_kept(as_ada, team):
    form = {"do": "save", "name": "slashes", "from": urlencode({"q": "\\" * 390})}

    answer = as_ada.post(reverse("web:inbox-filters"), form, follow=True)

    assert "too long to be kept" in answer.content.decode()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/inbox/?q=a%00b", "“q” holds a NUL"),
        ("/traces/?agent=x&score=%00", "“score” holds a NUL"),
        ("/memory/rules/%00", "The address holds a NUL"),
    ],
)
def test_an_address_with_a_nul_is_refused_by_name(as_ada, store, address, says):
    answer = as_ada.get(address)

    assert answer.status_code == 400
    assert says in answer.content.decode()


@pytest.mark.parametrize("address", [
    f"/inbox/?after={ENDLESS}", f"/inbox/?q={'(' * 3_000}", "/inbox/?q=%ED%A0%80",
    "/inbox/?q=age:%3E99999999999999999999d", f"/inbox/?q={'x' * 1_000_000}",
    "/traces/?from=2026-02-30&to=x", "/traces/?from=0001-01-01&to=9999-12-31",
    f"/traces/?after={ENDLESS}", f"/traces/?q={'%26' * 500}", "/traces/?score=x&sort=x",
    f"/audit/?after={ENDLESS}&from=x", "/audit/?after=-1&actor=%ED%A0%80",
    "/history/rules/?from=x&to=9999-12-31&after=99999999999999999999",
    "/history/rules/99999999999999999999/", "/compare/rules/1..99999999999999999999/",
    "/memory/rules/?v=99999999999999999999", "/memory/rules/?v=x&as_of=x",
    f"/memory/rules/{'x' * 3_000}", "/memory/rules/%ED%A0%80", "/memory/rules/..%2f..%2f",
    f"/rollback/rules/?to={ENDLESS}", f"/rollback/rules/?undo=P-{ENDLESS}",
    f"/dreams/?after={ENDLESS}", f"/dreams/compare/?a={ENDLESS}&b=1",
    "/agents/99999999999999999999/", "/traces/99999999999999999999/",
    f"/palette/?q={'x' * 50_000}", "/nowhere/%ff", f"/{'x' * 9_000}",
])  # fmt: skip
def test_no_address_breaks_a_page(as_ada, store, address):
    assert as_ada.get(address).status_code in (200, 404, 422)
