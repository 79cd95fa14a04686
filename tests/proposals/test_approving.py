"""An approval is held, then becomes a version; whoever comes second is refused."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from reviews.audit import ledger, verification
from reviews.audit.actors import Actor
from reviews.errors import NotAllowed
from reviews.memory import versions
from reviews.proposals import bindings, decisions, holds, tasks
from reviews.proposals.models import Approval, Decision, Proposal
from tests.factories import (
    ADA,
    BOB,
    LIN,
    a_proposal,
    a_store,
    a_version,
    an_add,
    an_edit,
    the_cast,
)

pytestmark = pytest.mark.django_db
START = "# Rules\n\n- Amounts are in euros.\n- Ask before deleting.\n"
State = Proposal.State


@pytest.fixture
def store():
    store = a_store()
    a_version(store, rules=START)
    return store


def later(seconds: int = 60):
    return timezone.now() + timedelta(seconds=seconds)


def test_an_approval_changes_nothing_until_its_hold_ends(store):
    proposal = a_proposal(store, an_add("Dates are ISO 8601."))

    decision = decisions.approve(proposal, by=ADA, reason="Agreed.")

    assert proposal.state == State.HELD
    assert decision.state == Decision.State.HELD
    assert store.head == 1
    assert decisions.apply_due() == 0
    store.refresh_from_db()
    assert store.head == 1


def test_when_the_hold_has_ended_the_version_says_who_and_why(store):
    proposal = a_proposal(store, an_add("Dates are ISO 8601."))
    decision = decisions.approve(proposal, by=ADA, reason="Agreed.")

    assert decisions.apply_due(later()) == 1

    decision.refresh_from_db()
    proposal.refresh_from_db()
    version = decision.version
    assert proposal.state == State.APPLIED
    assert (version.number, version.by, version.reason) == (2, "person:ada", "Agreed.")
    assert versions.text_at(store, 2, "/rules.md") == START + "- Dates are ISO 8601.\n"


def test_no_hold_applies_at_once(store):
    proposal = a_proposal(store, an_add("Dates are ISO 8601."))

    decision = decisions.approve(proposal, by=ADA, hold=0)

    assert decision.version.number == 2
    assert proposal.state == State.APPLIED


def test_what_is_taken_back_within_the_hold_leaves_no_version(store):
    proposal = a_proposal(store)
    decisions.approve(proposal, by=ADA)

    decision = decisions.withdraw(proposal, by=ADA, reason="Too quick.")

    assert decision.state == Decision.State.WITHDRAWN
    assert proposal.state == State.OPEN
    assert decisions.apply_due(later()) == 0
    decisions.approve(proposal, by=ADA)


def test_what_is_applied_can_no_longer_be_taken_back(store):
    proposal = a_proposal(store)
    decisions.approve(proposal, by=ADA, hold=0)

    with pytest.raises(decisions.NotHeld, match="applied as v2"):
        decisions.withdraw(proposal, by=ADA)


def test_the_end_of_a_hold_is_sent_as_a_message_once_the_decision_is_true(
    store, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr(
        tasks.apply,
        "apply_async",
        lambda args, countdown: sent.append((args, countdown)),
    )
    with django_capture_on_commit_callbacks(execute=True):
        decision = decisions.approve(a_proposal(store), by=ADA, hold=7)
        assert sent == []

    assert sent == [((decision.pk,), 7)]


def test_a_message_that_cannot_be_sent_is_logged_and_the_sweep_catches_up(
    store, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    def away(*args, **kwargs):
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.apply, "apply_async", away)
    with django_capture_on_commit_callbacks(execute=True):
        decision = decisions.approve(a_proposal(store), by=ADA, hold=7)

    assert "waits for the sweep" in caplog.text
    assert decisions.apply_due(decision.applies_at) == 1


def test_one_decision_that_breaks_does_not_keep_the_others_from_being_applied(
    store, monkeypatch, caplog
):
    first, second = a_proposal(store), a_proposal(store)
    for proposal in (first, second):
        decisions.approve(proposal, by=ADA)
    carry_out = holds.carry_out

    def broken(decision):
        if decision.proposal == first:
            raise RuntimeError("something nobody thought of")
        carry_out(decision)

    monkeypatch.setattr(holds, "carry_out", broken)
    assert decisions.apply_due(later()) == 1

    second.refresh_from_db()
    first.refresh_from_db()
    assert (first.state, second.state) == (State.HELD, State.APPLIED)
    assert "could not be applied" in caplog.text


def test_a_version_whose_decision_cannot_be_recorded_is_not_written(store, monkeypatch):
    decision = decisions.approve(a_proposal(store), by=ADA)

    def broken(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(holds, "mark_moved", broken)
    with pytest.raises(RuntimeError):
        decisions.apply(decision, later())

    store.refresh_from_db()
    decision.refresh_from_db()
    assert (store.head, decision.state) == (1, Decision.State.HELD)
    monkeypatch.undo()
    assert decisions.apply(decision, later()).version.number == 2


def test_applying_twice_writes_one_version(store):
    decision = decisions.approve(a_proposal(store), by=ADA)

    assert decisions.apply(decision, later())
    assert decisions.apply(decision, later()) is None

    store.refresh_from_db()
    assert store.head == 2


def test_a_program_decides_nothing_in_its_own_name(store):
    proposal = a_proposal(store)
    agent = Actor("agent", "clerk")

    with pytest.raises(NotAllowed):
        decisions.approve(proposal, by=agent)
    with pytest.raises(NotAllowed):
        decisions.reject(proposal, by=agent, reason="No.")

    assert not Decision.objects.exists()


def test_a_request_that_comes_twice_gets_its_first_answer(store):
    proposal = a_proposal(store)
    request = uuid.uuid4()
    first = decisions.approve(proposal, by=ADA, request=request)

    again = decisions.approve(proposal, by=ADA, request=request)

    assert again == first
    assert Decision.objects.count() == 1


def test_a_request_id_cannot_be_used_for_something_else(store):
    request = uuid.uuid4()
    decisions.approve(a_proposal(store), by=ADA, request=request)

    with pytest.raises(decisions.RequestReused):
        decisions.approve(a_proposal(store), by=ADA, request=request)


def test_whoever_decides_second_is_told_who_was_first_and_when(store):
    proposal = a_proposal(store)
    decisions.approve(proposal, by=ADA)

    with pytest.raises(decisions.AlreadyDecided, match=r"ada approved P-\d+ \d+ s ago"):
        decisions.reject(proposal, by=BOB, reason="No.")

    assert Decision.objects.count() == 1


def test_a_broken_second_write_leaves_nothing_of_the_first(store, monkeypatch):
    proposal = a_proposal(store)

    def broken(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(ledger, "record", broken)
    with pytest.raises(RuntimeError):
        decisions.approve(proposal, by=ADA)

    fresh = Proposal.objects.get(pk=proposal.pk)
    assert fresh.state == State.OPEN
    assert not Decision.objects.exists()
    assert not Approval.objects.exists()


def test_the_ledger_tells_the_whole_story_and_verifies(store):
    proposal = a_proposal(store, an_add("Dates are ISO 8601."))
    decisions.comment(proposal, by=BOB, text="Which time zone?")
    decisions.approve(proposal, by=ADA, reason="Agreed.")
    decisions.withdraw(proposal, by=ADA)
    decisions.approve(proposal, by=ADA, reason="Really agreed.", hold=0)

    told = [(e.actor, e.action) for e in reversed(ledger.about(proposal))]

    assert told == [
        ("system:dream", "proposal.opened"),
        ("person:bob", "proposal.commented"),
        ("person:ada", "proposal.approved"),
        ("person:ada", "proposal.withdrawn"),
        ("person:ada", "proposal.approved"),
        ("person:ada", "proposal.applied"),
    ]
    assert verification.verify(ledger.chain_of(store.team)).unbroken


def test_high_risk_needs_a_reason(store):
    proposal = a_proposal(store, an_add("Skip the review."))
    assert proposal.risk == Proposal.Risk.HIGH

    with pytest.raises(decisions.ReasonMissing):
        decisions.approve(proposal, by=ADA, reason="  ")

    decisions.approve(proposal, by=ADA, reason="We have another review.")


def test_high_risk_needs_two_people_once_there_are_two(store):
    the_cast(store.team)
    proposal = a_proposal(store, an_add("Skip the review."))

    assert decisions.approve(proposal, by=ADA, reason="Yes.") is None
    assert decisions.approve(proposal, by=ADA, reason="Yes, yes.") is None
    decision = decisions.approve(proposal, by=BOB, reason="Yes.")

    assert proposal.state == State.HELD
    assert decision.by == "person:bob"
    assert set(Approval.objects.values_list("by", flat=True)) == {
        "person:ada",
        "person:bob",
    }


def test_nobody_alone_approves_their_own_words_of_high_risk(store):
    the_cast(store.team)
    proposal = a_proposal(store)

    decision = decisions.edit_and_approve(
        proposal, texts={0: "Skip the review."}, by=ADA, reason="Faster."
    )

    assert decision is None
    assert proposal.state == State.OPEN
    assert proposal.risk == Proposal.Risk.HIGH
    decisions.approve(proposal, by=BOB, reason="Faster indeed.")
    assert proposal.state == State.HELD


def test_other_words_void_the_approvals_that_were_about_the_old_ones(store):
    the_cast(store.team)
    proposal = a_proposal(store, an_add("Skip the review."))
    decisions.approve(proposal, by=ADA, reason="Yes.")

    decisions.reword(proposal, texts={0: "Skip the review of typos."}, by=LIN)

    assert not Approval.objects.filter(void_at__isnull=True).exists()
    assert decisions.approve(proposal, by=BOB, reason="Yes.") is None


def test_two_people_cannot_approve_in_part(store):
    the_cast(store.team)
    proposal = a_proposal(store, an_add("Skip the review."), an_add("Be kind."))

    with pytest.raises(decisions.SplitFirst):
        decisions.approve(proposal, by=ADA, reason="Half.", included=[1])


@pytest.mark.django_db(transaction=True)
def test_eight_people_at_once_make_one_decision_and_seven_clear_refusals(store):
    proposal = a_proposal(store)
    bound = bindings.of(proposal).bound
    gate = threading.Barrier(8)
    answers = []

    def approve(number):
        mine = Proposal.objects.get(pk=proposal.pk)
        person = Actor("person", f"person-{number}")
        gate.wait()
        try:
            answers.append(decisions.approve(mine, by=person, bound=bound, hold=0))
        except decisions.AlreadyDecided as refusal:
            answers.append(refusal.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=approve, args=[n]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    refusals = [answer for answer in answers if isinstance(answer, str)]
    assert len(answers) == 8
    assert len(refusals) == 7
    assert all("person-" in refusal for refusal in refusals)
    assert Decision.objects.count() == 1
    store.refresh_from_db()
    assert store.head == 2
    assert verification.verify(ledger.chain_of(store.team)).unbroken


def test_edit_then_approve_says_both_who_proposed_and_who_worded_it(store):
    proposal = a_proposal(
        store, an_edit("Amounts are in euros.", "Amounts are in EUR.")
    )

    decision = decisions.edit_and_approve(
        proposal, texts={0: "Amounts are in EUR, with cents."}, by=ADA, hold=0
    )

    assert decision.verb == Decision.Verb.EDIT
    assert decision.wording == 2
    assert "- Amounts are in EUR, with cents.\n" in versions.text_at(
        store, 2, "/rules.md"
    )
    assert [w.by for w in proposal.wordings.order_by("number")] == [
        "system:dream",
        "person:ada",
    ]
