"""Which lines of two texts are the same lines: the ground under diff, blame and merge.

Lines that occur once on both sides are anchors, as in a patience diff; between anchors
the longest common subsequence decides; a run that could stand in several places slides
to where a reader sees it begin. Both directions give the same answer.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.distance import Indel

# Gaps are cut to this many lines a side: 8,192 of nothing but repetition take 10 ms.
MAX_GAP = 8192
# The longer the texts, the shorter the cuts: so many pairs of lines are compared in all.
MAX_PAIRS = 200_000_000
# A run that fits everywhere (blank lines) is not slid further than a reader looks.
MAX_SLIDE = 60

HEADING = re.compile(r" {0,3}#{1,6}(\s|$)")
BULLET = re.compile(r"[ \t]*([-*+]|\d{1,9}[.)])([ \t]|$)")


class Block(NamedTuple):
    """A run of equal lines: where it starts on each side, and how long it is."""

    old: int
    new: int
    size: int


class Gap(NamedTuple):
    """What stands between two blocks: half-open ranges of each side."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def match(old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """Runs of equal lines in order, none touching the next on both sides."""
    if (len(old), old) > (len(new), new):
        return [Block(o, n, size) for n, o, size in _match(new, old)]
    return _match(old, new)


def gaps(blocks: Sequence[Block], old_size: int, new_size: int) -> Iterator[Gap]:
    """Everything that no block covers, in order."""
    old_end = new_end = 0
    for block in (*blocks, Block(old_size, new_size, 0)):
        if block.old > old_end or block.new > new_end:
            yield Gap(old_end, block.old, new_end, block.new)
        old_end, new_end = block.old + block.size, block.new + block.size


def _match(old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """As ``match``, in one fixed direction."""
    numbers: dict[str, int] = {}
    a = [numbers.setdefault(line, len(numbers)) for line in old]
    b = [numbers.setdefault(line, len(numbers)) for line in new]
    blank = {number for line, number in numbers.items() if not line.strip()}
    pairs: list[Block] = []
    old_end = new_end = 0
    for anchor in (*_anchors(a, b, blank), Block(len(a), len(b), 0)):
        pairs += _in_gap(a, b, Gap(old_end, anchor.old, new_end, anchor.new))
        pairs.append(anchor)
        old_end, new_end = anchor.old + anchor.size, anchor.new + anchor.size
    return _slid(joined(pairs), old, new)


def _anchors(a: list[int], b: list[int], blank: set[int]) -> list[Block]:
    """Lines that occur once on each side, in the longest order both sides agree on."""
    head = common(a, b)
    tail = common(a[head:][::-1], b[head:][::-1])
    old, new = a[head : len(a) - tail], b[head : len(b) - tail]
    seen_old, seen_new = Counter(old), Counter(new)
    places = {number: place for place, number in enumerate(new)}
    candidates = [
        (place, places[number])
        for place, number in enumerate(old)
        if seen_old[number] == 1 == seen_new[number] and number not in blank
    ]
    end = Block(len(a) - tail, len(b) - tail, tail)
    return [Block(0, 0, head), *_runs(_rising(candidates), head), end]


def _runs(pairs: list[tuple[int, int]], shift: int) -> Iterator[Block]:
    """Pairs of places as runs, each moved down by as much."""
    old = new = -1
    size = 0
    for place, other in (*pairs, (-1, -1)):
        if (place, other) == (old + size, new + size):
            size += 1
            continue
        if size:
            yield Block(shift + old, shift + new, size)
        old, new, size = place, other, 1


def _rising(candidates: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of the pairs, sorted by the first, that rises in the second."""
    if all(one[1] < two[1] for one, two in pairwise(candidates)):
        return candidates
    tops: list[int] = []
    at: list[int] = []
    below: list[int] = []
    for index, (_, place) in enumerate(candidates):
        pile = bisect_left(tops, place)
        if pile == len(tops):
            tops.append(place)
            at.append(index)
        else:
            tops[pile], at[pile] = place, index
        below.append(at[pile - 1] if pile else -1)
    rising = []
    index = at[-1] if at else -1
    while index >= 0:
        rising.append(candidates[index])
        index = below[index]
    return rising[::-1]


