"""Two texts as hunks of paired lines with marked words, kept as ranges only.

A diff holds line numbers and ranges of characters but no words: it is small, it can be
stored as JSON beside a revision for good, and redacting the texts redacts it too. With
both texts at hand ``rows`` makes it readable again.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from reviews.memory import flows, marks, moves, pairing, rewraps, rules
from reviews.memory import lines as texts
from reviews.memory.budgets import Budget
from reviews.memory.flows import Flow
from reviews.memory.lines import Range
from reviews.memory.marks import Pair
from reviews.memory.matching import Block, Gap
from reviews.memory.moves import Move

# Beyond so many hunks nobody reads hunk by hunk: near ones are shown as one.
MAX_HUNKS = 1000


class Hunk(msgspec.Struct, frozen=True, array_like=True):
    """One run of differing lines; ``heading`` are heading lines of the new text.

    A line stands in a pair, in a flow, or by itself: deleted or added.
    """

    old: Range
    new: Range
    pairs: tuple[Pair, ...] = ()
    heading: tuple[int, ...] = ()
    flows: tuple[Flow, ...] = ()


class Diff(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What differs between two texts.

    A changed line is in a pair or a flow; added and deleted lines are the others.
    Moved lines are counted as deleted and added, and named in ``moves`` where they are
    word for word the same, in ``edited`` where they were reworded on the way.
    """

    hunks: tuple[Hunk, ...] = ()
    moves: tuple[Move, ...] = ()
    edited: tuple[Pair, ...] = ()
    old_size: int = 0
    new_size: int = 0
    added: int = 0
    deleted: int = 0
    changed: int = 0
    # Whether the last line has its newline; a text may gain or lose nothing but that.
    old_ended: bool = True
    new_ended: bool = True
    # Too much changed to be looked at word by word; counts are exact all the same.
    large: bool = False

    def __bool__(self) -> bool:
        return bool(self.hunks) or self.old_ended != self.new_ended

    def blocks(self) -> list[Block]:
        """The lines that both texts share, outside of all hunks."""
        edges = [(0, 0), *((h.old[1], h.new[1]) for h in self.hunks)]
        ends = [(h.old[0], h.new[0]) for h in self.hunks]
        ends.append((self.old_size, self.new_size))
        return [
            Block(old, new, end - old)
            for (old, new), (end, _) in zip(edges, ends, strict=True)
            if end > old
        ]

    def pairs(self) -> Iterator[Pair]:
        """Every line that became another where it stands."""
        return (pair for hunk in self.hunks for pair in hunk.pairs)

    def flows(self) -> Iterator[Flow]:
        """Every stretch of lines that was wrapped again."""
        return (flow for hunk in self.hunks for flow in hunk.flows)

    def alike(self) -> Iterator[Range]:
        """Each reworded or wrapped line's number, and its successor's."""
        for pair in (*self.pairs(), *self.edited):
            yield pair.old, pair.new
        for flow in self.flows():
            yield from zip(range(*flow.old), range(*flow.new), strict=False)

    @property
    def rewrapped(self) -> int:
        """Lines that were wrapped again without a change of words."""
        return sum(flow.size for flow in self.flows() if not flow.reworded)


class _Inside(NamedTuple):
    """What was found within one gap."""

    pairs: tuple[Pair, ...]
    flows: tuple[Flow, ...]


class _Sides(NamedTuple):
    """Both texts as lines, and what their gaps are looked at with."""

    a: Sequence[str]
    b: Sequence[str]
    gone: frozenset[int]
    come: frozenset[int]
    budget: Budget


def compare(old: str, new: str) -> Diff:
    """The diff from one text to another; counts are the same in both directions."""
    a, b = texts.split(old), texts.split(new)
    found = rewraps.find(a, b)
    gaps = found.gaps
    large = len(gaps) > MAX_HUNKS
    moved = () if large else moves.find(a, b, gaps)
    moved = tuple(move for move in moved if not found.explain(move))
    sides = _sides(a, b, moved)
    inside = [_Inside((), ())] * len(gaps) if large else _looked_into(sides, gaps)
    edited = () if large else _edited(sides, gaps, inside)
    hunks = _hunks(b, _near_ones_joined(gaps) if large else gaps, inside)
    deleted = sum(gap.old_end - gap.old_start for gap in gaps)
    added = sum(gap.new_end - gap.new_start for gap in gaps)
    changed = sum(map(_changed, inside))
    return Diff(
        hunks=hunks,
        moves=moved,
        edited=edited,
        old_size=len(a),
        new_size=len(b),
        added=added - changed,
        deleted=deleted - changed,
        changed=changed,
        old_ended=texts.is_ended(old),
        new_ended=texts.is_ended(new),
        large=large or sides.budget.exceeded,
    )


def dump(diff: Diff) -> dict[str, Any]:
    """A diff as JSON has it."""
    plain: dict[str, Any] = msgspec.to_builtins(diff)
    return plain


def load(stored: Mapping[str, Any]) -> Diff:
    """Read back what ``dump`` made."""
    return msgspec.convert(stored, Diff)


def _sides(a: Sequence[str], b: Sequence[str], moved: Sequence[Move]) -> _Sides:
    """Both texts, with the lines that only moved set apart."""
    gone = frozenset(m.old + i for m in moved for i in range(m.size))
    come = frozenset(m.new + i for m in moved for i in range(m.size))
    return _Sides(a, b, gone, come, Budget())


