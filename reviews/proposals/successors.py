"""The same proposal in another place: a new one takes over, since operations never change.

It brings along what the old one rests on and how it has been worded; the old one is
superseded and says by what.
"""

from collections.abc import Sequence

from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.proposals import flags, rewordings, splits, states, wordings
from reviews.proposals.models import Evidence, Operation, Proposal, Wording

# Besides what a split-off has from the one that it was split from.
INHERITED = (*splits.INHERITED, "title", "fingerprint", "alternatives", "resembles")


def copies(proposal: Proposal) -> list[Operation]:
    """A proposal's operations once more, not stored yet: to be put elsewhere."""
    return [
        Operation(
            position=operation.position,
            kind=operation.kind,
            path=operation.path,
            new_path=operation.new_path,
            heading=operation.heading,
            behind=operation.behind,
            rule=operation.rule,
            before=operation.before,
            before_sha256=operation.before_sha256,
        )
        for operation in proposal.operations.order_by("position")
    ]


def open(  # noqa: A001
    old: Proposal,
    operations: Sequence[Operation],
    *,
    by: Actor,
    reason: str,
    scope: str,
    scope_of: str,
) -> Proposal:
    """Let a proposal of these operations take over; old and store are locked already."""
    # Only one of a fingerprint may wait: the old one makes room first.
    states.move(old, Proposal.State.SUPERSEDED, settled_at=timezone.now())
    inherited = {name: getattr(old, name) for name in INHERITED}
    new = Proposal.objects.create(
        **inherited
        | {"scope": scope, "scope_of": scope_of[:120], "base": old.store.head},
        by=str(by),
        wording=old.wording + 1,
    )
    for operation in operations:
        operation.proposal = new
    Operation.objects.bulk_create(operations)
    _copy_evidence(old, operations)
    wording = _word(old, new, operations, by)
    new.flags = rewordings.screen(new, list(operations), wording)
    new.risk = flags.risk(tuple(new.flags))
    new.save(update_fields=["flags", "risk"])
    _point_on(old, new)
    ledger.record(
        by,
        "proposal.superseded",
        old,
        team=old.store.team,
        reason=reason,
        superseded_by=new.pk,
    )
    return new


def _word(
    old: Proposal, new: Proposal, operations: Sequence[Operation], by: Actor
) -> Wording:
    """Every wording so far, by whoever wrote it, and the next one in the new place."""
    written = list(old.wordings.order_by("number"))
    texts = {
        operation.position: wordings.said(written[-1], operation)
        for operation in operations
    }
    for row in written:
        row.pk, row._state.adding, row.proposal = None, True, new
    Wording.objects.bulk_create(written)
    return wordings.write(new, new.wording, operations, texts, by=by)


def _copy_evidence(old: Proposal, operations: Sequence[Operation]) -> None:
    goes_to = {operation.position: operation for operation in operations}
    rows = Evidence.objects.filter(operation__proposal=old).select_related("operation")
    found = list(rows.order_by("pk"))
    for row in found:
        row.operation = goes_to[row.operation.position]
        row.pk, row._state.adding = None, True
    Evidence.objects.bulk_create(found)


def _point_on(old: Proposal, new: Proposal) -> None:
    """Whatever pointed on the old one points on the new one."""
    old.superseded.update(superseded_by=new)
    old.resembled_by.update(resembles=new)
    old.superseded_by = new
    old.save(update_fields=["superseded_by"])
