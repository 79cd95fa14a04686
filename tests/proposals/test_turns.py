"""Turns: who is asked, why, and when it is over."""

import pytest

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import Invalid
from reviews.proposals import bindings, decisions, threads, turns
from reviews.proposals.models import Proposal, Turn
from tests.factories import (
    ADA,
    BOB,
    LIN,
    a_proposal,
    a_store,
    a_team,
    a_version,
    an_edit,
    the_cast,
)

pytestmark = pytest.mark.django_db
Why = Turn.Why


@pytest.fixture
def team():
    return a_team()


@pytest.fixture
def cast(team):
    return the_cast(team)


@pytest.fixture
def store(team):
    store = a_store(team)
    a_version(store, rules="- Answer within 24 h.\n- Be kind.\n")
    return store


@pytest.fixture
def proposal(store):
    return a_proposal(store, an_edit("Answer within 24 h.", "Answer within 4 h."))


def whose(proposal):
    return {
        turn.user.username: turn.why
        for turn in turns.of([proposal]).get(proposal.pk, [])
    }


def test_whoever_is_assigned_has_the_turn_and_the_ledger_says_by_whom(proposal, cast):
    turns.assign(proposal, cast["bob"], by=ADA)

    (turn,) = turns.of([proposal])[proposal.pk]
    assert (turn.user, turn.why, turn.by) == (cast["bob"], "assigned", "person:ada")
    entry = ledger.about(proposal)[0]
    assert entry.action == "proposal.assigned"
    assert ledger.content_of(entry)["facts"] == {"to": "bob"}


def test_a_proposal_is_assigned_to_one_person_or_to_nobody(proposal, cast):
    turns.assign(proposal, cast["bob"], by=ADA)
    turns.assign(proposal, cast["lin"], by=ADA)
    assert whose(proposal) == {"lin": "assigned"}

    turns.assign(proposal, None, by=ADA)

    assert whose(proposal) == {}


def test_one_can_take_it_oneself(proposal, cast):
    turns.give(proposal, cast["ada"], Why.MENTIONED, by=BOB)

    turns.assign(proposal, cast["ada"], by=ADA)

    assert whose(proposal) == {"ada": "assigned"}


def test_assigning_it_to_somebody_else_passes_one_s_turn_on(proposal, cast):
    turns.give(proposal, cast["ada"], Why.MENTIONED, by=BOB)

    turns.assign(proposal, cast["bob"], by=ADA)

    assert whose(proposal) == {"bob": "assigned"}


@pytest.mark.parametrize("name", ["vera", "eve"])
def test_it_is_assigned_to_nobody_who_could_not_decide(proposal, cast, name):
    with pytest.raises(Invalid):
        turns.assign(proposal, cast[name], by=ADA)


def test_what_is_settled_is_assigned_to_nobody(proposal, cast):
    decisions.reject(proposal, by=ADA, reason="One case.")

    with pytest.raises(Invalid):
        turns.assign(proposal, cast["bob"], by=ADA)


def test_an_answer_gives_the_turn_to_the_thread_s_author(proposal, cast):
    thread = threads.say(proposal, by=ADA, text="Why 4 h?")

    threads.answer(thread, by=BOB, text="Because customers ask for it.")

    assert whose(proposal) == {"ada": "answered"}


def test_when_the_author_answers_whoever_spoke_before_has_the_turn(proposal, cast):
    thread = threads.say(proposal, by=ADA, text="Why 4 h?")
    threads.answer(thread, by=BOB, text="Because.")

    threads.answer(thread, by=ADA, text="Because of what?")

    assert whose(proposal) == {"bob": "answered"}


def test_a_mention_says_more_than_an_answer(proposal, cast):
    thread = threads.say(proposal, by=ADA, text="Why 4 h?")

    threads.answer(thread, by=BOB, text="What would you say, @ada?")

    assert whose(proposal) == {"ada": "mentioned"}


def test_a_program_that_began_a_thread_waits_for_no_answer(proposal, cast):
    thread = threads.say(proposal, by=Actor.system("offline"), text="Seen twice.")

    threads.answer(thread, by=BOB, text="Where?")

    assert whose(proposal) == {}


@pytest.mark.parametrize(
    "act",
    [
        lambda p: threads.say(p, by=BOB, text="Hm."),
        lambda p: decisions.reject(p, by=BOB, reason="One case."),
        lambda p: decisions.request_changes(p, by=BOB, reason="Narrower."),
        lambda p: decisions.approve(p, by=BOB, bound=bindings.of(p).bound),
        lambda p: decisions.reword(p, texts={0: "Answer within 8 h."}, by=BOB),
    ],
    ids=["comments", "rejects", "requests changes", "approves", "rewords"],
)
def test_the_turn_ends_when_that_person_acts_and_the_other_s_stays(proposal, cast, act):
    turns.give(proposal, cast["bob"], Why.MENTIONED, by=ADA)
    turns.give(proposal, cast["lin"], Why.MENTIONED, by=ADA)

    act(proposal)

    assert whose(proposal) == {"lin": "mentioned"}


def test_other_words_ask_whoever_has_approved_again(proposal, cast):
    Proposal.objects.update(risk="high")
    decisions.approve(proposal, by=ADA, reason="Fine.")

    decisions.reword(proposal, texts={0: "Answer within 8 h."}, by=BOB)

    assert whose(proposal) == {"ada": "reset"}


def test_whose_approval_is_void_already_is_not_asked_once_more(proposal, cast):
    Proposal.objects.filter(pk=proposal.pk).update(risk="high")
    proposal.refresh_from_db()
    decisions.approve(proposal, by=ADA, reason="Sure.")
    decisions.reword(proposal, texts={0: "Answer within 8 h."}, by=BOB)
    threads.say(proposal, by=ADA, text="That is too long for me.")
    assert whose(proposal) == {}

    decisions.reword(proposal, texts={0: "Answer within 6 h."}, by=BOB)

    assert whose(proposal) == {}


def test_an_approval_that_meets_a_conflict_asks_its_person_again(proposal, store, cast):
    held = decisions.approve(proposal, by=ADA, hold=60)
    a_version(store, rules="- Answer within 9 h.\n- Be kind.\n")

    decisions.apply_due(held.applies_at)

    proposal.refresh_from_db()
    assert proposal.state == Proposal.State.NEEDS_ATTENTION
    assert whose(proposal) == {"ada": "reset"}


def test_a_decision_that_a_colleague_takes_back_asks_its_person_again(proposal, cast):
    decisions.approve(proposal, by=ADA, hold=3_600)

    decisions.withdraw(proposal, by=BOB)

    assert whose(proposal) == {"ada": "reset"}


def test_what_one_takes_back_oneself_asks_nobody(proposal, cast):
    decisions.approve(proposal, by=ADA, hold=3_600)

    decisions.withdraw(proposal, by=ADA)

    assert whose(proposal) == {}


def test_turns_of_many_proposals_are_one_query(store, cast, django_assert_num_queries):
    several = [a_proposal(store) for _ in range(3)]
    for one in several:
        turns.give(one, cast["bob"], Why.MENTIONED, by=LIN)
        turns.give(one, cast["ada"], Why.ANSWERED, by=LIN)

    with django_assert_num_queries(1):
        found = turns.of(several)
        names = {turn.user.username for each in found.values() for turn in each}

    assert names == {"ada", "bob"}
    assert {len(each) for each in found.values()} == {2}
