"""Duplicates: one carries on with the evidence of both, and nothing is counted twice."""

import pytest

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import Invalid, NotAllowed
from reviews.proposals import decisions, duplicates, submissions, turns
from reviews.proposals.duplicates import Doing
from reviews.proposals.models import Evidence, Proposal
from tests.factories import (
    ADA,
    BOB,
    a_draft,
    a_proposal,
    a_quote,
    a_store,
    a_trace,
    a_user,
    a_version,
    an_add,
    an_agent,
    an_edit,
    much_later,
)

pytestmark = pytest.mark.django_db
DREAM = Actor.system("offline")
State = Proposal.State


@pytest.fixture
def store():
    store = a_store()
    a_version(store, rules="- Answer within 24 h.\n")
    an_agent(store.team)
    return store


def quotes(store, *words):
    agent = store.team.agents.first()
    return tuple(a_quote(a_trace(agent, each), each) for each in words)


def quoted(proposal):
    rows = Evidence.objects.filter(operation__proposal=proposal)
    return sorted(rows.values_list("quote", flat=True))


def counts(runs, groups):
    return {"runs": runs, "groups": groups, "people": 2, "agents": 1, "against": 0}


@pytest.fixture
def first(store):
    return a_proposal(
        store,
        an_add("Amounts are in euros."),
        quotes=quotes(store, "in euros"),
        groups=("a", "b", "c"),
        counts=counts(7, 3),
        fingerprint="first",
    )


@pytest.fixture
def second(store, first):
    return a_proposal(
        store,
        an_add("Euros are the currency of amounts."),
        quotes=quotes(store, "euros, please"),
        groups=("d", "e"),
        counts=counts(4, 2),
        fingerprint="second",
    )


def test_the_canonical_one_carries_on_with_the_evidence_of_both(first, second):
    duplicates.mark(second, first, by=ADA)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (second.state, second.superseded_by) == (State.SUPERSEDED, first)
    assert second.settled_at is not None
    assert quoted(first) == ["euros, please", "in euros"]
    assert first.groups == ["a", "b", "c", "d", "e"]
    assert (first.counts["groups"], first.counts["runs"]) == (5, 11)
    entry = ledger.about(second)[0]
    assert entry.action == "proposal.merged"
    assert ledger.content_of(entry)["facts"] == {
        "into": first.pk,
        "quotes": 1,
        "groups": 2,
    }


def test_what_both_have_is_counted_once(store):
    shared = quotes(store, "in euros")
    one = a_proposal(store, quotes=shared, groups=("a", "b", "c"), counts=counts(7, 3))
    other = a_proposal(
        store,
        quotes=(*shared, *quotes(store, "euros")),
        groups=("b", "c", "d"),
        counts=counts(6, 3),
    )

    duplicates.mark(other, one, by=ADA)

    one.refresh_from_db()
    assert quoted(one) == ["euros", "in euros"]
    assert one.counts["groups"] == len(one.groups) == 4
    # At least: the runs of two groups are in both.
    assert one.counts["runs"] == 8


def test_evidence_goes_to_the_operation_that_says_the_same(store):
    canonical = a_proposal(
        store,
        an_add("Dates are in ISO 8601."),
        an_edit("Answer within 24 h.", "Answer within 4 h."),
        quotes=(),
        engine="",
    )
    other = a_proposal(
        store,
        an_edit("Answer within 24 h.", "Answer within four hours."),
        quotes=quotes(store, "four hours, please"),
    )

    duplicates.mark(other, canonical, by=ADA)

    (row,) = Evidence.objects.filter(operation__proposal=canonical)
    assert row.operation.position == 1


@pytest.mark.parametrize("state", ["rejected", "applied", "superseded"])
def test_nothing_carries_on_as_what_is_settled(first, second, state):
    Proposal.objects.filter(pk=first.pk).update(state=state)

    with pytest.raises(duplicates.NotUndecided):
        duplicates.mark(second, first, by=ADA)

    second.refresh_from_db()
    assert second.state == State.OPEN


def test_whoever_comes_second_is_refused(first, second):
    decisions.reject(second, by=BOB, reason="One case.")

    with pytest.raises(decisions.AlreadyDecided, match="bob rejected"):
        duplicates.mark(second, first, by=ADA)


def test_it_is_no_duplicate_of_itself_nor_of_another_store_s(store, first):
    elsewhere = a_proposal(a_store(store.team))

    for other in (first, elsewhere):
        with pytest.raises(Invalid):
            duplicates.mark(first, other, by=ADA)
    with pytest.raises(NotAllowed):
        duplicates.mark(first, a_proposal(store), by=Actor("agent", "shop"))


