"""Blocks that stand somewhere else now, with every word as it was.

A move is at least two lines and forty letters, or one line of sixty characters, so that
a closing brace or "- yes" that turns up elsewhere is no move. The block has a line that
disappeared exactly once and appeared exactly once.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from reviews.memory.matching import Gap

MIN_LETTERS = 40
MIN_ALONE = 60


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
