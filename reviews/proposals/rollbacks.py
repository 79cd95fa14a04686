"""Taking back what was applied: undo one proposal, or restore the store's old state.

Both write forwards, settle the proposals that they undo, keep what is undone from being
proposed again without new evidence, and stop the policies that would approve it again.
"""

import uuid
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.memory import versions
from reviews.memory.models import Store, Version
from reviews.memory.reverts import Choices
from reviews.proposals import (
    holds,
    locks,
    mutes,
    previews,
    replays,
    requirements,
    settlements,
    states,
)
from reviews.proposals.bindings import Stale
from reviews.proposals.models import Decision, Policy, Proposal
from reviews.proposals.previews import NotApplied, Preview

__all__ = ["NotApplied", "Preview", "restore", "undo"]

WHY = "Say why you roll back: whoever approved it will read it."


@transaction.atomic
def undo(
    proposal: Proposal,
    *,
    by: Actor,
    reason: str,
    bound: str | None = None,
    choices: Choices | None = None,
    request: uuid.UUID | None = None,
) -> Decision:
    """Commit the inverse of one proposal's version; later changes stay.

    ``bound`` is that of the preview that was looked at, None where there was none to
    look at (a command); ``choices`` settle its conflicts, which are refused otherwise.
    """
    locks.take_with_store(proposal)
    locks.take_policies(proposal.store.team_id)
    if answer := settlements.answered(request, proposal, by):
        return answer
    requirements.check_reason(reason, WHY)
    preview = previews.of_undo(proposal)
    _check_bound(preview, bound)
    version = versions.undo(
        proposal.store, preview.version, by=by, reason=reason, choices=choices
    )
    decision = _roll_back(
        proposal, preview, version, by=by, reason=reason, request=request
    )
    _stop_policies(preview, by=by)
    holds.mark_moved(proposal.store, [outcome.path for outcome in preview.outcomes])
    return decision


@transaction.atomic
def restore(
    store: Store,
    number: int,
    *,
    by: Actor,
    reason: str,
    keep: Collection[Proposal] = (),
    bound: str | None = None,
) -> Version:
    """Commit an old state again; what came after goes, but for what is kept.

    Each kept proposal gets a version of its own on top, so that blame still leads to
    it. The version returned is the restored one.
    """
    locks.take_store(store)
    locks.take_policies(store.team_id)
    requirements.check_reason(reason, WHY)
    preview = previews.of_restore(store, number, keep=keep)
    _check_bound(preview, bound)
    if preview.conflicts:
        raise versions.RevertConflict(
            f"{' and '.join(preview.conflicts)} cannot keep what came later."
        )
    version = versions.restore(store, number, by=by, reason=reason)
    named: Version | None = version
    for proposal in reversed(preview.undone):
        _roll_back(proposal, preview, named, by=by, reason=reason)
        named = None
    for proposal in preview.reinstated:
        _reinstate(proposal, by=by, reason=reason)
    for proposal in preview.kept:
        _keep(proposal, by=by, reason=reason)
    _stop_policies(preview, by=by)
    touched = [outcome.path for outcome in preview.outcomes]
    holds.mark_moved(store, touched, since=preview.head)
    return version


def _check_bound(preview: Preview, bound: str | None) -> None:
    """Refuse to do anything but what was previewed."""
    if bound == "":
        raise Stale(
            "Nothing was done, because nobody saw what it would do.",
            head=preview.head,
            bound=preview.bound,
        )
    if bound is not None and bound != preview.bound:
        raise Stale(
            f"{preview.store} has moved to v{preview.head} since you looked.",
            head=preview.head,
            bound=preview.bound,
        )


def _roll_back(
    proposal: Proposal,
    preview: Preview,
    version: Version | None,
    *,
    by: Actor,
    reason: str,
    request: uuid.UUID | None = None,
) -> Decision:
    """Settle one proposal as rolled back.

    Of several that one version undoes, one decision carries it; a version has one.
    """
    now = timezone.now()
    states.move(proposal, Proposal.State.ROLLED_BACK, settled_at=now)
    applied = Decision.State.APPLIED if version else Decision.State.RECORDED
    decision = Decision.objects.create(
        proposal=proposal,
        verb=Decision.Verb.ROLL_BACK,
        state=applied,
        by=str(by),
        reason=reason,
        wording=proposal.wording,
        bound=preview.bound,
        head=preview.head,
        at=now,
        version=version,
        request=request,
    )
    mutes.place(proposal, by=by, reason=reason)
    ledger.record(
        by,
        "proposal.rolled-back",
        proposal,
        team=proposal.store.team,
        reason=reason,
        decision=decision.pk,
        verb=preview.verb,
        version=preview.head + 1,
        conflicts=sorted(preview.conflicts),
    )
    return decision


def _reinstate(proposal: Proposal, *, by: Actor, reason: str) -> None:
    """Say of a proposal that came back with an old state that it is in force again."""
    states.move(proposal, Proposal.State.APPLIED, settled_at=timezone.now())
    mutes.lift(proposal.store, proposal.fingerprint, by=by, reason=reason)
    ledger.record(
        by, "proposal.reinstated", proposal, team=proposal.store.team, reason=reason
    )


def _keep(proposal: Proposal, *, by: Actor, reason: str) -> None:
    """Write a kept proposal's changes again, on the restored state."""
    store = proposal.store
    replayed = replays.replay(versions.head_texts(store), previews.version_of(proposal))
    if not (replayed.texts or replayed.renames):
        return
    head = store.head
    version = versions.commit(
        store,
        replayed.texts,
        by=by,
        reason=f"Kept {proposal}: {reason}",
        renames=replayed.renames,
    )
    operations = proposal.operations.order_by("position")
    decision = Decision.objects.create(
        proposal=proposal,
        verb=Decision.Verb.APPROVE,
        state=Decision.State.APPLIED,
        by=str(by),
        reason=reason,
        wording=proposal.wording,
        included=list(operations.values_list("position", flat=True)),
        bound=version.digest,
        head=head,
        version=version,
        note="Kept when an older version was restored.",
    )
    ledger.record(
        by,
        "proposal.applied",
        proposal,
        team=store.team,
        reason=reason,
        decision=decision.pk,
        version=version.number,
        note=decision.note,
    )


def _stop_policies(preview: Preview, *, by: Actor) -> None:
    """Trip the policies that had approved what is undone; pause those that would."""
    approved = set(
        Decision.objects.filter(
            proposal__in=preview.undone, policy_version__isnull=False
        ).values_list("policy_version__policy", flat=True)
    )
    undone = ", ".join(proposal.name for proposal in preview.undone)
    guilty = Policy.objects.filter(pk__in=approved).exclude(
        pk__in=[policy.pk for policy in preview.policies]
    )
    for policy in (*preview.policies, *guilty):
        tripped = policy.pk in approved
        policy.state = Policy.State.TRIPPED if tripped else Policy.State.PAUSED
        policy.save(update_fields=["state"])
        ledger.record(
            by,
            "policy.moved",
            policy,
            team=preview.store.team,
            reason=f"{undone} was rolled back.",
            to=policy.state,
        )
