"""Asking for a rollback: once others approve it, it is one; before that it is nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reviews.audit import ledger, verification
from reviews.memory import versions
from reviews.memory.models import Version
from reviews.proposals import decisions, holds, inverses, previews, rollbacks
from reviews.proposals import submissions as doors
from reviews.proposals.models import Decision, Mute, Policy, PolicyVersion, Proposal
from tests.factories import ADA, BOB, a_proposal, a_store, a_version, an_add, an_edit

pytestmark = pytest.mark.django_db
START = "# Rules\n\n- Amounts are in euros.\n- Ask before deleting.\n"
State = Proposal.State
ADDITIONS = [[{"field": "changes", "operator": "in", "value": ["add"]}]]
LATER = timedelta(minutes=1)


@pytest.fixture
def store():
    store = a_store()
    a_version(store, rules=START)
    return store


@pytest.fixture
def dates(store):
    """v2, which somebody will want back."""
    return applied(store, an_add("Dates are ISO 8601."))


def applied(store, *operations):
    proposal = a_proposal(store, *operations)
    decisions.approve(proposal, by=ADA, hold=0)
    store.refresh_from_db()
    return proposal


def asked(proposal):
    proposal.refresh_from_db()
    preview = previews.of_undo(proposal)
    return inverses.propose(preview, by=BOB, reason="Dates were fine.")


def when_the_hold_ends():
    holds.apply_due(timezone.now() + LATER)


def rules(store):
    return versions.head_texts(store)["/rules.md"]


def state(proposal):
    return Proposal.objects.get(pk=proposal.pk).state


def standing_mutes():
    found = Mute.objects.filter(lifted_at__isnull=True)
    return list(found.values_list("fingerprint", flat=True))


def a_policy_for_additions(store):
    policy = Policy.objects.create(
        team=store.team, name="Additions", position=1, state=Policy.State.ACTIVE
    )
    PolicyVersion.objects.create(
        policy=policy, number=1, conditions=ADDITIONS, limits={}, by=str(ADA)
    )
    return policy


def test_an_approved_request_is_the_rollback_once_its_hold_ends(store, dates):
    policy = a_policy_for_additions(store)
    request = asked(dates)
    decisions.approve(request, by=ADA, reason="Right.", hold=10)
    assert state(dates) == State.APPLIED

    when_the_hold_ends()

    assert rules(store) == START
    assert (state(dates), state(request)) == (State.ROLLED_BACK, State.APPLIED)
    assert standing_mutes() == [dates.fingerprint]
    policy.refresh_from_db()
    assert policy.state == Policy.State.PAUSED


def test_both_ends_of_it_name_each_other(store, dates):
    request = asked(dates)
    decisions.approve(request, by=ADA, reason="Right.", hold=0)

    version = Version.objects.get(store=store, number=3)
    assert (version.kind, version.reverts.number) == (Version.Kind.UNDO, 2)
    assert version.decision.proposal == request
    back = dates.decisions.get(verb=Decision.Verb.ROLL_BACK)
    assert (back.by, back.reason) == ("person:ada", "Right.")
    assert back.note == f"Asked for by {request}."
    told = ledger.content_of(ledger.about(dates).first())
    assert (told["facts"]["through"], told["facts"]["version"]) == (request.pk, 3)
    assert verification.verify(ledger.chain_of(store.team)).unbroken


def test_later_changes_stay(store, dates):
    request = asked(dates)
    applied(store, an_edit("Amounts are in euros.", "Amounts are in EUR."))

    decisions.approve(request, by=ADA, reason="Right.", hold=0)

    assert rules(store) == START.replace("euros", "EUR")
    assert state(dates) == State.ROLLED_BACK


@pytest.mark.parametrize("end", ["rejected", "taken back", "withdrawn"])
def test_a_request_that_is_not_carried_out_changes_nothing(store, dates, end):
    request = asked(dates)
    match end:
        case "rejected":
            decisions.reject(request, by=ADA, reason="Dates are right.")
        case "taken back":
            doors.take_back(request, by=BOB)
        case "withdrawn":
            decisions.approve(request, by=ADA, reason="Right.", hold=10)
            decisions.withdraw(request, by=ADA)

    when_the_hold_ends()

    assert state(dates) == State.APPLIED
    assert "Dates" in rules(store)
    assert dates.fingerprint not in standing_mutes()


def test_what_somebody_else_took_back_meanwhile_cannot_be_approved(store, dates):
    request = asked(dates)
    rollbacks.undo(dates, by=BOB, reason="No.")

    request.refresh_from_db()
    said = f"bob has rolled {dates} back already in v3."
    assert request.attention == said
    binding = decisions.bindings.of(request)
    with pytest.raises(rollbacks.NotApplied) as refusal:
        decisions.approve(request, by=ADA, bound=binding.bound, included=[0], hold=0)
    assert refusal.value.message == said
    assert dates.decisions.filter(verb=Decision.Verb.ROLL_BACK).count() == 1


def test_what_was_taken_back_during_the_hold_is_not_taken_back_twice(store, dates):
    request = asked(dates)
    decisions.approve(request, by=ADA, reason="Right.", hold=10)
    rollbacks.undo(dates, by=BOB, reason="No.")

    when_the_hold_ends()

    request.refresh_from_db()
    assert request.state == State.NEEDS_ATTENTION
    assert request.attention == f"bob has rolled {dates} back already in v3."
    assert store.versions.count() == 3


def test_of_a_request_that_is_approved_in_part_the_rest_is_still_to_come(store):
    both = applied(store, an_add("Dates are ISO 8601."), an_add("Names are short."))
    request = asked(both)

    decision = decisions.approve(request, by=ADA, reason="Right.", included=[0], hold=0)

    decision.refresh_from_db()
    assert state(both) == State.APPLIED
    assert decision.note == f"{both} stays in force: only a part is taken back."
    rest = request.split_offs.get()
    decisions.approve(rest, by=ADA, reason="Right.", hold=0)
    assert rules(store) == START
    assert state(both) == State.ROLLED_BACK


def test_a_request_in_other_words_takes_back_too_but_is_no_mere_undo(store):
    euros = applied(store, an_edit("Amounts are in euros.", "Amounts are in EUR."))
    request = asked(euros)

    decisions.edit_and_approve(
        request,
        texts={0: "Amounts are in euros, always."},
        by=ADA,
        reason="Right.",
        hold=0,
    )

    assert "euros, always" in rules(store)
    assert state(euros) == State.ROLLED_BACK
    assert Version.objects.get(store=store, number=3).kind == Version.Kind.EDIT


def test_undoing_what_a_request_did_brings_the_proposal_back_into_force(store, dates):
    request = asked(dates)
    decisions.approve(request, by=ADA, reason="Right.", hold=0)
    request.refresh_from_db()
    assert previews.of_undo(request).reinstated == (dates,)

    rollbacks.undo(request, by=BOB, reason="They were not.")

    assert "Dates" in rules(store)
    assert (state(dates), state(request)) == (State.APPLIED, State.ROLLED_BACK)
    assert standing_mutes() == [request.fingerprint]


def test_an_old_state_that_was_asked_for_comes_back_as_a_restore(store, dates):
    cents = applied(store, an_add("Amounts have cents."))
    request = inverses.propose(
        previews.of_restore(store, 1), by=BOB, reason="A bad day."
    )

    decisions.approve(request, by=ADA, reason="Right.", hold=0)

    assert rules(store) == START
    assert state(dates) == state(cents) == State.ROLLED_BACK
    version = Version.objects.get(store=store, number=4)
    assert (version.kind, version.reverts.number) == (Version.Kind.RESTORE, 1)


def test_what_was_to_be_kept_stays_in_force(store, dates):
    cents = applied(store, an_add("Amounts have cents."))
    preview = previews.of_restore(store, 1, keep=[cents])
    request = inverses.propose(preview, by=BOB, reason="Only dates.")

    decisions.approve(request, by=ADA, reason="Right.", hold=0)

    assert rules(store) == START + "- Amounts have cents.\n"
    assert (state(dates), state(cents)) == (State.ROLLED_BACK, State.APPLIED)
