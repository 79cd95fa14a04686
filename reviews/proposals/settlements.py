"""What every way of deciding shares: who came first, what was looked at, what follows.

The proposal is locked by whoever calls this, and without a hold its store too.
"""

import uuid
from collections.abc import Collection, Container, Mapping
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid
from reviews.proposals import (
    bindings,
    blocks,
    links,
    requirements,
    states,
    turns,
    undoings,
)
from reviews.proposals.bindings import Binding, Block, Stale
from reviews.proposals.models import Decision, Proposal

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


def answered(
    request: uuid.UUID | None, proposal: Proposal, by: Actor
) -> Decision | None:
    """What this very request was answered before, if it comes a second time."""
    if request is None:
        return None
    with connection.cursor() as cursor:
        # Nearly always there is none.
        cursor.execute("SELECT id FROM reviews_decision WHERE request = %s", [request])
        if (found := cursor.fetchone()) is None:
            return None
    first = Decision.objects.get(pk=found[0])
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

    Without ``bound`` nobody has looked at the head: nothing may have moved at all. With
    it, a conflict that is being resolved by other words stands in nobody's way.
    """
    undoings.check(proposal)
    binding = bindings.of(proposal)
    if wording is not None and wording != binding.wording:
        raise _stale(
            f"{proposal} has another wording since: w{binding.wording}.", binding
        )
    if bound is not None and bound != binding.bound:
        sentences = [block.sentence for block in binding.moved]
        raise _stale(" ".join(sentences) or f"{proposal} has moved since.", binding)
    wanted = included_blocks(binding, included)
    faults = [
        block
        for block in wanted
        if (bound is None and block.moved)
        or not (block.applies or block.position in resolving)
    ]
    if faults:
        raise _stale(" ".join(block.sentence for block in faults), binding)
    return binding


def record(
    proposal: Proposal,
    verb: Decision.Verb,
    to: Proposal.State,
    *,
    by: Actor,
    reason: str,
    ground: str,
    request: uuid.UUID | None,
    wishes: Mapping[str, Any] | None = None,
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
        wishes=dict(wishes or {}),
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
    turns.acted(proposal, by)
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
        **({"wishes": decision.wishes} if decision.wishes else {}),
    )
    return decision


def ago(since: timedelta) -> str:
    """A span of time as one would say it: 4 s, 12 min, 3 h, 5 days."""
    seconds = max(0, int(since.total_seconds()))
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def included_blocks(
    binding: Binding, included: Collection[int] | None
) -> tuple[Block, ...]:
    """The blocks to decide on; refuse a selection of nothing, or of what is not there."""
    if included is None:
        return binding.blocks
    unknown = set(included) - {block.position for block in binding.blocks}
    if unknown or not included:
        raise Invalid(
            "Choose at least one of the operations that there are.", field="included"
        )
    links.check(binding.blocks, included)
    return binding.only(sorted(set(included)))


def _stale(sentence: str, binding: Binding) -> Stale:
    return Stale(
        sentence,
        wording=binding.wording,
        head=binding.head,
        bound=binding.bound,
        moved=[blocks.plain(block) for block in binding.moved],
    )
