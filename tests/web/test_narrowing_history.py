"""A timeline narrowed to what somebody looks for, shortened, and named at its turns."""

import re
from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone

from reviews.memory import tags, versions
from reviews.proposals import decisions
from reviews.traces import readings
from reviews.web.presenters.runs import sittings
from tests.factories import (
    ADA,
    BOB,
    LIN,
    a_proposal,
    a_store,
    a_version,
    an_add,
    an_agent,
)
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(team):
    return a_store(team, "support")


def text(response) -> str:
    return response.content.decode()


def numbers(response) -> list[int]:
    return [row.version.number for row in response.context["rows"]]


def written(
    store, path="/a.md", *, by=ADA, ago=timedelta(0), reason="Next.", kind="edit"
):
    """A version of its own, as old as it is wanted."""
    texts = {path: f"- {store.head}\n"}
    with mock.patch("django.utils.timezone.now", return_value=timezone.now() - ago):
        return versions.commit(store, texts, by=by, reason=reason, kind=kind)


# Filters


def test_a_timeline_is_narrowed_by_path_actor_kind_name_and_day(as_vera, store):
    written(store, "/rules.md", ago=timedelta(days=20), kind="import")
    written(store, "/refunds/rules.md", by=BOB, ago=timedelta(days=9))
    written(store, "/tone.md", by=LIN, ago=timedelta(days=2))
    written(store, "/refunds/notes.md", ago=timedelta(days=1))
    tags.give(store, 3, "calm", by=LIN)
    day = (timezone.now() - timedelta(days=2)).date().isoformat()

    found = {
        query: numbers(as_vera.get(f"/history/support/?{query}"))
        for query in (
            "path=refunds",
            "path=REFUNDS/rules",
            "by=lin",
            "by=person:bob",
            "kind=import",
            "named=1",
            f"until={day}",
            f"since={day}&until={day}",
            "path=refunds&by=bob",
            "path=nowhere",
        )
    }

    assert found == {
        "path=refunds": [4, 2],
        "path=REFUNDS/rules": [2],
        "by=lin": [3],
        "by=person:bob": [2],
        "kind=import": [1],
        "named=1": [3],
        f"until={day}": [3, 2, 1],
        f"since={day}&until={day}": [3],
        "path=refunds&by=bob": [2],
        "path=nowhere": [],
    }


def test_a_deleted_memory_s_versions_are_still_found_by_its_path(as_vera, store):
    written(store, "/gone.md")
    versions.commit(store, {"/gone.md": None}, by=ADA, reason="Out.")
    written(store, "/other.md")

    assert numbers(as_vera.get("/history/support/?path=gone")) == [2, 1]


@pytest.mark.parametrize(
    "query", ["kind=zebra", "since=soon", "until=9999-99-99", "policy=x", "named="]
)
def test_what_cannot_be_read_filters_nothing(as_vera, store, query):
    written(store)

    assert numbers(as_vera.get(f"/history/support/?{query}")) == [1]


def test_where_nothing_matches_it_says_so_and_how_to_see_all(as_vera, store):
    written(store)

    page = text(htmx(as_vera.get, "/history/support/?by=zebra"))

    assert "No version matches" in page
    assert 'href="/history/support/"' in page


def test_the_filter_stays_on_the_next_page_and_asks_no_more(flat_queries, store):
    flat_queries(
        "/history/support/?path=md&by=ada&since=2020-01-01",
        add_row=lambda: written(store),
    )


# What one actor did in one go


def test_what_one_actor_did_within_ten_minutes_is_folded_under_the_newest(
    as_vera, store
):
    for minutes in (40, 30, 8, 5, 1):
        written(store, ago=timedelta(minutes=minutes))

    page = as_vera.get("/history/support/")
    groups = page.context["sittings"]

    assert [(g.row.version.number, len(g.rest)) for g in groups] == [
        (5, 2),
        (2, 0),
        (1, 0),
    ]
    assert "2 more by" in text(page)
    assert "down to v3" in text(page)
    assert numbers(page) == [5, 4, 3, 2, 1]


