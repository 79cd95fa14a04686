"""Wishes: what a proposal can be asked to be instead, and how it is followed or not."""

import pytest

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import Invalid
from reviews.memory import versions
from reviews.proposals import (
    decisions,
    followings,
    submissions,
    threads,
    turns,
    wishes,
    wordings,
)
from reviews.proposals.models import Decision, Proposal
from tests.factories import (
    ADA,
    BOB,
    a_deletion,
    a_draft,
    a_proposal,
    a_store,
    a_team,
    a_version,
    an_add,
    an_edit,
    the_cast,
)

pytestmark = pytest.mark.django_db
DREAM = Actor.system("offline")
State = Proposal.State
RULES = "# Rules\n\n## Money\n\n- Amounts are in euros.\n"


@pytest.fixture
def team():
    return a_team()


@pytest.fixture
def cast(team):
    return the_cast(team)


@pytest.fixture
def store(team):
    store = a_store(team)
    a_version(store, rules=RULES)
    return store


@pytest.fixture
def proposal(store, cast):
    return a_proposal(
        store,
        an_add("Refunds are in euros.", "/mistakes.md", heading=("Mistakes",)),
        alternatives=("Refund in euros.", "Pay refunds in euros."),
    )


def ask(proposal, wish, **fields):
    return decisions.request_changes(proposal, by=ADA, wanted=wish, **fields)


def follow(decision):
    """What is open after the request was followed."""
    found = followings.follow(decision, by=DREAM).proposal
    found.refresh_from_db()
    return found


def test_a_wish_is_kept_with_the_decision_and_says_what_it_is(proposal):
    decision = ask(proposal, wishes.Scope("agent", "shop"))

    decision.refresh_from_db()
    assert decision.wishes == {"wish": "scope", "scope": "agent", "of": "shop"}
    assert (decision.ground, decision.reason) == ("scope", "Only for the agent shop.")
    assert wishes.read(decision.wishes) == wishes.Scope("agent", "shop")
    facts = ledger.content_of(ledger.about(proposal)[0])["facts"]
    assert facts["wishes"] == decision.wishes


def test_one_s_own_words_stand_beside_a_wish(proposal):
    decision = ask(proposal, wishes.Scope("agent", "shop"), reason="It is theirs.")

    assert decision.reason == "It is theirs."


def test_what_can_be_asked_for_is_what_there_is(proposal):
    offered = wishes.offers(proposal)

    (agent, person) = offered.scopes
    assert (agent.scope, person) == ("agent", wishes.Scope("person", "dana"))
    assert offered.places == (wishes.Place("/rules.md", ("Rules", "Money")),)
    assert offered.wordings == ("Refund in euros.", "Pay refunds in euros.")


@pytest.mark.parametrize(
    "operation",
    [
        an_edit("Amounts are in euros.", "In cents."),
        a_deletion("Amounts are in euros."),
    ],
)
def test_a_rule_that_stands_already_goes_nowhere_else(store, operation):
    proposal = a_proposal(store, operation)

    assert wishes.offers(proposal) == wishes.Offers((), (), ())
    for wish in (wishes.Scope("agent", "shop"), wishes.Place("/rules.md")):
        with pytest.raises(Invalid):
            ask(proposal, wish)


@pytest.mark.parametrize(
    "wish", [wishes.Words("Something else."), wishes.Place("no/path")]
)
def test_what_could_never_be_followed_is_refused_at_once(proposal, wish):
    with pytest.raises(Invalid):
        ask(proposal, wish)

    assert not Decision.objects.exists()


def test_a_scope_only_gets_narrower(store):
    scoped = a_proposal(store, scope="person", scope_of="dana")

    with pytest.raises(Invalid):
        ask(scoped, wishes.Scope("agent", "shop"))


def test_a_narrower_scope_moves_the_rule_to_a_file_of_its_own(proposal, store):
    decision = ask(proposal, wishes.Scope("agent", "shop"))

    found = follow(decision)

    operation = found.operations.get()
    assert (operation.path, operation.heading) == (
        "/agents/shop/mistakes.md",
        ["Mistakes"],
    )
    assert (found.scope, found.scope_of, found.state) == ("agent", "shop", State.OPEN)
    decisions.approve(found, by=BOB, hold=0)
    assert "Refunds" in versions.head_texts(store)["/agents/shop/mistakes.md"]


def test_a_successor_brings_along_what_it_rests_on_and_how_it_was_worded(proposal):
    decision = ask(proposal, wishes.Scope("agent", "shop"))

    found = follow(decision)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.superseded_by) == (State.SUPERSEDED, found)
    assert found.fingerprint == proposal.fingerprint
    assert found.groups == proposal.groups
    quotes = found.operations.get().evidence.values_list("quote", flat=True)
    assert list(quotes) == ["Amounts in euros"]
    written = found.wordings.order_by("number").values_list("number", "by")
    assert list(written) == [(1, "system:dream"), (2, "system:offline")]
    (thread,) = threads.of(found)
    assert thread.resolved
    assert thread.first.text == (
        f"As ada asked: Only for the agent shop. Until then it was {proposal}."
    )
    assert threads.open_on([found]) == {}


