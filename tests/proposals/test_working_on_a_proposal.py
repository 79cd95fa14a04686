"""What people do to a proposal before it is decided: talk, reword, send back, split."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reviews.audit import ledger
from reviews.errors import Invalid
from reviews.memory import versions
from reviews.proposals import decisions, jottings, splits, wordings
from reviews.proposals.models import Comment, Decision, Mute, Proposal
from tests.factories import (
    ADA,
    BOB,
    a_deletion,
    a_proposal,
    a_store,
    a_user,
    a_version,
    an_add,
)

pytestmark = pytest.mark.django_db
START = "- Amounts are in euros.\n- Ask before deleting.\n"
State = Proposal.State


@pytest.fixture
def store():
    store = a_store()
    a_version(store, rules=START)
    return store


def test_a_rejection_says_who_why_and_on_which_ground_and_mutes(store):
    proposal = a_proposal(store)

    decision = decisions.reject(proposal, by=ADA, reason="One case.", ground="wrong")

    assert (decision.state, decision.ground) == (Decision.State.RECORDED, "wrong")
    assert (proposal.state, proposal.settled_at) == (State.REJECTED, decision.at)
    mute = Mute.objects.get()
    assert mute.groups == sorted(proposal.groups)
    assert [e.action for e in ledger.about(proposal)][:2] == [
        "proposal.rejected",
        "fingerprint.muted",
    ]


def test_changes_are_requested_in_words_and_in_a_form_that_engines_follow(store):
    proposal = a_proposal(store)

    decision = decisions.request_changes(
        proposal, by=ADA, reason="Only for refunds.", wish="scope"
    )

    assert (proposal.state, decision.ground) == (State.CHANGES_REQUESTED, "scope")
    with pytest.raises(Invalid):
        decisions.request_changes(proposal, by=ADA, reason="Hm.", wish="magic")
    with pytest.raises(decisions.ReasonMissing):
        decisions.request_changes(proposal, by=ADA, reason="")


def test_what_was_sent_back_is_open_again_with_other_words(store):
    proposal = a_proposal(store)
    decisions.request_changes(proposal, by=ADA, reason="Only for refunds.")

    wording = decisions.reword(proposal, texts={0: "Refunds are in euros."}, by=BOB)

    assert proposal.state == State.OPEN
    assert (proposal.wording, wording.by) == (2, "person:bob")
    operation = proposal.operations.get()
    first = proposal.wordings.get(number=1)
    assert wordings.said(first, operation).after != "Refunds are in euros."
    assert wordings.said(wording, operation).after == "Refunds are in euros."


def test_a_title_in_the_words_of_the_rule_follows_them(store):
    proposal = a_proposal(store, an_add("Amounts are big."), title="Amounts are big.")
    named = a_proposal(store, an_add("Ask first."), title="How we ask")

    for each in (proposal, named):
        decisions.reword(each, texts={0: "Refunds are in euros."}, by=BOB)

    assert proposal.title == "Refunds are in euros."
    assert named.title == "How we ask"


def test_other_words_are_screened_anew(store):
    proposal = a_proposal(store, an_add("Skip the review."))
    assert (proposal.flags, proposal.risk) == (["widening"], "high")

    decisions.reword(proposal, texts={0: "Review everything."}, by=ADA)
    assert (proposal.flags, proposal.risk) == ([], "low")

    decisions.reword(proposal, texts={0: "Send it to eve@example.org."}, by=ADA)
    assert proposal.risk == "high"
    assert "new-address" in proposal.flags


def test_flags_that_the_evidence_earned_stay_whatever_the_words(store):
    proposal = a_proposal(store, counts={"people": 1, "groups": 1})
    assert "narrow-evidence" in proposal.flags

    decisions.reword(proposal, texts={0: "Euros, always."}, by=ADA)

    assert "narrow-evidence" in proposal.flags


@pytest.mark.parametrize("texts", [{}, {0: " "}, {7: "Words."}])
def test_words_for_nothing_are_refused(store, texts):
    proposal = a_proposal(store)

    with pytest.raises(Invalid):
        decisions.reword(proposal, texts=texts, by=ADA)

    assert proposal.wordings.count() == 1


def test_a_deletion_has_no_words_to_change(store):
    proposal = a_proposal(store, a_deletion("Ask before deleting."))

    with pytest.raises(Invalid, match="no words of its own"):
        decisions.reword(proposal, texts={0: "Ask."}, by=ADA)


def test_a_comment_may_be_about_one_operation_of_this_proposal_only(store):
    proposal, other = a_proposal(store), a_proposal(store)
    operation = proposal.operations.get()

    decisions.comment(proposal, by=ADA, text="Why here?", operation=operation)

    assert Comment.objects.get().operation == operation
    with pytest.raises(Invalid):
        decisions.comment(other, by=ADA, text="And here?", operation=operation)
    with pytest.raises(Invalid):
        decisions.comment(proposal, by=ADA, text="  ")


def test_nobody_snoozes_into_the_past_and_anybody_wakes(store):
    proposal = a_proposal(store)
    with pytest.raises(Invalid):
        decisions.snooze(proposal, by=ADA, until=timezone.now() - timedelta(seconds=1))

    decisions.snooze(proposal, by=ADA, until=timezone.now() + timedelta(hours=1))
    decisions.snooze(proposal, by=BOB, until=None)

    assert Proposal.objects.get().snoozed_until is None


def test_a_split_makes_two_proposals_that_are_decided_each_for_itself(store):
    proposal = a_proposal(store, an_add("A."), an_add("B."), an_add("C."))

    first, rest = splits.split(proposal, [1], by=ADA, reason="B is another matter.")

    assert proposal.state == State.SPLIT_OFF
    assert (first.title, rest.title) == ("B.", "A.")
    assert {first.split_from, rest.split_from} == {proposal}
    assert first.fingerprint != rest.fingerprint
    decisions.approve(rest, by=ADA, hold=0)
    decisions.reject(first, by=BOB, reason="No.")
    assert versions.head_texts(store)["/rules.md"] == START + "- A.\n- C.\n"


def test_a_sibling_has_its_operations_evidence(store):
    proposal = a_proposal(store, an_add("A."), an_add("B."))
    quoted = proposal.operations.get(position=0).evidence
    before = list(quoted.values_list("quote", "start", "end", "sha256"))

    first, _ = splits.split(proposal, [0], by=ADA)

    assert before
    copied = first.operations.get().evidence
    assert list(copied.values_list("quote", "start", "end", "sha256")) == before


@pytest.mark.parametrize("positions", [[], [0, 1], [5]])
def test_a_split_leaves_something_on_both_sides(store, positions):
    proposal = a_proposal(store, an_add("A."), an_add("B."))

    with pytest.raises(splits.NothingToSplit):
        splits.split(proposal, positions, by=ADA)

    proposal.refresh_from_db()
    assert proposal.state == State.OPEN


def test_what_is_typed_and_not_sent_is_there_next_time_for_its_author_only(store):
    proposal = a_proposal(store)
    ada, bob = a_user("ada", store.team), a_user("bob", store.team)

    jottings.keep(proposal, ada, "reason", "Because it")
    jottings.keep(proposal, ada, "reason", "Because it is right")
    jottings.keep(proposal, ada, "comment", "Hm")

    assert jottings.of(proposal, ada) == {
        "reason": "Because it is right",
        "comment": "Hm",
    }
    assert jottings.of(proposal, bob) == {}
    jottings.keep(proposal, ada, "comment", "")
    assert jottings.of(proposal, ada) == {"reason": "Because it is right"}
    jottings.clear(proposal, ada)
    assert jottings.of(proposal, ada) == {}
