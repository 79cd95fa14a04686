"""Two texts as hunks of paired lines with marked words, kept as ranges only.

A diff holds line numbers and ranges of characters but no words: it is small, it can be
stored as JSON beside a revision for good, and redacting the texts redacts it too. With
both texts at hand ``rows`` makes it readable again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from reviews.memory import lines as texts
from reviews.memory import marks, matching, moves, pairing, rules
from reviews.memory.lines import Range
from reviews.memory.matching import Block, Gap
from reviews.memory.moves import Move

# Beyond so many hunks nobody reads hunk by hunk: the diff is one large hunk.
MAX_HUNKS = 1000


class Pair(msgspec.Struct, frozen=True, array_like=True):
    """A line that became another, with the words that only one of them has."""

    old: int
    new: int
    old_marks: tuple[Range, ...] = ()
    new_marks: tuple[Range, ...] = ()


class Hunk(msgspec.Struct, frozen=True, array_like=True):
    """One run of differing lines; ``heading`` are heading lines of the new text."""

    old: Range
    new: Range
    pairs: tuple[Pair, ...] = ()
    heading: tuple[int, ...] = ()


class Diff(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What differs between two texts.

    A changed line is a pair; added and deleted lines are those without one. Moved
    blocks are counted as deleted and added, and named in ``moves``.
    """

    hunks: tuple[Hunk, ...] = ()
    moves: tuple[Move, ...] = ()
    old_size: int = 0
    new_size: int = 0
    added: int = 0
    deleted: int = 0
    changed: int = 0
    # Whether the last line has its newline; a text may gain or lose nothing but that.
    old_ended: bool = True
    new_ended: bool = True
    # Too much changed to be shown hunk by hunk.
    large: bool = False

    def __bool__(self) -> bool:
        return bool(self.hunks) or self.old_ended != self.new_ended

    def blocks(self) -> list[Block]:
        """The lines that both texts share."""
        edges = [(0, 0), *((h.old[1], h.new[1]) for h in self.hunks)]
        ends = [(h.old[0], h.new[0]) for h in self.hunks]
        ends.append((self.old_size, self.new_size))
        return [
            Block(old, new, end - old)
            for (old, new), (end, _) in zip(edges, ends, strict=True)
            if end > old
        ]


def compare(old: str, new: str) -> Diff:
    """The diff from one text to another; counts are the same in both directions."""
    a, b = texts.split(old), texts.split(new)
    gaps = list(matching.gaps(matching.match(a, b), len(a), len(b)))
    large = len(gaps) > MAX_HUNKS
    if large:
        first, last = gaps[0], gaps[-1]
        gaps = [Gap(first.old_start, last.old_end, first.new_start, last.new_end)]
    moved = () if large else moves.find(a, b, gaps)
    hunks = _hunks(a, b, gaps, moved, large=large)
    changed = sum(len(hunk.pairs) for hunk in hunks)
    return Diff(
        hunks=hunks,
        moves=moved,
        old_size=len(a),
        new_size=len(b),
        added=sum(hunk.new[1] - hunk.new[0] for hunk in hunks) - changed,
        deleted=sum(hunk.old[1] - hunk.old[0] for hunk in hunks) - changed,
        changed=changed,
        old_ended=texts.is_ended(old),
        new_ended=texts.is_ended(new),
        large=large,
    )


def dump(diff: Diff) -> dict[str, Any]:
    """A diff as JSON has it."""
    plain: dict[str, Any] = msgspec.to_builtins(diff)
    return plain


def load(stored: Mapping[str, Any]) -> Diff:
    """Read back what ``dump`` made."""
    return msgspec.convert(stored, Diff)


def _hunks(
    a: Sequence[str],
    b: Sequence[str],
    gaps: Sequence[Gap],
    moved: Iterable[Move],
    *,
    large: bool,
) -> tuple[Hunk, ...]:
    """Gaps with their pairs and the headings above them."""
    if large:
        return tuple(
            Hunk((g.old_start, g.old_end), (g.new_start, g.new_end)) for g in gaps
        )
    gone = {m.old + i for m in moved for i in range(m.size)}
    come = {m.new + i for m in moved for i in range(m.size)}
    sides = [
        (
            {i: a[i] for i in range(gap.old_start, gap.old_end) if i not in gone},
            {j: b[j] for j in range(gap.new_start, gap.new_end) if j not in come},
        )
        for gap in gaps
    ]
    share = pairing.share_of([(list(o.values()), list(n.values())) for o, n in sides])
    above = _breadcrumbs(b, [gap.new_start for gap in gaps])
    return tuple(
        Hunk(
            (gap.old_start, gap.old_end),
            (gap.new_start, gap.new_end),
            tuple(_pairs(old, new, share)),
            heading,
        )
        for gap, (old, new), heading in zip(gaps, sides, above, strict=True)
    )


def _pairs(old: dict[int, str], new: dict[int, str], share: float) -> Iterator[Pair]:
    """The pairs of one gap, from its lines by number."""
    at_old, at_new = list(old), list(new)
    for i, j in pairing.pair(list(old.values()), list(new.values()), share=share):
        was, becomes = at_old[i], at_new[j]
        yield Pair(was, becomes, *marks.mark(old[was], new[becomes]))


def _breadcrumbs(lines: Sequence[str], places: Sequence[int]) -> list[tuple[int, ...]]:
    """For each place, the lines of the headings that it stands under, outermost first."""
    if not any(places):
        # Nothing stands above the first line, and new texts are only that.
        return [()] * len(places)
    headings = iter((*rules.headings(lines), None))
    following = next(headings)
    above: tuple[rules.Heading, ...] = ()
    crumbs = []
    for place in places:
        while following is not None and following.start < place:
            above = rules.under(above, following)
            following = next(headings)
        crumbs.append(tuple(h.start for h in above))
    return crumbs
