"""A stored diff made readable again, with both texts at hand.

Rows are what a page shows line by line; sections fold away what did not change and
carry the headings that the eye needs to know where it is.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from reviews.memory import lines as texts
from reviews.memory.diffs import Diff, Hunk
from reviews.memory.lines import Range
from reviews.memory.rules import heading_text

RowKind = Literal["equal", "added", "deleted", "changed"]

CONTEXT = 3


class Segment(NamedTuple):
    """A piece of a line, and whether only this side has it."""

    text: str
    marked: bool


class Row(NamedTuple):
    """One line as both sides have it; a side that lacks it has no number.

    ``moved`` is the line's number on the other side when its block only moved.
    """

    kind: RowKind
    old: int | None
    new: int | None
    before: tuple[Segment, ...]
    after: tuple[Segment, ...]
    moved: int | None = None


class Section(NamedTuple):
    """Rows that stand together, the headings above them, equal lines folded before.

    The last section may have no rows and only say how many lines follow.
    """

    heading: tuple[str, ...]
    folded: int
    rows: tuple[Row, ...]


def sections(
    diff: Diff, old: str, new: str, *, context: int = CONTEXT
) -> list[Section]:
    """What a page shows; hunks less than two contexts apart stand in one section.

    Nothing is left to show when one of the texts has been redacted.
    """
    a, b = texts.split(old), texts.split(new)
    if (len(a), len(b)) != (diff.old_size, diff.new_size):
        return []
    found: list[Section] = []
    shown = 0
    for group in _groups(diff.hunks, context):
        start = max(0, group[0].new[0] - context)
        end = min(diff.new_size, group[-1].new[1] + context)
        heading = tuple(heading_text(b[number]) for number in group[0].heading)
        found.append(
            Section(heading, start - shown, tuple(_rows(diff, group, a, b, start, end)))
        )
        shown = end
    if shown < diff.new_size:
        found.append(Section((), diff.new_size - shown, ()))
    return found


def rows(diff: Diff, old: str, new: str) -> list[Row]:
    """Every line of both texts, nothing folded."""
    a, b = texts.split(old), texts.split(new)
    return list(_rows(diff, diff.hunks, a, b, 0, diff.new_size))


def _groups(hunks: Sequence[Hunk], context: int) -> Iterator[list[Hunk]]:
    """Hunks with at most twice the context between them."""
    group: list[Hunk] = []
    for hunk in hunks:
        if group and hunk.new[0] - group[-1].new[1] > 2 * context:
            yield group
            group = []
        group.append(hunk)
    if group:
        yield group


def _rows(
    diff: Diff,
    hunks: Sequence[Hunk],
    a: Sequence[str],
    b: Sequence[str],
    start: int,
    end: int,
) -> Iterator[Row]:
    """Rows of these hunks and of the equal lines of the new text around them."""
    gone = {m.old + i: m.new + i for m in diff.moves for i in range(m.size)}
    come = {to: was for was, to in gone.items()}
    shift = hunks[0].old[0] - hunks[0].new[0] if hunks else 0
    for hunk in hunks:
        yield from _equal(b, start, hunk.new[0], shift)
        yield from _differing(hunk, a, b, gone, come)
        start, shift = hunk.new[1], hunk.old[1] - hunk.new[1]
    yield from _equal(b, start, end, shift)


def _equal(b: Sequence[str], start: int, end: int, shift: int) -> Iterator[Row]:
    """Rows of lines that both texts share."""
    for j in range(start, end):
        same = (Segment(b[j], marked=False),)
        yield Row("equal", j + shift, j, same, same)


def _differing(
    hunk: Hunk,
    a: Sequence[str],
    b: Sequence[str],
    gone: dict[int, int],
    come: dict[int, int],
) -> Iterator[Row]:
    """Rows of one hunk: before each pair what was deleted, then what was added."""
    (i, i_end), (j, j_end) = hunk.old, hunk.new
    pairs = [(p.old, p.new, p.old_marks, p.new_marks) for p in hunk.pairs]
    for old, new, old_marks, new_marks in [*pairs, (i_end, j_end, (), ())]:
        for line in range(i, old):
            yield Row("deleted", line, None, _plain(a[line]), (), gone.get(line))
        for line in range(j, new):
            yield Row("added", None, line, (), _plain(b[line]), come.get(line))
        if old < i_end and new < j_end:
            before, after = _segments(a[old], old_marks), _segments(b[new], new_marks)
            yield Row("changed", old, new, before, after)
        i, j = old + 1, new + 1


def _plain(line: str) -> tuple[Segment, ...]:
    """A line that has no counterpart: marked by its row, not by its words."""
    return (Segment(line, marked=False),)


def _segments(line: str, ranges: Sequence[Range]) -> tuple[Segment, ...]:
    """A line cut at its marks."""
    segments, at = [], 0
    for start, end in ranges:
        segments.append(Segment(line[at:start], marked=False))
        segments.append(Segment(line[start:end], marked=True))
        at = end
    segments.append(Segment(line[at:], marked=False))
    return tuple(segment for segment in segments if segment.text)
