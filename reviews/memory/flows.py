"""Paragraphs whose lines were broken elsewhere: one text that flows, not many lines.

Only prose flows: a paragraph, or the words of one bullet. Code, tables, headings, front
matter and lines that end in a hard break keep their lines, because there a break means
something.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec

from reviews.memory import marks, pairing, rules
from reviews.memory.budgets import Budget
from reviews.memory.lines import Range
from reviews.memory.matching import Gap

QUOTE = re.compile(r"[ \t]*((?:>[ \t]?)*)")
HARD_BREAKS = ("  ", "\\", "  \r", "\\\r")
# Further in than this a line is code, unless a bullet holds it.
CODE_INDENT = 4
# Nobody reads a longer paragraph as one run of words.
MAX_CHARACTERS = 20_000


class Flow(msgspec.Struct, frozen=True, array_like=True):
    """Lines that became others by wrapping, with the words that only one side has.

    Marks count characters in the lines joined by newlines.
    """

    old: Range
    new: Range
    old_marks: tuple[Range, ...] = ()
    new_marks: tuple[Range, ...] = ()

    @property
    def reworded(self) -> bool:
        """Whether words changed too."""
        return bool(self.old_marks or self.new_marks)

    @property
    def size(self) -> int:
        """Lines on the longer side."""
        return max(self.old[1] - self.old[0], self.new[1] - self.new[0])


class _Run(NamedTuple):
    """Lines of one paragraph within a gap, and their text as one line."""

    start: int
    end: int
    text: str


def find(
    a: Sequence[str],
    b: Sequence[str],
    gap: Gap,
    units: tuple[Sequence[int], Sequence[int]],
    moved: tuple[Collection[int], Collection[int]],
    budget: Budget,
) -> tuple[Flow, ...]:
    """The flows of one gap, in order; lines that moved are in none.

    ``units`` are what ``units_of`` says of each side.
    """
    old = list(_runs(a, gap.old_start, gap.old_end, units[0], moved[0]))
    new = list(_runs(b, gap.new_start, gap.new_end, units[1], moved[1]))
    if all(run.end - run.start == 1 for run in (*old, *new)):
        return ()
    sides = [run.text for run in old], [run.text for run in new]
    if not budget.afford(*map(pairing.size, sides)):
        return ()
    pairs = pairing.pair(*sides, share=pairing.share_of([sides]))
    found = (_flow(a, b, old[i], new[j], budget) for i, j in pairs)
    return tuple(flow for flow in found if flow is not None)


def any_goes_on(lines: Sequence[str], numbers: Sequence[int]) -> bool:
    """Whether any of these lines but the first may belong to the one before it."""
    return any(
        bool(lines[number].strip()) and not rules.starts_block(lines[number])
        for number in numbers[1:]
    )


def units_of(lines: Sequence[str]) -> list[int]:
    """For each line the number of the paragraph it flows in; 0 where it keeps its place."""
    units = [0] * len(lines)
    for kind, start, end in rules.blocks(lines):
        if kind in {"paragraph", "bullet"}:
            _number(lines, start, end, units)
    return units


def _number(lines: Sequence[str], start: int, end: int, units: list[int]) -> None:
    """Number the paragraphs of one block by their first line, counted from 1."""
    unit, at, code = 0, start, CODE_INDENT
    while at < end:
        line = lines[at]
        if rules.FENCE.match(line):
            unit, at = 0, rules.fence_end(lines, at)
            continue
        if bullet := rules.BULLET.match(line):
            code = len(bullet[0].expandtabs(CODE_INDENT)) + CODE_INDENT
        if not line.strip() or line.lstrip().startswith("|"):
            unit = 0
        elif not unit or _opens(lines, at):
            unit = at + 1 if bullet or _indent(line) < code else 0
        units[at] = unit
        at += 1


def _opens(lines: Sequence[str], at: int) -> bool:
    """Whether something of its own begins at this line of a paragraph."""
    line, above = lines[at], lines[at - 1]
    return (
        rules.starts_block(line)
        or above.endswith(HARD_BREAKS)
        or ((">" in line or ">" in above) and _quoted(line) != _quoted(above))
    )


def _indent(line: str) -> int:
    expanded = line.expandtabs(CODE_INDENT)
    return len(expanded) - len(expanded.lstrip(" "))


def _quoted(line: str) -> int:
    """How deep a line is quoted."""
    return QUOTE.match(line)[1].count(">")  # type: ignore[index]


def _runs(
    lines: Sequence[str],
    start: int,
    end: int,
    units: Sequence[int],
    moved: Collection[int],
) -> Iterator[_Run]:
    """Stretches of lines of one paragraph each."""
    edges = [
        at
        for at in range(start, end + 1)
        if at in {start, end}
        or units[at] != units[at - 1]
        or (at in moved) != (at - 1 in moved)
    ]
    for here, following in pairwise(edges):
        if units[here] and here not in moved:
            words = (line.strip(marks.SPACES) for line in lines[here:following])
            text = " ".join(words)
            yield _Run(here, following, text)


def _flow(
    a: Sequence[str], b: Sequence[str], old: _Run, new: _Run, budget: Budget
) -> Flow | None:
    """Two runs as one flow, if they are one text that was wrapped again."""
    if old.end - old.start == 1 == new.end - new.start:
        return None
    before, after = a[old.start : old.end], b[new.start : new.end]
    if _margin(before[0]) != _margin(after[0]):
        return None
    reworded = old.text != new.text
    if reworded and max(len(old.text), len(new.text)) > MAX_CHARACTERS:
        return None
    if not budget.afford(len(old.text), len(new.text) if reworded else 0):
        return None
    found = marks.flow("\n".join(before), "\n".join(after))
    if found is None:
        return None
    return Flow((old.start, old.end), (new.start, new.end), *found)


def _margin(line: str) -> str:
    """White space and quote signs before a line's first word."""
    return line[: len(line) - len(line.lstrip(marks.SPACES))]
