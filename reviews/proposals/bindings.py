"""What a decision is bound to: a wording, and the blocks it touches as the head has them.

Whatever moves in what was looked at changes the binding; what moves elsewhere does not.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import msgspec
from django.db import connection
from django.db.models import F

from reviews.audit import ledger
from reviews.errors import DomainError
from reviews.memory import edits, versions
from reviews.memory.blame import Authored
from reviews.memory.models import Revision, Store
from reviews.proposals import blocks as standing
from reviews.proposals import wordings
from reviews.proposals.blocks import Block, Memories
from reviews.proposals.models import Operation, Proposal, Wording
from reviews.rows import columns, instances

__all__ = [
    "Binding",
    "Block",
    "Memories",
    "Outcome",
    "Stale",
    "applied",
    "at_head",
    "bind",
    "made",
    "of",
    "of_many",
    "outcomes",
    "versions_over",
]


class Stale(DomainError):
    """What you decided about has moved since you looked at it."""

    code = "stale"


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal's newest wording against one head; ``bound`` names exactly that."""

    wording: int
    head: int
    blocks: tuple[Block, ...]
    bound: str

    def only(self, positions: Sequence[int] | None) -> tuple[Block, ...]:
        """The blocks at these positions; all of them for None."""
        return tuple(
            b for b in self.blocks if positions is None or b.position in positions
        )

    @property
    def moved(self) -> tuple[Block, ...]:
        return tuple(block for block in self.blocks if block.moved)

    @property
    def faults(self) -> tuple[Block, ...]:
        """The blocks that cannot be applied as they stand."""
        return tuple(block for block in self.blocks if not block.applies)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One memory before and after; None where there is none."""

    path: str
    before: str | None
    after: str | None
    new_path: str = ""


def of(proposal: Proposal) -> Binding:
    """The proposal as it stands against the head now."""
    return at_head(proposal)[0]


def at_head(proposal: Proposal) -> tuple[Binding, dict[str, Authored]]:
    """A proposal's binding, and the memories that it was found with."""
    operations, wording = _newest(proposal)
    paths = {operation.path for operation in operations}
    memories = versions.authored_head(proposal.store, paths)
    return bind(wording, operations, memories, proposal.store.head), memories


def of_many(proposals: Sequence[Proposal]) -> dict[int, Binding]:
    """Bindings by proposal, in as many queries as there are stores, and two."""
    operations = defaultdict(list)
    rows = Operation.objects.filter(proposal__in=proposals).order_by("position")
    for operation in rows:
        operations[operation.proposal_id].append(operation)
    newest = {
        wording.proposal_id: wording
        for wording in Wording.objects.filter(
            proposal__in=proposals, number=F("proposal__wording")
        )
    }
    stores = {proposal.store_id: proposal.store for proposal in proposals}
    memories = {
        key: versions.authored_head(store, _paths(proposals, store, operations))
        for key, store in stores.items()
    }
    return {
        proposal.pk: bind(
            newest[proposal.pk],
            operations[proposal.pk],
            memories[proposal.store_id],
            proposal.store.head,
        )
        for proposal in proposals
    }


def bind(
    wording: Wording, operations: Iterable[Operation], memories: Memories, head: int
) -> Binding:
    """One wording against these memories; pure."""
    blocks = tuple(
        standing.block(operation, wordings.said(wording, operation), memories)
        for operation in operations
    )
    touched = [[b.position, b.standing == "covered", b.before] for b in blocks]
    seal = [wording.number, wording.sha256, touched]
    return Binding(
        wording=wording.number,
        head=head,
        blocks=blocks,
        bound=hashlib.sha256(ledger.canonical(seal).encode()).hexdigest(),
    )


def applied(memories: Memories, blocks: Iterable[Block]) -> edits.Applied:
    """What these blocks together make of the memories, or the refusal."""
    return edits.apply(memories, [block.change for block in blocks])


def made(memories: Memories, blocks: Iterable[Block]) -> edits.Applied:
    """What those blocks that can be applied make of the memories; nothing if they clash."""
    try:
        return applied(memories, [block for block in blocks if block.applies])
    except DomainError:
        return edits.Applied(texts={}, renames={})


def outcomes(memories: Memories, blocks: Sequence[Block]) -> list[Outcome]:
    """Each touched memory as it is and as agents would read it; faults are left out."""
    result = made(memories, blocks)
    came_from = {new: old for old, new in result.renames.items()}
    paths = {*result.texts, *came_from}
    return [
        Outcome(
            path=came_from.get(path, path),
            before=_text(memories, came_from.get(path, path)),
            after=result.texts.get(path, _text(memories, came_from.get(path, path))),
            new_path=path if path in came_from else "",
        )
        for path in sorted(paths)
    ]


def versions_over(
    store: Store, base: int, head: int, paths: Iterable[str]
) -> list[int]:
    """Numbers of the versions after the base that touched these memories."""
    numbers = Revision.objects.filter(
        memory__store=store, path__in=set(paths), number__gt=base, number__lte=head
    )
    return sorted(set(numbers.values_list("number", flat=True)))


def _newest(proposal: Proposal) -> tuple[list[Operation], Wording]:
    """A proposal's operations, and of its newest wording what a binding is made of."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(), [proposal.wording, proposal.pk])
        rows = cursor.fetchall()
    if not rows:
        return [], wordings.newest(proposal)
    operations = [next(instances(row[3:], Operation)) for row in rows]
    for operation in operations:
        operation.proposal = proposal
    number, sha256, texts = rows[0][:3]
    wording = Wording(
        proposal=proposal,
        number=number,
        sha256=sha256,
        texts=None if texts is None else json.loads(texts),
    )
    return operations, wording


@cache
def _statement() -> str:
    """Written out: every verb asks it, and most of them more than once."""
    return f"""
        SELECT wording.number, wording.sha256, wording.texts,
            {columns("operation", Operation)}
        FROM reviews_operation operation
        JOIN reviews_wording wording ON wording.proposal_id = operation.proposal_id
            AND wording.number = %s
        WHERE operation.proposal_id = %s ORDER BY operation.position
    """  # noqa: S608 - names of our own columns


def _paths(
    proposals: Iterable[Proposal],
    store: Store,
    operations: Mapping[int, Sequence[Operation]],
) -> set[str]:
    return {
        operation.path
        for proposal in proposals
        if proposal.store_id == store.pk
        for operation in operations[proposal.pk]
    }


def _text(memories: Memories, path: str) -> str | None:
    memory = memories.get(path)
    return memory.text if memory else None
