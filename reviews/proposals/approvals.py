"""Approvals: counted until there are enough, then one held decision and its end."""

import logging
import uuid
from collections.abc import Collection
from datetime import timedelta
from functools import partial
from typing import Literal

import msgspec
from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.proposals import (
    holds,
    locks,
    requirements,
    settlements,
    states,
    tasks,
    turns,
    undoings,
    verdicts,
)
from reviews.proposals.bindings import Binding, Block
from reviews.proposals.models import Decision, Proposal
from reviews.rows import insert

logger = logging.getLogger(__name__)

_APPROVE = """
INSERT INTO reviews_approval (proposal_id, wording, by, reason) VALUES (%s, %s, %s, %s)
"""
# What becomes of operations that an approval leaves out.
type Rest = Literal["split", "reject"]


def lock(proposal: Proposal, hold: int | None) -> int:
    """Lock what an approval needs, and say for how many seconds it is held."""
    seconds = max(0, proposal.store.hold_seconds if hold is None else hold)
    if seconds:
        locks.take(proposal)
    else:
        locks.take_with_store(proposal)
        undoings.lock(proposal)
    return seconds


def give(
    proposal: Proposal,
    binding: Binding,
    verb: Decision.Verb,
    *,
    by: Actor,
    reason: str,
    included: Collection[int] | None,
    request: uuid.UUID | None,
    seconds: int,
    rest: Rest = "split",
) -> Decision | None:
    """Count one approval; with enough of them, decide and hold."""
    blocks = settlements.included_blocks(binding, included)
    situation = requirements.situation_of(proposal)
    whole = len(blocks) == len(binding.blocks)
    requirements.check_approve(situation, by, reason, whole=whole)
    if str(by) in situation.approvers:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_APPROVE, [proposal.pk, proposal.wording, str(by), reason])
    turns.acted(proposal, by)
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
    return _decide(proposal, binding, verb, by, reason, blocks, request, seconds, rest)


def _decide(
    proposal: Proposal,
    binding: Binding,
    verb: Decision.Verb,
    by: Actor,
    reason: str,
    blocks: tuple[Block, ...],
    request: uuid.UUID | None,
    seconds: int,
    rest: Rest,
) -> Decision:
    """Write the held decision and see to its end."""
    now = timezone.now()
    if not states.move(proposal, Proposal.State.HELD, settled_at=now):
        raise settlements.AlreadyDecided
    decision = Decision(
        proposal=proposal,
        verb=verb,
        state=Decision.State.HELD,
        by=str(by),
        reason=reason,
        wording=binding.wording,
        included=[block.position for block in blocks],
        wishes={} if len(blocks) == len(binding.blocks) else {"rest": rest},
        bound=binding.bound,
        head=binding.head,
        at=now,
        applies_at=now + timedelta(seconds=seconds),
        request=request,
        policy_version=verdicts.version_named(by.name) if by.kind == "policy" else None,
    )
    insert(decision)
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
