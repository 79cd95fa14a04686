"""Taking back what was applied: undo one proposal, or restore the store's old state.

Both write forwards, settle the proposals that they undo, keep what is undone from being
proposed again without new evidence, and stop the policies that would approve it again.
"""

import uuid
from collections.abc import Collection

from django.db import transaction

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.memory import versions
from reviews.memory.models import Store, Version
from reviews.memory.reverts import Choices
from reviews.proposals import (
    holds,
    locks,
    previews,
    replays,
    requirements,
    settlements,
    takebacks,
)
from reviews.proposals.bindings import Stale
from reviews.proposals.models import Decision, Proposal
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
    locks.take_each(previews.asked_back(proposal))
    locks.take_policies(proposal.store.team_id)
    if answer := settlements.answered(request, proposal, by):
        return answer
    requirements.check_reason(reason, WHY)
    preview = previews.of_undo(proposal)
    _check_bound(preview, bound)
    version = versions.undo(
        proposal.store, preview.version, by=by, reason=reason, choices=choices
    )
    decision = takebacks.settle(
        proposal, preview, version, by=by, reason=reason, request=request
    )
    for original in preview.reinstated:
        takebacks.reinstate(original, by=by, reason=reason)
    takebacks.stop_policies(preview, by=by)
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
    locks.take_each(previews.moved_by(store, number))
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
        takebacks.settle(proposal, preview, named, by=by, reason=reason)
        named = None
    for proposal in preview.reinstated:
        takebacks.reinstate(proposal, by=by, reason=reason)
    for proposal in preview.kept:
        _keep(proposal, by=by, reason=reason)
    takebacks.stop_policies(preview, by=by)
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