def test_what_a_dream_finds_later_goes_to_the_successor(proposal, store):
    found = follow(ask(proposal, wishes.Scope("agent", "shop")))
    more = a_draft(
        store,
        an_add("Refunds are in euros.", "/mistakes.md"),
        fingerprint=proposal.fingerprint,
        counts=proposal.counts | {"runs": 20},
        groups=tuple(proposal.groups),
    )

    answer = submissions.open(store, more, by=DREAM)

    assert (answer.result, answer.proposal) == ("updated", found)


def test_another_place_is_taken_when_it_is_approved(proposal, store):
    decision = ask(proposal, wishes.Place("/rules.md", ("Rules", "Money")))

    decisions.approve(follow(decision), by=BOB, hold=0)

    assert versions.head_texts(store)["/rules.md"] == (
        f"{RULES}- Refunds are in euros.\n"
    )


def test_another_wording_is_the_next_wording(proposal):
    decision = ask(proposal, wishes.Words("Pay refunds in euros."))

    follow(decision)

    proposal.refresh_from_db()
    said = wordings.said(wordings.newest(proposal), proposal.operations.get())
    assert said.after == "Pay refunds in euros."
    assert ledger.about(proposal)[0].action == "proposal.reworded"


def test_whoever_asked_gets_the_turn_and_the_request_says_what_came_of_it(proposal):
    decision = ask(proposal, wishes.Words("Refund in euros."))

    follow(decision)

    (turn,) = turns.of([proposal])[proposal.pk]
    assert (turn.user.username, turn.why) == ("ada", "answered")
    decision.refresh_from_db()
    assert decision.note == "Followed in wording 2."


def test_a_request_is_answered_once(proposal):
    decision = ask(proposal, wishes.Words("Refund in euros."))
    follow(decision)

    assert followings.follow(decision, by=DREAM) is None
    assert followings.pending(proposal.store) == []
    proposal.refresh_from_db()
    assert proposal.wording == 2


def test_what_a_person_worded_meanwhile_is_not_worded_again(proposal):
    decision = ask(proposal, wishes.Words("Refund in euros."))
    decisions.reword(proposal, texts={0: "My own words."}, by=BOB)

    assert followings.pending(proposal.store) == []
    assert followings.follow(decision, by=DREAM) is None


def test_only_what_was_asked_last_is_wanted(proposal):
    first = ask(proposal, wishes.Words("Refund in euros."))
    follow(first)
    proposal.refresh_from_db()
    last = ask(proposal, wishes.Words("Pay refunds in euros."))

    assert followings.pending(proposal.store) == [last]


def test_free_words_wait_for_a_person(proposal):
    decisions.request_changes(proposal, by=ADA, reason="Friendlier.", wish="other")

    assert followings.pending(proposal.store) == []


def test_a_place_that_is_gone_is_not_taken_and_nothing_is_half_done(proposal, store):
    decision = ask(proposal, wishes.Place("/rules.md", ("Rules",)))
    versions.commit(store, {"/rules.md": None}, by=BOB, reason="Out of date.")

    with pytest.raises(followings.NotFollowed, match=r"no /rules.md any more"):
        followings.follow(decision, by=DREAM)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.wording) == (State.CHANGES_REQUESTED, 1)
    assert proposal.operations.get().path == "/mistakes.md"


def test_a_wish_that_would_say_it_twice_is_not_followed(store, cast):
    proposal = a_proposal(
        store, an_add("Amounts are in euros.", "/other.md"), scope="agent", scope_of="x"
    )
    decision = ask(proposal, wishes.Place("/rules.md", ("Rules", "Money")))

    with pytest.raises(followings.NotFollowed, match="says this already"):
        followings.follow(decision, by=DREAM)


def test_what_was_declined_is_tried_again_once_memory_has_changed(proposal, store):
    decision = ask(proposal, wishes.Words("Refund in euros."))

    followings.decline(decision, "Not now.", by=DREAM)

    assert decision.note == "Not followed: Not now."
    assert ledger.about(proposal)[0].action == "proposal.wish-declined"
    assert followings.pending(store) == []
    a_version(store, other="- Something.\n")
    assert followings.pending(store) == [decision]


def more_of(store, draft):
    """The same with eight runs more behind it."""
    return a_draft(
        store,
        *draft.operations,
        fingerprint=draft.fingerprint,
        counts=draft.counts | {"runs": 20},
        groups=draft.groups,
    )


def test_what_waits_for_more_evidence_is_open_again_when_there_is_some(store, cast):
    draft = a_draft(store)
    proposal = submissions.open(store, draft, by=DREAM).proposal
    decision = ask(proposal, wishes.More())
    submissions.open(store, draft, by=DREAM)
    proposal.refresh_from_db()
    assert proposal.state == State.CHANGES_REQUESTED

    submissions.open(store, more_of(store, draft), by=DREAM)

    proposal.refresh_from_db()
    decision.refresh_from_db()
    assert proposal.state == State.OPEN
    assert decision.note.startswith("More evidence came: +8 runs")
    assert [t.user.username for t in turns.of([proposal])[proposal.pk]] == ["ada"]


def test_more_evidence_is_no_answer_to_whoever_asked_for_something_else(store, cast):
    draft = a_draft(store)
    proposal = submissions.open(store, draft, by=DREAM).proposal
    decisions.request_changes(proposal, by=ADA, reason="Only for refunds.")

    submissions.open(store, more_of(store, draft), by=DREAM)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.counts["runs"]) == (State.CHANGES_REQUESTED, 20)
    assert turns.of([proposal]) == {}
