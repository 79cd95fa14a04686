"""Blocks that stand somewhere else now, with every word as it was or reworded.

A move is at least two lines and forty letters, or one line of sixty characters, so that
a closing brace or "- yes" that turns up elsewhere is no move. The block has a line that
disappeared exactly once and appeared exactly once. A reworded line moved when two long
lines are each other's only likeness among all that came and went.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
from rapidfuzz import fuzz

from reviews.memory import pairing
from reviews.memory.matching import Gap

MIN_LETTERS = 40
MIN_ALONE = 60
# A reworded line elsewhere must be more alike than one in the same place.
REWORDED = 75


class Move(msgspec.Struct, frozen=True, array_like=True):
    """A run of lines: where it was, where it is, how many lines."""

    old: int
    new: int
    size: int


def find(
    old: Sequence[str], new: Sequence[str], gaps: Iterable[Gap]
) -> tuple[Move, ...]:
    """Runs of deleted lines that were added elsewhere, in their old order."""
    gone, come = set[int](), set[int]()
    for gap in gaps:
        gone.update(range(gap.old_start, gap.old_end))
        come.update(range(gap.new_start, gap.new_end))
    moves = []
    for start, target in _anchors(old, new, gone, come):
        if start not in gone or target not in come:
            continue
        move = _extended(old, new, gone, come, start, target)
        if _is_worth_naming(old[move.old : move.old + move.size]):
            gone.difference_update(range(move.old, move.old + move.size))
            come.difference_update(range(move.new, move.new + move.size))
            moves.append(move)
    return tuple(sorted(moves, key=lambda move: move.old))


def find_edited(
    old: Sequence[str], new: Sequence[str], gone: Sequence[int], come: Sequence[int]
) -> list[tuple[int, int]]:
    """Pairs of long lines that moved and were reworded, in their old order."""
    a, b = _long(old, gone), _long(new, come)
    # Among too many nobody could say which is which.
    if not (a and b) or pairing.share_of([([*a.values()], [*b.values()])]) < 1:
        return []
    likeness = {
        (i, j): fuzz.ratio(was, becomes, score_cutoff=REWORDED)
        for i, was in a.items()
        for j, becomes in b.items()
    }
    there = {i: _only({j: likeness[i, j] for j in b}) for i in a}
    back = {j: _only({i: likeness[i, j] for i in a}) for j in b}
    return [(i, j) for i, j in there.items() if j is not None and back[j] == i]


def _long(lines: Sequence[str], numbers: Sequence[int]) -> dict[int, str]:
    """The words of those lines that are long enough to be told apart."""
    return {
        number: pairing.words(lines[number])
        for number in numbers
        if len(lines[number].strip()) >= MIN_ALONE
    }


def _only(likeness: dict[int, float]) -> int | None:
    """What is most alike, if anything is, and nothing else as much."""
    best = max(likeness.values())
    found = [number for number, score in likeness.items() if score == best]
    return found[0] if best and len(found) == 1 else None


def _anchors(
    old: Sequence[str], new: Sequence[str], gone: set[int], come: set[int]
) -> list[tuple[int, int]]:
    """Lines that are deleted once and added once."""
    deleted = Counter(old[i] for i in gone)
    added = Counter(new[j] for j in come)
    places = {new[j]: j for j in come}
    return [
        (i, places[old[i]])
        for i in sorted(gone)
        if old[i].strip() and deleted[old[i]] == 1 == added[old[i]]
    ]


def _extended(
    old: Sequence[str],
    new: Sequence[str],
    gone: set[int],
    come: set[int],
    start: int,
    target: int,
) -> Move:
    """The longest equal run around one line."""
    end = start + 1
    shift = target - start
    while start - 1 in gone and start - 1 + shift in come:
        if old[start - 1] != new[start - 1 + shift]:
            break
        start -= 1
    while end in gone and end + shift in come and old[end] == new[end + shift]:
        end += 1
    return Move(start, start + shift, end - start)


def _is_worth_naming(lines: Sequence[str]) -> bool:
    """Whether a reader would call this a move."""
    if len(lines) == 1:
        return len(lines[0].strip()) >= MIN_ALONE
    return sum(letter.isalnum() for line in lines for letter in line) >= MIN_LETTERS