def draft_of_second(store, *words, groups=("d", "e", "f"), runs=6, people=()):
    return a_draft(
        store,
        an_add("Euros are the currency of amounts."),
        fingerprint="second",
        quotes=quotes(store, *words),
        groups=groups,
        people=people,
        counts=counts(runs, len(groups)),
        because="Said of the second.",
    )


def test_what_a_dream_finds_later_goes_to_the_one_that_carried_on(store, first, second):
    duplicates.mark(second, first, by=ADA)

    found = submissions.open(store, draft_of_second(store, "euro coins"), by=DREAM)

    assert (found.result, found.proposal) == ("updated", first)
    first.refresh_from_db()
    assert "euro coins" in quoted(first)
    assert first.counts["groups"] == len(first.groups) == 6
    assert first.counts["runs"] == 12
    assert first.because != "Said of the second."
    assert not Proposal.objects.filter(fingerprint="second", state="open").exists()


def test_the_same_again_is_no_news(store, first, second):
    duplicates.mark(second, first, by=ADA)
    submissions.open(store, draft_of_second(store, "euro coins"), by=DREAM)

    again = submissions.open(store, draft_of_second(store, "euro coins"), by=DREAM)

    assert (again.result, again.code) == ("refused", "waiting")


def test_a_dream_s_own_counts_do_not_forget_the_other_s(store, first, second):
    duplicates.mark(second, first, by=ADA)
    own = a_draft(
        store,
        an_add("Amounts are in euros."),
        fingerprint="first",
        groups=("a", "b", "c", "g"),
        counts=counts(9, 4),
    )

    submissions.open(store, own, by=DREAM)

    first.refresh_from_db()
    assert first.counts["groups"] == len(first.groups) == 6
    assert first.counts["runs"] == 12


def test_when_the_canonical_one_is_turned_down_both_stay_quiet(store, first, second):
    duplicates.mark(second, first, by=ADA)
    first.refresh_from_db()
    decisions.reject(first, by=BOB, reason="Too broad.", ground="too-broad")

    found = submissions.open(store, draft_of_second(store, "euro coins"), by=DREAM)

    assert (found.result, found.code) == ("refused", "muted")
    assert "Too broad." in found.reason


def test_when_the_canonical_one_is_applied_both_are_covered(store, first, second):
    duplicates.mark(second, first, by=ADA)
    first.refresh_from_db()
    decisions.approve(first, by=BOB, hold=0)

    found = submissions.open(store, draft_of_second(store, "euro coins"), by=DREAM)

    assert (found.result, found.code) == ("refused", "covered")


def test_a_duplicate_may_come_back_on_its_own_with_new_evidence(store, first, second):
    duplicates.mark(second, first, by=ADA)
    first.refresh_from_db()
    decisions.reject(first, by=BOB, reason="Too broad.")
    many = tuple(f"new-{number}" for number in range(6))
    draft = draft_of_second(store, "euro coins", groups=many, people=("new",))
    much_later(store)

    back = submissions.open(store, draft, by=DREAM)
    again = submissions.open(store, draft, by=DREAM)

    assert (back.result, back.proposal.returned) == ("returned", first)
    assert (again.code, again.proposal) == ("waiting", back.proposal)


def test_a_duplicate_of_a_duplicate_leads_to_the_last_one(store, first, second):
    third = a_proposal(store, an_add("All amounts: euros."), fingerprint="third")
    duplicates.mark(second, first, by=ADA)
    first.refresh_from_db()
    duplicates.mark(first, third, by=ADA)

    assert duplicates.carrying_on(store, "second") == third
    assert duplicates.carrying_on(store, "first") == third
    assert duplicates.carrying_on(store, "third") is None


def test_a_memory_that_both_write_to_counts_more_than_words():
    source = Doing("/desk.md", "Amounts are in euros.")
    elsewhere = Doing("/rules.md", "Amounts are in euros.")
    here = Doing("/desk.md", "Ask the lead.")

    assert duplicates.matched([source], [elsewhere, here]) == [1]
    # Within one memory, and where they share none, it is the words.
    assert duplicates.matched([source], [here, source]) == [1]
    assert duplicates.matched([Doing("/x.md", "Ask.")], [elsewhere, here]) == [1]


def test_whoever_marks_it_has_had_their_turn(store, first, second):
    turns.assign(second, a_user("ada", store.team), by=BOB)

    duplicates.mark(second, first, by=ADA)

    assert turns.of([second]) == {}
