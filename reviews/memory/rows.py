"""A stored diff made readable again, with both texts at hand.

Rows are what a page shows line by line; what did not change is folded there.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from reviews.memory import lines as texts
from reviews.memory import marks
from reviews.memory.diffs import Diff, Hunk
from reviews.memory.flows import Flow
from reviews.memory.lines import Range
from reviews.memory.marks import Pair

RowKind = Literal["equal", "added", "deleted", "changed"]
WordKind = Literal["equal", "wrap", "deleted", "added"]

# So many equal lines stand around a change.
CONTEXT = 3


class Segment(NamedTuple):
    """A piece of a line, and whether only this side has it."""

    text: str
    marked: bool


class Row(NamedTuple):
    """One line as both sides have it; a side that lacks it has no number.

    ``moved`` is the line's number on the other side when its block moved; when it was
    reworded on the way, it has marks. Rows of one ``flow`` follow each other, deleted
    before added; together they say what ``flowing`` says at once.
    """

    kind: RowKind
    old: int | None
    new: int | None
    before: tuple[Segment, ...]
    after: tuple[Segment, ...]
    moved: int | None = None
    flow: Flow | None = None


class Word(NamedTuple):
    """A stretch of a flow as each side has it.

    Old stretches joined are the old lines, new ones the new lines; in a wrap they differ
    in nothing but white space.
    """

    kind: WordKind
    old: str
    new: str


def rows(diff: Diff, old: str, new: str) -> list[Row]:
    """Every line of both texts, nothing folded."""
    return list(_rows(diff, texts.split(old), texts.split(new)))


def flowing(flow: Flow, old: str, new: str) -> tuple[Word, ...]:
    """A flow of these two texts as one run of words, deleted before added."""
    before = "\n".join(texts.split(old)[slice(*flow.old)])
    after = "\n".join(texts.split(new)[slice(*flow.new)])
    words: list[Word] = []
    i = j = 0
    edits = marks.replaced(before, after, flow.old_marks, flow.new_marks)
    for was, becomes in edits:
        words += _kept(before[i : was[0]], after[j : becomes[0]])
        words.append(Word("deleted", before[slice(*was)], ""))
        words.append(Word("added", "", after[slice(*becomes)]))
        i, j = was[1], becomes[1]
    words += _kept(before[i:], after[j:])
    return tuple(word for word in words if word.old or word.new)


def _kept(old: str, new: str) -> Iterator[Word]:
    """Words that both sides have, and the white space between them as each has it."""
    a, b = marks.FLOWING.findall(old), marks.FLOWING.findall(new)
    same = [""]
    for was, becomes in zip(a, b, strict=True):
        if was == becomes:
            same.append(was)
            continue
        yield Word("equal", "".join(same), "".join(same))
        yield Word("wrap", was, becomes)
        same = [""]
    yield Word("equal", "".join(same), "".join(same))


def _rows(diff: Diff, a: Sequence[str], b: Sequence[str]) -> Iterator[Row]:
    """Rows of all hunks, and of the equal lines around them."""
    elsewhere = _elsewhere(diff)
    start = shift = 0
    for hunk in diff.hunks:
        yield from _equal(b, start, hunk.new[0], hunk.old[0] - hunk.new[0])
        yield from _differing(hunk, a, b, elsewhere)
        start, shift = hunk.new[1], hunk.old[1] - hunk.new[1]
    yield from _equal(b, start, diff.new_size, shift)


class _Elsewhere(NamedTuple):
    """What became of lines that stand somewhere else, by their number on each side."""

    gone: Mapping[int, Pair]
    come: Mapping[int, Pair]


def _elsewhere(diff: Diff) -> _Elsewhere:
    """Every line that moved, reworded or not."""
    kept = [Pair(m.old + i, m.new + i) for m in diff.moves for i in range(m.size)]
    pairs = (*kept, *diff.edited)
    return _Elsewhere({pair.old: pair for pair in pairs}, {p.new: p for p in pairs})


def _equal(b: Sequence[str], start: int, end: int, shift: int) -> Iterator[Row]:
    """Rows of lines that both texts share."""
    for j in range(start, end):
        same = (Segment(b[j], marked=False),)
        yield Row("equal", j + shift, j, same, same)


def _differing(
    hunk: Hunk, a: Sequence[str], b: Sequence[str], elsewhere: _Elsewhere
) -> Iterator[Row]:
    """Rows of one hunk: before each pair what was deleted, then what was added."""
    (i, i_end), (j, j_end) = hunk.old, hunk.new
    inside: list[Pair | Flow] = [*hunk.pairs, *hunk.flows]
    for found in sorted(inside, key=_place):
        (old, old_end), (new, new_end) = _place(found)
        yield from _deleted(a, i, old, elsewhere)
        yield from _added(b, j, new, elsewhere)
        if isinstance(found, Flow):
            yield from _wrapped(found, a, b)
        else:
            before = _segments(a[old], found.old_marks)
            after = _segments(b[new], found.new_marks)
            yield Row("changed", old, new, before, after)
        i, j = old_end, new_end
    yield from _deleted(a, i, i_end, elsewhere)
    yield from _added(b, j, j_end, elsewhere)


def _place(found: Pair | Flow) -> tuple[Range, Range]:
    """Which lines of each side a pair or a flow is about."""
    if isinstance(found, Flow):
        return found.old, found.new
    return (found.old, found.old + 1), (found.new, found.new + 1)


def _deleted(
    a: Sequence[str], start: int, end: int, elsewhere: _Elsewhere
) -> Iterator[Row]:
    """Rows of lines that only the old text has here."""
    for line in range(start, end):
        pair = elsewhere.gone.get(line)
        before = _segments(a[line], pair.old_marks if pair else ())
        yield Row("deleted", line, None, before, (), pair.new if pair else None)


def _added(
    b: Sequence[str], start: int, end: int, elsewhere: _Elsewhere
) -> Iterator[Row]:
    """Rows of lines that only the new text has here."""
    for line in range(start, end):
        pair = elsewhere.come.get(line)
        after = _segments(b[line], pair.new_marks if pair else ())
        yield Row("added", None, line, (), after, pair.old if pair else None)


def _wrapped(flow: Flow, a: Sequence[str], b: Sequence[str]) -> Iterator[Row]:
    """Rows of a flow: its old lines, then its new ones."""
    for line, segments in _by_line(a, flow.old, flow.old_marks):
        yield Row("deleted", line, None, segments, (), flow=flow)
    for line, segments in _by_line(b, flow.new, flow.new_marks):
        yield Row("added", None, line, (), segments, flow=flow)


def _by_line(
    lines: Sequence[str], place: Range, ranges: Sequence[Range]
) -> Iterator[tuple[int, tuple[Segment, ...]]]:
    """Lines of one side of a flow, each cut at the marks that fall on it."""
    at = 0
    for number in range(*place):
        end = at + len(lines[number])
        here = [(max(s, at) - at, min(e, end) - at) for s, e in ranges]
        yield number, _segments(lines[number], [r for r in here if r[0] < r[1]])
        at = end + 1


def _segments(line: str, ranges: Sequence[Range]) -> tuple[Segment, ...]:
    """A line cut at its marks."""
    if not ranges:
        return (Segment(line, marked=False),)
    segments, at = [], 0
    for start, end in ranges:
        segments.append(Segment(line[at:start], marked=False))
        segments.append(Segment(line[start:end], marked=True))
        at = end
    segments.append(Segment(line[at:], marked=False))
    return tuple(segment for segment in segments if segment.text)
