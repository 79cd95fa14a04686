"""One operation seen against the head: fresh, merged, in conflict, gone or covered.

Pure. Where the rule it is about still says what the wording was written against, the
block is fresh, wherever the rule now stands; where it says something else, both changes
are merged, or the conflict is shown.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from reviews.memory import merges
from reviews.memory.blame import Authored
from reviews.memory.edits import Change
from reviews.memory.merges import Conflict
from reviews.proposals.models import Operation
from reviews.proposals.wordings import Said

Standing = Literal["fresh", "merged", "conflict", "gone", "covered"]
Memories = Mapping[str, Authored]


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
    behind: tuple[str, ...] = ()
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
            behind=self.behind,
            rule=self.rule,
            before="" if self.kind in {"add", "rename"} else self.before or "",
            after=self.after,
            new_path=self.new_path,
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


def plain(block: Block) -> dict[str, Any]:
    """A block as a fact of a refusal."""
    found: dict[str, Any] = msgspec.to_builtins(block)
    return found


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
        behind=tuple(operation.behind),
        rule=operation.rule,
        base=said.before,
        before=before,
        after=said.after,
        standing=standing,
        sentence=sentence,
        conflicts=conflicts,
    )
