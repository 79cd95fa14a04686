"""What belongs together in a run: calls and answers, calls made at once, subagents."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from reviews.web.presenters.timeline import Row, lasting

REPEATS = 3
# A subagent that took fewer steps is read in passing.
FOLDED = 8


@dataclass(frozen=True)
class Nest:
    """What a subagent did on its own."""

    agent: str
    rows: list[Row]
    size: int
    calls: int
    failed: int
    lasted: str

    @property
    def opened(self) -> bool:
        """Whether something in it was asked for, or it is short."""
        return self.size <= FOLDED or any(row.opened for row in self.rows)


def grouped(made: list[Row]) -> list[Row | Nest]:
    """The run as it is read: repeats folded, subagents each under one head."""
    return list(_nested(list(_repeats_folded(made))))


def pair(made: Sequence[Row]) -> None:
    """Tell each call how long it took, and each answer what it answers."""
    asked = [row for row in made if row.step.kind == "tool_call" and row.step.call]
    calls = {row.step.call: row for row in asked}
    answered: set[str] = set()
    for before, row in itertools.pairwise([None, *made]):
        assert row is not None  # noqa: S101 - only the first of all is none
        step = row.step
        call = calls.get(step.call) if step.call else _above(before, row)
        if step.kind not in ("tool_result", "stop") or call is None:
            continue
        answered.add(step.call)
        call.took = _between(call.step.at, step.at)
        if call is not before:
            row.answers = call.step.index
    for key, row in calls.items():
        row.unanswered = bool(answered) and key not in answered
    _together(made)


def _above(before: Row | None, row: Row) -> Row | None:
    """The call right above, where the source gives its calls no names."""
    if before is None or before.step.kind != "tool_call" or before.step.call:
        return None
    return before if before.step.tool == row.step.tool else None


def _together(made: Sequence[Row]) -> None:
    """Bracket calls that were made before the first of them was answered."""
    for kind, group in itertools.groupby(
        made, key=lambda row: (row.step.kind, row.step.agent)
    ):
        calls = list(group)
        if (
            kind[0] != "tool_call"
            or len(calls) < 2
            or not all(c.step.call for c in calls)
        ):
            continue
        for row in calls:
            row.together, row.edge = len(calls), "within"
        calls[0].edge, calls[-1].edge = "first", "last"


def _between(start: str, end: str) -> float | None:
    if not (start and end):
        return None
    seconds = (
        datetime.fromisoformat(end) - datetime.fromisoformat(start)
    ).total_seconds()
    return seconds if seconds >= 0 else None


def _nested(made: list[Row]) -> Iterator[Row | Nest]:
    """Put what a subagent did in a row under one head; what is said in turns stays."""
    for agent, group in itertools.groupby(made, key=lambda row: row.step.agent):
        found = list(group)
        if not agent or len(found) < REPEATS:
            yield from found
            continue
        every = [each for row in found for each in (row, *row.repeats)]
        took = _between(found[0].step.at, every[-1].step.at)
        yield Nest(
            agent,
            found,
            size=len(every),
            calls=sum(row.step.kind == "tool_call" for row in every),
            failed=sum(row.failed for row in every),
            lasted="" if took is None else lasting(took),
        )


def _repeats_folded(made: list[Row]) -> Iterator[Row]:
    """Fold runs of the same call with the same answer into their first."""
    at = 0
    while at < len(made):
        size = _unit(made, at)
        times = 1
        while size and _same(made, at, at + times * size, size):
            times += 1
        if times >= REPEATS:
            first = made[at + size - 1]
            first.repeats, first.times = made[at + size : at + times * size], times
            yield from made[at : at + size]
            at += times * size
        else:
            yield made[at]
            at += 1


def _unit(made: Sequence[Row], at: int) -> int:
    """A call and its answer are two rows; a call that nobody answered is one."""
    if made[at].step.kind != "tool_call":
        return 0
    follows = at + 1 < len(made) and made[at + 1].step.kind == "tool_result"
    return 2 if follows else 1


def _same(made: Sequence[Row], one: int, other: int, size: int) -> bool:
    if other + size > len(made):
        return False
    return all(
        _alike(made[one + i]) == _alike(made[other + i]) and not made[other + i].opened
        for i in range(size)
    )


def _alike(row: Row) -> tuple[str, str, str, bool, str]:
    step = row.step
    return (step.kind, step.tool, step.text, step.error, step.agent)