def _looked_into(sides: _Sides, gaps: Sequence[Gap]) -> list[_Inside]:
    """For each gap its flows, and between them its pairs."""
    flowing = _flows(sides, gaps)
    parts = [
        list(_between(gap, found)) for gap, found in zip(gaps, flowing, strict=True)
    ]
    share = pairing.share_of(
        _lines(sides, part)[1] for found in parts for part in found
    )
    return [
        _Inside(tuple(pair for part in found for pair in _pairs(sides, part, share)), f)
        for found, f in zip(parts, flowing, strict=True)
    ]


def _flows(sides: _Sides, gaps: Sequence[Gap]) -> list[tuple[Flow, ...]]:
    """The flows of every gap; most gaps are one line and have none."""
    if not any(_may_flow(sides, gap) for gap in gaps):
        return [()] * len(gaps)
    units = flows.units_of(sides.a), flows.units_of(sides.b)
    moved = sides.gone, sides.come
    return [
        flows.find(sides.a, sides.b, gap, units, moved, sides.budget)
        if _may_flow(sides, gap)
        else ()
        for gap in gaps
    ]


def _may_flow(sides: _Sides, gap: Gap) -> bool:
    """Whether a gap has lines on both sides, and a line that goes on with another."""
    old, new = range(gap.old_start, gap.old_end), range(gap.new_start, gap.new_end)
    if not (old and new):
        return False
    return flows.any_goes_on(sides.a, old) or flows.any_goes_on(sides.b, new)


def _between(gap: Gap, found: Sequence[Flow]) -> Iterator[Gap]:
    """What is left of a gap around its flows."""
    old, new = gap.old_start, gap.new_start
    for flow in found:
        yield Gap(old, flow.old[0], new, flow.new[0])
        old, new = flow.old[1], flow.new[1]
    yield Gap(old, gap.old_end, new, gap.new_end)


def _lines(
    sides: _Sides, gap: Gap
) -> tuple[tuple[list[int], list[int]], tuple[list[str], list[str]]]:
    """Numbers and texts of the lines of one gap that did not move, side by side."""
    old = [i for i in range(gap.old_start, gap.old_end) if i not in sides.gone]
    new = [j for j in range(gap.new_start, gap.new_end) if j not in sides.come]
    return (old, new), ([sides.a[i] for i in old], [sides.b[j] for j in new])


def _pairs(sides: _Sides, gap: Gap, share: float) -> Iterator[Pair]:
    """The pairs of one gap."""
    (at_old, at_new), (old, new) = _lines(sides, gap)
    for i, j in pairing.pair(old, new, share=share):
        yield _pair(sides, at_old[i], at_new[j])


def _pair(sides: _Sides, old: int, new: int) -> Pair:
    """Two lines with the words that differ, as far as that can be afforded."""
    was, becomes = sides.a[old], sides.b[new]
    if not sides.budget.afford(len(was), len(becomes)):
        return Pair(old, new)
    return Pair(old, new, *marks.mark(was, becomes))


def _edited(
    sides: _Sides, gaps: Sequence[Gap], inside: Sequence[_Inside]
) -> tuple[Pair, ...]:
    """Lines that stand elsewhere in other words, among those that nothing explains."""
    old, new = set[int](), set[int]()
    for gap, found in zip(gaps, inside, strict=True):
        for part in _between(gap, found.flows):
            (gone, come), _ = _lines(sides, part)
            old.update(gone)
            new.update(come)
        old.difference_update(pair.old for pair in found.pairs)
        new.difference_update(pair.new for pair in found.pairs)
    found_pairs = moves.find_edited(sides.a, sides.b, sorted(old), sorted(new))
    return tuple(_pair(sides, i, j) for i, j in found_pairs)


def _changed(inside: _Inside) -> int:
    """Lines that have a counterpart in one gap."""
    return len(inside.pairs) + sum(
        min(f.old[1] - f.old[0], f.new[1] - f.new[0]) for f in inside.flows
    )


def _near_ones_joined(gaps: Sequence[Gap]) -> list[Gap]:
    """As many gaps as a page can show, each with its near neighbours."""
    joined, distance = list(gaps), 1
    while len(joined) > MAX_HUNKS:
        closer: list[Gap] = []
        for gap in joined:
            if closer and gap.old_start - closer[-1].old_end <= distance:
                last = closer.pop()
                gap = Gap(last.old_start, gap.old_end, last.new_start, gap.new_end)
            closer.append(gap)
        joined, distance = closer, distance * 2
    return joined


def _hunks(
    b: Sequence[str], gaps: Sequence[Gap], inside: Sequence[_Inside]
) -> tuple[Hunk, ...]:
    """Gaps with what is in them and the headings above them."""
    above = _breadcrumbs(b, [gap.new_start for gap in gaps])
    return tuple(
        Hunk(
            (gap.old_start, gap.old_end),
            (gap.new_start, gap.new_end),
            found.pairs,
            heading,
            found.flows,
        )
        for gap, found, heading in zip(gaps, inside, above, strict=False)
    )


def _breadcrumbs(lines: Sequence[str], places: Sequence[int]) -> list[tuple[int, ...]]:
    """For each place, the lines of the headings that it stands under, outermost first."""
    if not any(places):
        # Nothing stands above the first line, and new texts are only that.
        return [()] * len(places)
    end = max(*places, rules.FRONT_LINES) + 1
    headings = iter((*rules.headings(lines[:end]), None))
    following = next(headings)
    above: tuple[rules.Heading, ...] = ()
    crumbs = []
    for place in places:
        while following is not None and following.start < place:
            above = rules.under(above, following)
            following = next(headings)
        crumbs.append(tuple(h.start for h in above))
    return crumbs
