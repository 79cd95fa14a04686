"""Whoever would rather not decide opens the inverse as a proposal."""

import pytest

from reviews.proposals import decisions
from reviews.proposals.models import Proposal
from tests.factories import BOB, LIN
from tests.web.rolling_back.conftest import (
    PAGE,
    START,
    form_of,
    previewed,
    rules,
    shown,
    state,
)

pytestmark = pytest.mark.django_db


def test_who_asks_opens_a_proposal_with_exactly_the_inverse(
    as_ada, store, dates, cents
):
    form = form_of(previewed(as_ada, f"undo={dates.name}"), reason="Not my call.")

    answer = as_ada.post(PAGE, {**form, "ask": "1"})

    asked = Proposal.objects.exclude(pk__in=[dates.pk, cents.pk]).get()
    assert answer["Location"] == f"/proposals/{asked.pk}/"
    assert (asked.title, asked.because, asked.by, asked.state) == (
        f"Undo {dates.name}: Dates are ISO 8601.",
        "Not my call.",
        "person:ada",
        "open",
    )
    (operation,) = asked.operations.all()
    assert (operation.kind, operation.before) == ("delete", "Dates are ISO 8601.")
    assert state(dates) == "applied"
    for person in (BOB, LIN):
        decisions.approve(asked, by=person, reason="Right.", hold=0)
    assert "Dates" not in rules(store)


def test_a_request_links_what_it_takes_back(as_ada, store, dates):
    form = form_of(previewed(as_ada, f"undo={dates.name}"), reason="Not my call.")

    page = as_ada.post(PAGE, {**form, "ask": "1"}, follow=True).content.decode()

    assert f'It takes back <a href="/proposals/{dates.pk}/">{dates.name}</a>' in page


def test_to_ask_twice_leads_to_the_first_request(as_ada, as_bob, store, dates):
    for client in (as_ada, as_bob):
        form = form_of(previewed(client, f"undo={dates.name}"), reason="Not my call.")
        last = client.post(PAGE, {**form, "ask": "1"})

    asked = Proposal.objects.exclude(pk=dates.pk).get()
    assert last["Location"] == f"/proposals/{asked.pk}/"


def test_to_ask_for_a_restore_words_whole_memories(as_ada, store, dates, cents):
    form = form_of(previewed(as_ada, "to=1"), reason="A bad day.")

    as_ada.post(PAGE, {**form, "ask": "1"})

    asked = Proposal.objects.exclude(pk__in=[dates.pk, cents.pk]).get()
    for person in (BOB, LIN):
        if state(asked) == "open":
            decisions.approve(asked, by=person, reason="Right.", hold=0)
    assert rules(store) == START
    assert asked.title == "Restore v1 of support"


def test_to_ask_needs_a_reason_and_no_conflict(as_ada, store, disputed):
    page = previewed(as_ada, f"undo={disputed.name}")
    assert 'name="ask"' not in page

    form = form_of(page, reason=" ")
    assert "Say why" in shown(as_ada.post(PAGE, {**form, "ask": "1"}), 422)
    form["reason"] = ["No cents."]
    page = shown(as_ada.post(PAGE, {**form, "ask": "1"}), 409)
    assert "whoever may roll back has to choose" in page
    assert Proposal.objects.count() == 2


def test_whoever_only_reads_asks_and_does_not_decide(as_vera, store, dates, cents):
    form = form_of(previewed(as_vera, f"undo={dates.name}"), reason="It does harm.")

    page = shown(as_vera.post(PAGE, {**form, "ask": "1"}, follow=True), 200)

    asked = Proposal.objects.exclude(pk__in=[dates.pk, cents.pk]).get()
    assert (asked.by, asked.because) == ("person:vera", "It does harm.")
    assert f"{asked} asks for it: others decide now." in page
    assert "Deciding needs an operator" in page
    answer = as_vera.post(f"/proposals/{asked.pk}/approve/", {"reason": "Mine."})
    assert (answer.status_code, state(dates)) == (403, "applied")


def test_whoever_only_reads_may_ask_for_what_is_kept(as_vera, store, dates, cents):
    form = form_of(previewed(as_vera, "to=1"), keep=[cents.pk], reason="A bad day.")
    looked = shown(as_vera.post(PAGE, {**form, "preview": "1"}), 200)
    assert f'value="{cents.pk}" checked' in looked

    as_vera.post(PAGE, {**form, "ask": "1"})

    asked = Proposal.objects.exclude(pk__in=[dates.pk, cents.pk]).get()
    assert "Dates are ISO 8601." in asked.operations.get().before


def test_who_may_not_choose_a_side_is_told_who_may(as_vera, store, disputed):
    page = previewed(as_vera, f"undo={disputed.name}")

    assert "only an operator or above may choose" in page
    assert 'name="ask"' not in page
    assert 'name="reason"' not in page
