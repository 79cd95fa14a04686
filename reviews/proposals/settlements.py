"""What every way of deciding shares: who came first, what was looked at, what follows.

The proposal is locked by whoever calls this, and without a hold its store too.
"""

import logging
import uuid
from collections.abc import Collection, Container
from datetime import timedelta
from functools import partial

import msgspec
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid
from reviews.proposals import (
    bindings,
    holds,
    locks,
    requirements,
    states,
    tasks,
    verdicts,
)
from reviews.proposals.bindings import Binding, Block, Stale
from reviews.proposals.models import Approval, Decision, Proposal

logger = logging.getLogger(__name__)

PAST = {
    Decision.Verb.APPROVE: "approved",
    Decision.Verb.EDIT: "edited and approved",
    Decision.Verb.REJECT: "rejected",
    Decision.Verb.REQUEST_CHANGES: "requested changes to",
    Decision.Verb.ROLL_BACK: "rolled back",
}


class AlreadyDecided(DomainError):
    """Somebody settled this proposal first."""

    code = "already-decided"


class RequestReused(DomainError):
    """The id of this request was used for another act."""

    code = "request-reused"


def take(proposal: Proposal, hold: int | None) -> int:
    """Lock what an approval needs, and say for how many seconds it is held."""
    seconds = max(0, proposal.store.hold_seconds if hold is None else hold)
    if seconds:
        locks.take(proposal)
    else:
        locks.take_with_store(proposal)
    return seconds


def answered(
    request: uuid.UUID | None, proposal: Proposal, by: Actor
) -> Decision | None:
    """What this very request was answered before, if it comes a second time."""
    if request is None:
        return None
    first = Decision.objects.filter(request=request).first()
    if first is None:
        return None
    if (first.proposal_id, first.by) != (proposal.pk, str(by)):
        raise RequestReused
    first.proposal = proposal
    return first


def check_waiting(proposal: Proposal) -> None:
    """Refuse whoever comes second, naming who came first and when."""
    if proposal.state in states.WAITING:
        return
    decisions = proposal.decisions.exclude(state=Decision.State.WITHDRAWN)
    last = decisions.order_by("pk").last()
    if last is None:
        label = Proposal.State(proposal.state).label.lower()
        raise AlreadyDecided(f"{proposal} is {label}.", state=proposal.state)
    name, past = last.by.partition(":")[2], PAST[Decision.Verb(last.verb)]
    raise AlreadyDecided(
        f"{name} {past} {proposal} {ago(timezone.now() - last.at)} ago.",
        by=last.by,
        at=last.at.isoformat(),
        verb=last.verb,
        state=proposal.state,
        decision=last.pk,
    )


def checked_binding(
    proposal: Proposal,
    wording: int | None,
    included: Collection[int] | None,
    bound: str | None,
    resolving: Container[int] = (),
) -> Binding:
    """The proposal against the head, if it is still what was looked at.

    A conflict that is being resolved by other words stands in nobody's way; any other
    fault does.
    """
    binding = bindings.of(proposal)
    if wording is not None and wording != binding.wording:
        raise _stale(
            f"{proposal} has another wording since: w{binding.wording}.", binding
        )
    if bound is not None and bound != binding.bound:
        sentences = [block.sentence for block in binding.moved]
        raise _stale(" ".join(sentences) or f"{proposal} has moved since.", binding)
    wanted = [b for b in _included(binding, included) if b.position not in resolving]
    faults = [block for block in wanted if not block.applies]
    if bound is None:
        # Nobody looked at a merge: only what was proposed word for word can be meant.
        faults = [block for block in wanted if block.moved]
    if faults:
        raise _stale(" ".join(block.sentence for block in faults), binding)
    return binding


