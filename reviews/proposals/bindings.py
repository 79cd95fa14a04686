"""What a decision is bound to: a wording, and the blocks it touches as the head has them.

A block is one operation seen against the head. Where the rule it is about still says
what the wording was written against, the block is fresh, wherever the rule now stands;
where it says something else, both changes are merged, or the conflict is shown.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from django.db.models import F

from reviews.audit import ledger
from reviews.errors import DomainError
from reviews.memory import edits, merges, versions
from reviews.memory.blame import Authored
from reviews.memory.edits import Change
from reviews.memory.merges import Conflict
from reviews.memory.models import Revision, Store
from reviews.proposals import wordings
from reviews.proposals.models import Operation, Proposal, Wording
from reviews.proposals.wordings import Said

Standing = Literal["fresh", "merged", "conflict", "gone", "covered"]
Memories = Mapping[str, Authored]


class Stale(DomainError):
    """What you decided about has moved since you looked at it."""

    code = "stale"


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """One operation as it stands against the head.

    ``base`` is what the wording was written against, ``before`` what the head has now
    (None: nothing), ``after`` what would stand there once it is applied.
    """

    position: int
    kind: str
    path: str
    new_path: str
    heading: tuple[str, ...]
    rule: str
    base: str
    before: str | None
    after: str
    standing: Standing
    sentence: str = ""
    conflicts: tuple[Conflict, ...] = ()

    @property
    def moved(self) -> bool:
        """Whether the head no longer has what this was written against."""
        return self.standing != "fresh"

    @property
    def applies(self) -> bool:
        return self.standing in {"fresh", "merged"}

    @property
    def change(self) -> Change:
        """What to apply to the head."""
        return Change(
            kind=self.kind,  # type: ignore[arg-type]
            path=self.path,
            heading=self.heading,
            rule=self.rule,
            before="" if self.kind in {"add", "rename"} else self.before or "",
            after=self.after,
            new_path=self.new_path,
        )


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
    operations = list(proposal.operations.order_by("position"))
    wording = wordings.newest(proposal)
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
        block(operation, wordings.said(wording, operation), memories)
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


def block(operation: Operation, said: Said, memories: Memories) -> Block:
    """One operation against these memories."""
    memory = memories.get(operation.path)
    if operation.kind == Operation.Kind.ADD:
        return _addition(operation, said, memory)
    if memory is None:
        return _block(operation, said, None, "gone", f"{operation.path} is gone.")
    if operation.kind == Operation.Kind.RENAME:
        return _block(operation, said, operation.path, "fresh")
    found = memory.text if not operation.rule else _rule_text(operation, memory)
    if found is None:
        return _missing(operation, said, memory)
    if found == said.before:
        return _block(operation, said, found, "fresh")
    return _moved(operation, said, found)


def applied(memories: Memories, blocks: Iterable[Block]) -> edits.Applied:
    """What these blocks together make of the memories, or the refusal."""
    return edits.apply(memories, [block.change for block in blocks])


def outcomes(memories: Memories, blocks: Sequence[Block]) -> list[Outcome]:
    """Each touched memory as it is and as agents would read it; faults are left out."""
    try:
        result = applied(memories, [block for block in blocks if block.applies])
    except DomainError:
        return []
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


def plain(block: Block) -> dict[str, Any]:
    """A block as a fact of a refusal."""
    found: dict[str, Any] = msgspec.to_builtins(block)
    return found


def versions_over(
    store: Store, base: int, head: int, paths: Iterable[str]
) -> list[int]:
    """Numbers of the versions after the base that touched these memories."""
    numbers = Revision.objects.filter(
        memory__store=store, path__in=set(paths), number__gt=base, number__lte=head
    )
    return sorted(set(numbers.values_list("number", flat=True)))


def _addition(operation: Operation, said: Said, memory: Authored | None) -> Block:
    """Additions commute: nothing can move under them, but all may be said already."""
    told = {rule.text.strip() for rule in memory.rules} if memory else set()
    if said.after.strip() in told:
        sentence = f"{operation.path} says this already."
        return _block(operation, said, None, "covered", sentence)
    return _block(operation, said, None, "fresh")


def _moved(operation: Operation, said: Said, found: str) -> Block:
    """A block whose text at the head is not the one that the wording knew."""
    if operation.kind == Operation.Kind.EDIT:
        if found == said.after:
            sentence = f"{operation.path} says this already."
            return _block(operation, said, found, "covered", sentence)
        merged = merges.merge(said.before, found, said.after)
        if merged.text is not None:
            sentence = f"Another change of this rule in {operation.path} was merged in."
            return _block(
                operation, Said(said.before, merged.text), found, "merged", sentence
            )
        conflicts = merged.conflicts
    else:
        conflicts = ()
    sentence = f"The rule in {operation.path} has changed since this was written."
    return _block(operation, said, found, "conflict", sentence, conflicts)


def _missing(operation: Operation, said: Said, memory: Authored) -> Block:
    """A block whose rule is no longer there."""
    if operation.kind == Operation.Kind.EDIT and said.after in {
        rule.text for rule in memory.rules
    }:
        sentence = f"{operation.path} says this already."
        return _block(operation, said, None, "covered", sentence)
    sentence = f"The rule is no longer in {operation.path}."
    return _block(operation, said, None, "gone", sentence)


def _rule_text(operation: Operation, memory: Authored) -> str | None:
    """What the rule says at the head, wherever it stands there."""
    rule = next((r for r in memory.rules if r.id == operation.rule), None)
    return rule.text if rule else None


def _block(
    operation: Operation,
    said: Said,
    before: str | None,
    standing: Standing,
    sentence: str = "",
    conflicts: tuple[Conflict, ...] = (),
) -> Block:
    return Block(
        position=operation.position,
        kind=operation.kind,
        path=operation.path,
        new_path=operation.new_path,
        heading=tuple(operation.heading),
        rule=operation.rule,
        base=said.before,
        before=before,
        after=said.after,
        standing=standing,
        sentence=sentence,
        conflicts=conflicts,
    )


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
