"""Conflicts as a form: each place with its sides, and what somebody chose for it.

A choice is known by the words it was made between: it survives every refusal, until
one of the sides says something else.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reviews.audit import ledger
from reviews.memory.merges import Choice, Conflict, Side, Written

WRITE = "write"
SIDES: dict[Side, str] = {
    "theirs": "Take it back here",
    "ours": "Keep what the head says",
    "base": "Neither: as it was before both",
}


@dataclass(frozen=True)
class Place:
    """One conflict of one memory, with what was chosen for it so far."""

    path: str
    conflict: Conflict
    # A side, "write", or nothing yet.
    chosen: str
    written: str

    @property
    def key(self) -> str:
        """The same for the same words at the same path."""
        c = self.conflict
        seed = [self.path, c.line, list(c.base), list(c.ours), list(c.theirs)]
        return hashlib.sha256(ledger.canonical(seed).encode()).hexdigest()[:16]

    @property
    def choice(self) -> Choice | None:
        """What it becomes; nothing until somebody has chosen."""
        if self.chosen == WRITE:
            return Written(self.written)
        return next((side for side in SIDES if side == self.chosen), None)


def places(
    conflicts: Mapping[str, Sequence[Conflict]], sent: Mapping[str, str]
) -> list[Place]:
    """Every conflict, with what a form has sent about it."""
    return [
        _place(path, conflict, sent)
        for path, found in conflicts.items()
        for conflict in found
    ]


def choices(found: Sequence[Place]) -> dict[str, list[Choice]]:
    """What the conflicts of each memory become, where all of them are chosen."""
    by_path: dict[str, list[Choice]] = {}
    for path in dict.fromkeys(place.path for place in found):
        chosen = list(_chosen(path, found))
        if None not in chosen:
            by_path[path] = [choice for choice in chosen if choice is not None]
    return by_path


def _chosen(path: str, found: Sequence[Place]) -> Iterator[Choice | None]:
    return (place.choice for place in found if place.path == path)


def _place(path: str, conflict: Conflict, sent: Mapping[str, str]) -> Place:
    key = Place(path, conflict, "", "").key
    typed = sent.get(f"text-{key}")
    default = "\n".join(conflict.ours)
    written = default if typed is None else typed.replace("\r\n", "\n")
    return Place(path, conflict, sent.get(f"side-{key}", ""), written)