def test_another_actor_a_name_and_a_rollback_are_never_folded_away(as_vera, store):
    for by in (ADA, ADA, BOB, ADA, ADA, ADA):
        written(store, by=by)
    tags.give(store, 5, "calm", by=LIN)
    versions.restore(store, 2, by=ADA, reason="Back.")

    rows = as_vera.get("/history/support/").context["rows"]

    assert [len(group.rest) for group in sittings(rows)] == [0] * 7


# Names


def test_a_lead_names_a_version_and_everybody_sees_and_uses_it(as_lin, as_vera, store):
    written(store)
    written(store)

    answer = as_lin.post("/history/support/1/name/", {"name": "calm"}, follow=True)

    assert answer.redirect_chain == [("/history/support/1/", 303)]
    assert "v1 is called calm now." in text(answer)
    assert re.search(r"chip--tag.*?calm", text(as_vera.get("/history/support/")))
    assert as_vera.get("/compare/support/calm..head/").context["older"] == 1

    as_lin.post("/history/support/1/name/", {"take": "calm"})
    assert as_vera.get("/compare/support/calm..head/").status_code == 404


def test_a_name_that_is_refused_comes_back_with_what_was_typed(as_lin, store):
    written(store)

    answer = as_lin.post("/history/support/1/name/", {"name": "v12"})

    assert answer.status_code == 422
    assert re.search(
        r'<input[^>]*name="name"[^>]*value="v12"[^>]*aria-invalid', text(answer)
    )
    assert "means another version already" in text(answer)


def test_an_operator_names_nothing(as_ada, store):
    written(store)

    assert as_ada.post("/history/support/1/name/", {"name": "calm"}).status_code == 403
    assert "Give it a name" not in text(as_ada.get("/history/support/1/"))


# Comparing by any name


def test_versions_are_compared_by_number_head_day_and_what_was_read_last(
    as_vera, store
):
    for days in (30, 3, 0):
        written(store, ago=timedelta(days=days))
    readings.record(an_agent(store.team), store, 2)
    week = (timezone.now() - timedelta(days=7)).date().isoformat()

    for address, pair in {
        "v1..head": (1, 3),
        f"{week}..head": (1, 3),
        "read..head": (2, 3),
        "0..2": (0, 2),
    }.items():
        context = as_vera.get(f"/compare/support/{address}/").context
        assert (context["older"], context["newer"]) == pair

    links = re.findall(
        r'href="/compare/support/([^"]+)\.\.head/"',
        text(as_vera.get("/history/support/")),
    )
    assert {"2", week, "read"} <= set(links)


def test_y_pins_what_moves_to_numbers_and_keeps_the_view(as_vera, store):
    written(store)
    written(store)

    page = text(as_vera.get("/compare/support/1..head/?mode=steps"))

    assert 'href="/compare/support/1..2/?mode=steps" data-key="y"' in page
    assert 'data-key="y"' not in text(as_vera.get("/compare/support/1..2/?mode=steps"))


def test_many_memories_that_differ_stand_on_several_pages(as_vera, store, monkeypatch):
    monkeypatch.setattr("reviews.web.keysets.SIZE", 4)
    a_version(store, **{f"m{n}": f"- {n}\n" for n in range(6)})

    first = text(as_vera.get("/compare/support/0..1/"))
    following = re.search(r'href="(\?beyond=[^"]+)"', first)[1]
    second = text(as_vera.get(f"/compare/support/0..1/{following}"))

    shown = [re.findall(r'diff__path">(/m\d\.md)', page) for page in (first, second)]
    assert shown == [[f"/m{n}.md" for n in range(4)], ["/m4.md", "/m5.md"]]
    assert "More memories" not in second


def test_a_version_says_who_why_when_and_links_its_proposal_step_by_step(
    as_vera, store
):
    a_version(store, rules="- One.\n")
    proposal = a_proposal(store, an_add("Amounts are in euros."))
    decisions.approve(proposal, by=ADA, reason="Finance asked.", hold=0)

    page = text(as_vera.get("/compare/support/1..2/?mode=steps"))
    step = page[page.index("<h2>") : page.index('<div class="diff"')]

    for words in ("ada", "just now", "Finance asked.", f"/proposals/{proposal.pk}/"):
        assert words in step
