"""Where two texts differ: runs of lines between rules and headings that both have."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reviews.memory import lines as texts
from reviews.memory import matching, rules
from reviews.memory.lines import Range
from reviews.memory.rules import Rule


class Region(NamedTuple):
    """A place that differs: its lines on each side, and the rules that begin in it."""

    old: Range
    new: Range
    gone: tuple[Rule, ...]
    come: tuple[Rule, ...]


class Element(NamedTuple):
    """A rule, a heading or a divider, as its lines are written."""

    start: int
    end: int
    raw: str


def find(before: Sequence[Rule], old: str, new: str) -> list[Region]:
    """The regions in order; ``before`` are the rules of the old text, with their ids."""
    return list(_between(before, texts.split(old), texts.split(new)))


def replaced(old: Sequence[str], places: Sequence[tuple[Range, Sequence[str]]]) -> str:
    """The old lines with other ones at these places, which stand apart from each other."""
    lines = list(old)
    for (start, end), became in sorted(places, reverse=True):
        lines[start:end] = became
    return texts.join(lines)


def _between(
    before: Sequence[Rule], old: list[str], new: list[str]
) -> Iterator[Region]:
    a, b = _elements(old), _elements(new)
    after = rules.outline(new).rules
    shared = matching.match([e.raw for e in a], [e.raw for e in b])
    pairs = [
        (a[run.old + n], b[run.new + n]) for run in shared for n in range(run.size)
    ]
    end = Element(len(old), len(old), ""), Element(len(new), len(new), "")
    old_end = new_end = 0
    for one, other in (*pairs, end):
        was, became = (old_end, one.start), (new_end, other.start)
        if old[slice(*was)] != new[slice(*became)]:
            yield Region(was, became, _within(before, was), _within(after, became))
        old_end, new_end = one.end, other.end


def _elements(lines: Sequence[str]) -> list[Element]:
    return [
        Element(start, end, "\n".join(lines[start:end]))
        for _, start, end in rules.blocks(lines)
    ]


def _within(among: Sequence[Rule], lines: Range) -> tuple[Rule, ...]:
    return tuple(rule for rule in among if lines[0] <= rule.start < lines[1])
