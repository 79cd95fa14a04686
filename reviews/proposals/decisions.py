"""Settling proposals: approve, reword, reject, request changes, take back.

Each verb locks the proposal, refuses whoever comes second, and is bound to what the
page showed. An approval is held first; its version is written when the hold ends.
"""

import uuid
from collections.abc import Collection, Mapping

from django.db import transaction

from reviews.audit.actors import Actor
from reviews.errors import Invalid
from reviews.proposals import (
    approvals,
    bindings,
    locks,
    mutes,
    requirements,
    rewordings,
    settlements,
    wishes,
)
from reviews.proposals.approvals import Rest
from reviews.proposals.bindings import Stale
from reviews.proposals.holds import NotHeld, apply, apply_due, withdraw
from reviews.proposals.models import Decision, Proposal, Wording
from reviews.proposals.requirements import PeopleDecide, ReasonMissing, SplitFirst
from reviews.proposals.settlements import AlreadyDecided, RequestReused
from reviews.proposals.snoozes import snooze
from reviews.proposals.threads import say as comment
from reviews.proposals.wishes import Wish

__all__ = [
    "AlreadyDecided",
    "NotHeld",
    "PeopleDecide",
    "ReasonMissing",
    "RequestReused",
    "SplitFirst",
    "Stale",
    "apply",
    "apply_due",
    "approve",
    "comment",
    "edit_and_approve",
    "reject",
    "request_changes",
    "reword",
    "snooze",
    "withdraw",
]


@transaction.atomic
def approve(
    proposal: Proposal,
    *,
    by: Actor,
    reason: str = "",
    wording: int | None = None,
    included: Collection[int] | None = None,
    rest: Rest = "split",
    bound: str | None = None,
    request: uuid.UUID | None = None,
    hold: int | None = None,
) -> Decision | None:
    """Settle a waiting proposal as approved; its version is written when the hold ends.

    None: the approval counts, and another person's is still needed. ``bound`` and
    ``wording`` say what was looked at; without them nothing may have moved at all.
    What is left out lives on as a proposal of its own, or is rejected (``rest``).
    """
    seconds = approvals.lock(proposal, hold)
    if answer := settlements.answered(request, proposal, by):
        return answer
    settlements.check_waiting(proposal)
    binding = settlements.checked_binding(proposal, wording, included, bound)
    return approvals.give(
        proposal,
        binding,
        Decision.Verb.APPROVE,
        by=by,
        reason=reason,
        included=included,
        rest=rest,
        request=request,
        seconds=seconds,
    )


@transaction.atomic
def edit_and_approve(
    proposal: Proposal,
    *,
    texts: Mapping[int, str],
    by: Actor,
    reason: str = "",
    wording: int | None = None,
    included: Collection[int] | None = None,
    bound: str | None = None,
    request: uuid.UUID | None = None,
    hold: int | None = None,
) -> Decision | None:
    """Say it in other words, by position of the operation, and approve those."""
    seconds = approvals.lock(proposal, hold)
    if answer := settlements.answered(request, proposal, by):
        return answer
    settlements.check_waiting(proposal)
    binding = settlements.checked_binding(
        proposal, wording, included, bound, resolving=texts
    )
    rewordings.write(proposal, binding, texts, by=by, reason=reason)
    return approvals.give(
        proposal,
        bindings.of(proposal),
        Decision.Verb.EDIT,
        by=by,
        reason=reason,
        included=included,
        request=request,
        seconds=seconds,
    )


@transaction.atomic
def reword(
    proposal: Proposal,
    *,
    texts: Mapping[int, str],
    by: Actor,
    reason: str = "",
    wording: int | None = None,
    bound: str | None = None,
) -> Wording:
    """Write the next wording, against the head as it is; approvals so far are void."""
    locks.take(proposal)
    settlements.check_waiting(proposal)
    binding = settlements.checked_binding(
        proposal, wording, None, bound, resolving=texts
    )
    return rewordings.write(proposal, binding, texts, by=by, reason=reason)


@transaction.atomic
def reject(
    proposal: Proposal,
    *,
    by: Actor,
    reason: str,
    ground: str = "",
    request: uuid.UUID | None = None,
) -> Decision:
    """Turn a proposal down for a reason; it stays quiet without new evidence."""
    locks.take(proposal)
    if answer := settlements.answered(request, proposal, by):
        return answer
    settlements.check_waiting(proposal)
    requirements.check_reject(reason, ground)
    mutes.place(proposal, by=by, reason=reason, ground=ground)
    return settlements.record(
        proposal,
        Decision.Verb.REJECT,
        Proposal.State.REJECTED,
        by=by,
        reason=reason,
        ground=ground,
        request=request,
    )


@transaction.atomic
def request_changes(
    proposal: Proposal,
    *,
    by: Actor,
    reason: str = "",
    wish: str = "",
    wanted: Wish | None = None,
    request: uuid.UUID | None = None,
) -> Decision:
    """Send a proposal back with what should be different about it.

    The next dream does what is ``wanted``; a mere word in ``wish`` waits for a person.
    """
    locks.take(proposal)
    if answer := settlements.answered(request, proposal, by):
        return answer
    settlements.check_waiting(proposal)
    if wanted is not None:
        wishes.check(proposal, wanted)
        wish, reason = wishes.plain(wanted)["wish"], reason or wanted.sentence
    requirements.check_reason(reason, "Say what should be different.")
    if wish and wish not in requirements.WISHES:
        raise Invalid(f"“{wish}” is nothing that can be asked for.", field="wish")
    return settlements.record(
        proposal,
        Decision.Verb.REQUEST_CHANGES,
        Proposal.State.CHANGES_REQUESTED,
        by=by,
        reason=reason,
        ground=wish,
        request=request,
        wishes=wishes.plain(wanted) if wanted else None,
    )