def _in_gap(a: list[int], b: list[int], gap: Gap) -> Iterator[Block]:
    """Equal runs between two anchors, by the longest common subsequence."""
    old, new = a[gap.old_start : gap.old_end], b[gap.new_start : gap.new_end]
    if not old or not new:
        return
    if old == new:
        yield Block(gap.old_start, gap.new_start, len(old))
        return
    longest = min(MAX_GAP, max(1, MAX_PAIRS // max(len(a), len(b))))
    pieces = -(-max(len(old), len(new)) // longest)
    for piece in range(pieces):
        o, o_end = _share(len(old), piece, pieces)
        n, n_end = _share(len(new), piece, pieces)
        for code in Indel.opcodes(old[o:o_end], new[n:n_end]):
            if code.tag == "equal":
                yield Block(
                    gap.old_start + o + code.src_start,
                    gap.new_start + n + code.dest_start,
                    code.src_end - code.src_start,
                )


def _share(size: int, piece: int, pieces: int) -> tuple[int, int]:
    """The range of one of several equal pieces."""
    return size * piece // pieces, size * (piece + 1) // pieces


def common[T](a: Sequence[T], b: Sequence[T]) -> int:
    """How many elements two sequences begin with in common."""
    size = min(len(a), len(b))
    return next((i for i in range(size) if a[i] != b[i]), size)


def joined(blocks: Sequence[Block]) -> list[Block]:
    """The same matches with touching blocks made one and empty ones left out."""
    row: list[Block] = []
    for block in blocks:
        if not block.size:
            continue
        last = row[-1] if row else Block(-1, -1, 0)
        if (last.old + last.size, last.new + last.size) == (block.old, block.new):
            row[-1] = Block(last.old, last.new, last.size + block.size)
        else:
            row.append(block)
    return row


def _slid(blocks: list[Block], old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """The same number of matches, each pure addition or deletion at its best place."""
    first, last = Block(0, 0, 0), Block(len(old), len(new), 0)
    row = [first, *blocks, last]
    for index in range(len(row) - 1):
        above, below = row[index], row[index + 1]
        gap = Gap(above.old + above.size, below.old, above.new + above.size, below.new)
        added, deleted = gap.new_end > gap.new_start, gap.old_end > gap.old_start
        if added and not deleted:
            shift = _best_shift(new, gap.new_start, gap.new_end, above, below)
        elif deleted and not added:
            shift = _best_shift(old, gap.old_start, gap.old_end, above, below)
        else:
            continue
        row[index] = above._replace(size=above.size + shift)
        row[index + 1] = Block(below.old + shift, below.new + shift, below.size - shift)
    return joined(row)


def _best_shift(
    lines: Sequence[str], start: int, end: int, above: Block, below: Block
) -> int:
    """How far down (or, negative, up) the run reads best; ties stay low."""
    up = down = 0
    while up < min(MAX_SLIDE, above.size - 1) and (
        lines[start - up - 1] == lines[end - up - 1]
    ):
        up += 1
    while down < min(MAX_SLIDE, below.size - 1) and (
        lines[start + down] == lines[end + down]
    ):
        down += 1
    return max(
        range(-up, down + 1),
        key=lambda shift: (_begins_well(lines, start + shift), shift),
        default=0,
    )


def _begins_well(lines: Sequence[str], start: int) -> int:
    """How plainly a reader sees something begin at this line."""
    if HEADING.match(lines[start]):
        return 4
    after_blank = start == 0 or not lines[start - 1].strip()
    if BULLET.match(lines[start]):
        return 3 if after_blank else 2
    return int(after_blank and bool(lines[start].strip()))