def approve(
    proposal: Proposal,
    binding: Binding,
    verb: Decision.Verb,
    *,
    by: Actor,
    reason: str,
    included: Collection[int] | None,
    request: uuid.UUID | None,
    seconds: int,
) -> Decision | None:
    """Count one approval; with enough of them, decide and hold."""
    blocks = _included(binding, included)
    situation = requirements.situation_of(proposal)
    whole = len(blocks) == len(binding.blocks)
    requirements.check_approve(situation, by, reason, whole=whole)
    if str(by) in situation.approvers:
        return None
    Approval.objects.create(
        proposal=proposal, wording=proposal.wording, by=str(by), reason=reason
    )
    given = msgspec.structs.replace(
        situation, approvers=(*situation.approvers, str(by))
    )
    if not requirements.is_enough(given):
        ledger.record(
            by,
            "proposal.endorsed",
            proposal,
            team=proposal.store.team,
            reason=reason,
            wording=proposal.wording,
            needed=requirements.approvers_needed(given),
        )
        return None
    return _decide(proposal, binding, verb, by, reason, blocks, request, seconds)


def record(
    proposal: Proposal,
    verb: Decision.Verb,
    to: Proposal.State,
    *,
    by: Actor,
    reason: str,
    ground: str,
    request: uuid.UUID | None,
) -> Decision:
    """Write a decision that needs no version, and move the proposal where it leads."""
    requirements.check_decider(by)
    binding = bindings.of(proposal)
    now = timezone.now()
    decision = Decision.objects.create(
        proposal=proposal,
        verb=verb,
        state=Decision.State.RECORDED,
        by=str(by),
        reason=reason,
        ground=ground,
        wording=binding.wording,
        included=[block.position for block in binding.blocks],
        bound=binding.bound,
        head=binding.head,
        at=now,
        request=request,
    )
    settled = to == Proposal.State.REJECTED
    changes = {"settled_at": now} if settled else {"waiting_since": now}
    if not states.move(proposal, to, **changes):
        raise AlreadyDecided
    action = {
        Proposal.State.REJECTED: "proposal.rejected",
        Proposal.State.CHANGES_REQUESTED: "proposal.changes-requested",
    }[to]
    ledger.record(
        by,
        action,
        proposal,
        team=proposal.store.team,
        reason=reason,
        ground=ground,
        decision=decision.pk,
    )
    return decision


def ago(since: timedelta) -> str:
    """A span of time as one would say it: 4 s, 12 min, 3 h, 5 days."""
    seconds = max(0, int(since.total_seconds()))
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _included(binding: Binding, included: Collection[int] | None) -> tuple[Block, ...]:
    """The blocks to decide on; refuse a selection of nothing, or of what is not there."""
    if included is None:
        return binding.blocks
    unknown = set(included) - {block.position for block in binding.blocks}
    if unknown or not included:
        raise Invalid(
            "Choose at least one of the operations that there are.", field="included"
        )
    return binding.only(sorted(set(included)))


def _decide(
    proposal: Proposal,
    binding: Binding,
    verb: Decision.Verb,
    by: Actor,
    reason: str,
    blocks: tuple[Block, ...],
    request: uuid.UUID | None,
    seconds: int,
) -> Decision:
    """Write the held decision and see to its end."""
    now = timezone.now()
    if not states.move(proposal, Proposal.State.HELD, settled_at=now):
        raise AlreadyDecided
    decision = Decision.objects.create(
        proposal=proposal,
        verb=verb,
        state=Decision.State.HELD,
        by=str(by),
        reason=reason,
        wording=binding.wording,
        included=[block.position for block in blocks],
        bound=binding.bound,
        head=binding.head,
        at=now,
        applies_at=now + timedelta(seconds=seconds),
        request=request,
        policy_version=verdicts.version_named(by.name) if by.kind == "policy" else None,
    )
    ledger.record(
        by,
        "proposal.approved",
        proposal,
        team=proposal.store.team,
        reason=reason,
        decision=decision.pk,
        verb=verb,
        wording=binding.wording,
        included=decision.included,
        applies_at=decision.applies_at,
    )
    if seconds:
        transaction.on_commit(partial(_hurry, decision.pk, seconds))
    else:
        holds.carry_out(decision)
    return decision


def _hurry(decision: int, seconds: int) -> None:
    """Send a message for the end of the hold; if it gets lost, the sweep is there."""
    try:
        tasks.apply.apply_async((decision,), countdown=seconds)
    except OperationalError as error:
        logger.warning("Decision %s waits for the sweep: %s", decision, error)


def _stale(sentence: str, binding: Binding) -> Stale:
    return Stale(
        sentence,
        wording=binding.wording,
        head=binding.head,
        bound=binding.bound,
        moved=[bindings.plain(block) for block in binding.moved],
    )
