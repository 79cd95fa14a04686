"""Operations that were left out of a decision live on as a proposal of their own."""

import hashlib
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import Invalid
from reviews.proposals import locks, states, wordings
from reviews.proposals.models import Decision, Evidence, Operation, Proposal

# What a sibling has from the proposal that it was split off.
INHERITED = (
    "store",
    "family",
    "kind",
    "scope",
    "scope_of",
    "engine",
    "engine_version",
    "because",
    "counts",
    "confidence",
    "impact",
    "flags",
    "risk",
    "trigger",
    "groups",
    "people",
    "base",
    "returned",
)


class NothingToSplit(Invalid):
    """A split leaves something on both sides."""

    code = "nothing-to-split"


def off(proposal: Proposal, decision: Decision) -> Proposal | None:
    """Give what a decision left out to a sibling; None when nothing was."""
    rest = [
        operation
        for operation in proposal.operations.order_by("position")
        if operation.position not in decision.included
    ]
    if not rest:
        return None
    return _sibling(proposal, rest, by=Actor.parse(decision.by))


@transaction.atomic
def split(
    proposal: Proposal, positions: Sequence[int], *, by: Actor, reason: str = ""
) -> tuple[Proposal, Proposal]:
    """Make two proposals of one: these operations, and the others."""
    locks.take(proposal)
    operations = list(proposal.operations.order_by("position"))
    chosen = [o for o in operations if o.position in positions]
    rest = [o for o in operations if o.position not in positions]
    if not chosen or not rest:
        raise NothingToSplit
    if not states.move(proposal, Proposal.State.SPLIT_OFF, settled_at=timezone.now()):
        raise NothingToSplit(f"{proposal} is settled: there is nothing to split.")
    first = _sibling(proposal, chosen, by=by, reason=reason)
    return first, _sibling(proposal, rest, by=by, reason=reason)


def fingerprint(parent: str, operations: Sequence[Operation]) -> str:
    """What a sibling is known by: its parent's fingerprint and its own operations."""
    plain = [[o.kind, o.path, o.heading, o.before_sha256] for o in operations]
    seed = ledger.canonical([parent, [o.position for o in operations], plain])
    return hashlib.sha256(seed.encode()).hexdigest()


def _sibling(
    proposal: Proposal, operations: Sequence[Operation], *, by: Actor, reason: str = ""
) -> Proposal:
    """A proposal of some of another's operations, in their newest wording.

    If the same ones were split off before and still wait, that proposal it is.
    """
    known_as = fingerprint(proposal.fingerprint, operations)
    waiting = Proposal.objects.filter(
        store=proposal.store, fingerprint=known_as, state__in=states.UNDECIDED
    ).first()
    if waiting is not None:
        return waiting
    wording = wordings.newest(proposal)
    said = [wordings.said(wording, operation) for operation in operations]
    sibling = Proposal.objects.create(
        **{name: getattr(proposal, name) for name in INHERITED},
        title=title(operations[0].kind, said[0]),
        fingerprint=known_as,
        split_from=proposal,
        by=proposal.by,
        waiting_since=proposal.waiting_since,
    )
    copies = [_copy(o, sibling, number) for number, o in enumerate(operations)]
    Operation.objects.bulk_create(copies)
    for original, copied in zip(operations, copies, strict=True):
        _copy_evidence(original, copied)
    author = Actor.parse(wording.by)
    wordings.write(sibling, 1, copies, dict(enumerate(said)), by=author)
    ledger.record(
        by,
        "proposal.split-off",
        sibling,
        team=proposal.store.team,
        reason=reason,
        split_from=proposal.pk,
        operations=[operation.position for operation in operations],
    )
    return sibling


def title(kind: str, said: wordings.Said) -> str:
    """One line that says what an operation is about, in its own words."""
    words = (said.after or said.before).strip().partition("\n")[0]
    line = f"Delete: {words}" if kind == "delete" else words
    return line if len(line) <= 300 else line[:299] + "…"


def _copy(operation: Operation, proposal: Proposal, position: int) -> Operation:
    return Operation(
        proposal=proposal,
        position=position,
        kind=operation.kind,
        path=operation.path,
        new_path=operation.new_path,
        heading=operation.heading,
        behind=operation.behind,
        rule=operation.rule,
        before=operation.before,
        before_sha256=operation.before_sha256,
    )


def _copy_evidence(original: Operation, copied: Operation) -> None:
    rows = list(Evidence.objects.filter(operation=original).order_by("position"))
    for row in rows:
        row.pk = None
        row._state.adding = True
        row.operation = copied
    Evidence.objects.bulk_create(rows)
