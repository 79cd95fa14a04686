"""Paragraphs that say the same in other lines: which of their lines are the same line.

Wrapping leaves a line as it was by chance, often further on in its paragraph. Taken for
the same line it would part one text that flows into two that seem reworded. So a line of
such a paragraph is the same line only where the same words stand before it.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reviews.memory import flows, marks, matching, rules
from reviews.memory.lines import Range
from reviews.memory.matching import Block, Gap
from reviews.memory.moves import Move

# Who changes more places than this did not wrap a text again.
MAX_BLOCKS = 1000
# Where a line stands: in which paragraph, and behind how many characters of it.
type Place = tuple[int, int]


class Rewraps(NamedTuple):
    """What differs, and the places of all lines in paragraphs that say the same."""

    gaps: list[Gap]
    old: dict[int, Place]
    new: dict[int, Place]

    def explain(self, move: Move) -> bool:
        """Whether lines that seem to have moved belong to such a paragraph."""
        return any(
            move.old + line in self.old or move.new + line in self.new
            for line in range(move.size)
        )


class _Paragraph(NamedTuple):
    """Its lines, and what they say however they are wrapped."""

    lines: Range
    text: str


def find(a: Sequence[str], b: Sequence[str]) -> Rewraps:
    """What differs between two texts, whole paragraphs before single lines."""
    blocks = matching.match(a, b)
    old, new = dict[int, Place](), dict[int, Place]()
    if len(blocks) <= MAX_BLOCKS:
        inner = [block for block in blocks if _is_inner(a, b, block)]
        for number, pair in enumerate(_pairs(a, b, inner) if inner else ()):
            old.update(_places(a, pair[0], number))
            new.update(_places(b, pair[1], number))
    if old:
        lines = (Block(o + n, w + n, 1) for o, w, size in blocks for n in range(size))
        blocks = matching.joined(
            [one for one in lines if old.get(one.old) == new.get(one.new)]
        )
    return Rewraps(list(matching.gaps(blocks, len(a), len(b))), old, new)


def _is_inner(a: Sequence[str], b: Sequence[str], block: Block) -> bool:
    """Whether equal lines may all stand within one paragraph, and be not all of it."""
    first, end = block.old, block.old + block.size
    within = all(
        a[at].strip() and (at == first or not rules.starts_block(a[at]))
        for at in range(first, end)
    )
    # Most are one bullet between others: the same paragraph, and the same lines of it.
    return within and not (
        rules.starts_block(a[first])
        and _ends(a, end)
        and _ends(b, block.new + block.size)
    )


def _ends(lines: Sequence[str], at: int) -> bool:
    """Whether no paragraph goes on with this line."""
    past = at == len(lines)
    return past or not lines[at].strip() or rules.starts_block(lines[at])


def _pairs(
    a: Sequence[str], b: Sequence[str], blocks: Sequence[Block]
) -> Iterator[tuple[Range, Range]]:
    """Paragraphs that share lines and say the same, each with one other."""
    units = flows.units_of(a), flows.units_of(b)
    shared = dict.fromkeys((units[0][one.old], units[1][one.new]) for one in blocks)
    before = _paragraphs(a, units[0], {old for old, _ in shared})
    after = _paragraphs(b, units[1], {new for _, new in shared})
    for old, new in shared:
        if old in before and new in after and before[old].text == after[new].text:
            yield before.pop(old).lines, after.pop(new).lines


def _paragraphs(
    lines: Sequence[str], units: Sequence[int], wanted: set[int]
) -> dict[int, _Paragraph]:
    """Some paragraphs by their numbers; 0 is none."""
    found = {}
    for unit in wanted - {0}:
        # A paragraph is numbered by its first line.
        start = end = unit - 1
        while end < len(units) and units[end] == unit:
            end += 1
        text = " ".join(map(_said, lines[start:end]))
        found[unit] = _Paragraph((start, end), text)
    return found


def _said(line: str) -> str:
    return flows.QUOTE.sub("", line, count=1).strip(marks.SPACES)


def _places(
    lines: Sequence[str], within: Range, number: int
) -> Iterator[tuple[int, Place]]:
    """Each line of a paragraph and where in it the line stands."""
    before = 0
    for line in range(*within):
        yield line, (number, before)
        before += len(_said(lines[line])) + 1
