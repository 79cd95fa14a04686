"""Policies are asked about every new proposal; what they say is kept, and at first hidden."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.proposals import (
    decisions,
    ladder,
    previews,
    rollbacks,
    submissions,
    verdicts,
)
from reviews.proposals.models import Decision, KillSwitch, Policy, Proposal, Verdict
from tests.factories import (
    ADA,
    BOB,
    MAX,
    a_draft,
    a_proposal,
    a_store,
    a_version,
    an_add,
    the_cast,
)

pytestmark = pytest.mark.django_db
DREAM = Actor.system("dream")
ADDITIONS = [[{"field": "changes", "operator": "in", "value": ["add"]}]]
State = Proposal.State


@pytest.fixture
def store():
    store = a_store()
    a_version(store, rules="- Amounts are in euros.\n")
    return store


def a_policy(store, state=Policy.State.ACTIVE, conditions=ADDITIONS, **limits):
    """A policy in a state that an admin reaches only over a dry run."""
    policy = ladder.create(store.team, "Additions", conditions, by=MAX, limits=limits)
    Policy.objects.filter(pk=policy.pk).update(state=state)
    policy.refresh_from_db()
    return policy


def test_a_fresh_team_has_no_policy_and_every_proposal_is_manual(store):
    proposal = a_proposal(store)

    verdict = Verdict.objects.get()
    assert not Policy.objects.exists()
    assert (verdict.approves, verdict.policy_version) == (False, None)
    assert verdict.explanation == [
        {"name": "Everything else: manual.", "matched": True}
    ]
    assert proposal.state == State.OPEN


def test_in_shadow_a_policy_only_says_what_it_would_have_done(store):
    policy = a_policy(store, Policy.State.SHADOW)

    proposal = a_proposal(store)

    verdict = Verdict.objects.get()
    assert (verdict.approves, verdict.shadow) == (True, True)
    assert verdict.policy_version.policy == policy
    assert proposal.state == State.OPEN
    assert not Decision.objects.exists()


def test_the_verdict_is_hidden_until_somebody_has_decided(store):
    a_policy(store, Policy.State.SHADOW)
    proposal = a_proposal(store)
    assert verdicts.shown(proposal) is None

    decisions.approve(proposal, by=ADA)

    assert verdicts.shown(proposal).approves


@pytest.mark.parametrize("state", [None, Policy.State.DRAFT])
def test_where_no_policy_was_asked_none_is_said_to_have_left_it_to_people(store, state):
    if state:
        a_policy(store, state)
    proposal = a_proposal(store)

    decisions.approve(proposal, by=ADA)

    assert Verdict.objects.filter(proposal=proposal).exists()
    assert verdicts.shown(proposal) is None


def test_a_policy_that_did_not_match_is_said_to_have_left_it_to_people(store):
    a_policy(
        store,
        Policy.State.SHADOW,
        [[{"field": "runs", "operator": "at-least", "value": 99}]],
    )
    proposal = a_proposal(store)

    decisions.approve(proposal, by=ADA)

    assert not verdicts.shown(proposal).approves


def test_an_active_policy_approves_in_its_own_name_and_with_its_own_hold(store):
    policy = a_policy(store, hold_seconds=3600)

    submission = submissions.open(store, a_draft(store), by=DREAM)

    decision = submission.decision
    assert decision.by == f"policy:{policy.pk}@1"
    assert decision.policy_version.policy == policy
    assert decision.reason == "Policy “Additions”, version 1."
    assert decision.applies_at - decision.at == timedelta(hours=1)
    decisions.apply_due(timezone.now() + timedelta(hours=2))
    decision.refresh_from_db()
    assert decision.version.by == f"policy:{policy.pk}@1"
    assert ledger.about(submission.proposal).first().actor == f"policy:{policy.pk}@1"


def test_a_policy_decides_no_more_often_a_day_than_it_may(store):
    a_policy(store, per_day=2)

    states = [a_proposal(store).state for _ in range(3)]

    assert states == ["held", "held", "open"]


def test_with_the_kill_switch_on_nothing_is_approved(store):
    a_policy(store)
    ladder.flip(store.team, on=True, by=MAX, reason="Something is odd.")

    proposal = a_proposal(store)

    verdict = Verdict.objects.get()
    assert proposal.state == State.OPEN
    assert (verdict.shadow, verdict.bars) == (True, ["kill-switch"])


def test_the_kill_switch_stops_what_a_policy_has_on_hold(store):
    a_policy(store)
    proposal = a_proposal(store)
    ladder.flip(store.team, on=True, by=MAX, reason="Something is odd.")

    assert decisions.apply_due(timezone.now() + timedelta(hours=1)) == 0

    proposal.refresh_from_db()
    store.refresh_from_db()
    assert (proposal.state, store.head) == (State.OPEN, 1)
    assert "kill switch" in Decision.objects.get().note
    ladder.flip(store.team, on=False, by=MAX, reason="It was nothing.")
    decisions.approve(proposal, by=ADA, hold=0)


def test_no_policy_approves_what_needs_two_people(store):
    the_cast(store.team)
    a_policy(store)

    proposal = a_proposal(store, an_add("Purge all logs weekly."))

    assert proposal.risk == "high"
    assert proposal.state == State.OPEN
    assert "two-people" in Verdict.objects.get().bars


def test_a_policy_cannot_be_made_to_decide_without_a_dry_run(store):
    policy = ladder.create(store.team, "Additions", ADDITIONS, by=MAX)

    with pytest.raises(ladder.NoDryRun):
        ladder.move(policy, Policy.State.ACTIVE, by=MAX, reason="I trust it.")

    ladder.move(policy, Policy.State.SHADOW, by=MAX, reason="Let us see.")


def test_a_changed_policy_is_a_draft_again_and_keeps_its_old_version(store):
    policy = a_policy(store)

    ladder.change(policy, ADDITIONS, by=MAX, limits={"per_day": 1}, reason="Careful.")

    assert (policy.state, policy.version) == (Policy.State.DRAFT, 2)
    assert policy.versions.count() == 2
    assert a_proposal(store).state == State.OPEN


def test_rolling_back_trips_the_policy_that_approved_it_and_says_so_before(store):
    policy = a_policy(store, hold_seconds=0)
    proposal = a_proposal(store)
    assert proposal.state == State.APPLIED

    assert previews.of_undo(proposal).policies == (policy,)
    rollbacks.undo(proposal, by=BOB, reason="Worse.")

    policy.refresh_from_db()
    assert policy.state == Policy.State.TRIPPED
    assert ledger.about(policy).first().action == "policy.moved"


def test_rolling_back_pauses_a_policy_that_would_approve_it_again(store):
    proposal = a_proposal(store)
    decisions.approve(proposal, by=ADA, hold=0)
    policy = a_policy(store)

    rollbacks.undo(proposal, by=BOB, reason="Worse.")

    policy.refresh_from_db()
    assert policy.state == Policy.State.PAUSED


@pytest.mark.django_db(transaction=True)
def test_a_flip_of_the_switch_and_a_policys_decision_never_miss_each_other(store):
    a_policy(store)
    drafts = [a_draft(store) for _ in range(6)]
    gate = threading.Barrier(7)

    def submit(draft):
        gate.wait()
        submissions.open(type(store).objects.get(pk=store.pk), draft, by=DREAM)
        connection.close()

    def flip():
        gate.wait()
        ladder.flip(store.team, on=True, by=MAX, reason="Stop.")
        connection.close()

    threads = [threading.Thread(target=submit, args=[draft]) for draft in drafts]
    threads.append(threading.Thread(target=flip))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    flipped = KillSwitch.objects.get().at
    assert Proposal.objects.count() == 6
    assert all(decision.at < flipped for decision in Decision.objects.all())
