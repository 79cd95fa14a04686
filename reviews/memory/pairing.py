"""Which deleted line became which added one: by likeness, never by position.

Within one gap the pairs keep their order, and together they are as alike as any such
choice can be. A line that is less than sixty percent alike is another line.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz import fuzz

ALIKE = 60
# Likeness below this is worth nothing, so that one good pair beats two poor ones.
WORTHLESS = 50
# Comparisons that one diff may spend; beyond it only lines near the diagonal compete.
MAX_COMPARISONS = 10_000
# And so many pairs of characters within them; a longer line is judged by its beginning.
MAX_CHARACTERS = 2_000_000_000
MAX_LINE = 4000

LAYOUT = re.compile(r"[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)?(?:#{1,6}\s+)?")


def pair(
    old: Sequence[str], new: Sequence[str], *, share: float = 1.0
) -> list[tuple[int, int]]:
    """Pairs of indexes, rising on both sides; the same from both directions.

    ``share`` is how much of all possible comparisons may be made.
    """
    if (len(old), list(old)) > (len(new), list(new)):
        return [(o, n) for n, o in _best_chain(list(_alike(new, old, share)))]
    return _best_chain(list(_alike(old, new, share)))


def size(lines: Iterable[str]) -> int:
    """Characters that comparing these lines looks at."""
    return sum(min(len(line), MAX_LINE) for line in lines)


def share_of(sides: Iterable[tuple[Sequence[str], Sequence[str]]]) -> float:
    """What part of all comparisons between these sides the budget allows."""
    comparisons = characters = 1
    for old, new in sides:
        comparisons += len(old) * len(new)
        characters += size(old) * size(new)
    return min(1.0, MAX_COMPARISONS / comparisons, MAX_CHARACTERS / characters)


def _alike(
    old: Sequence[str], new: Sequence[str], share: float
) -> Iterator[tuple[int, int, float]]:
    """Pairs that are alike enough, with what they are worth."""
    a, b = [words(line) for line in old], [words(line) for line in new]
    reach = len(b) if share >= 1 else max(1, int(len(b) * share / 2))
    for i, line in enumerate(a):
        if not line:
            continue
        middle = i * len(b) // len(a)
        first = 0 if share >= 1 else max(0, middle - reach)
        for j in range(first, min(len(b), middle + reach)):
            if b[j]:
                likeness = fuzz.ratio(line, b[j], score_cutoff=ALIKE)
                if likeness:
                    yield i, j, likeness - WORTHLESS


def words(line: str) -> str:
    """A line without the marker and indentation that it shares with its neighbours."""
    start = LAYOUT.match(line).end()  # type: ignore[union-attr]
    return line[start : start + MAX_LINE].rstrip()


def _best_chain(alike: list[tuple[int, int, float]]) -> list[tuple[int, int]]:
    """The pairs worth most together among those that rise on both sides."""
    alike.sort(key=lambda pair: (pair[0], -pair[1]))
    tree = _Best(1 + max((j for _, j, _ in alike), default=0))
    chain_before: list[int] = []
    for index, (_, j, worth) in enumerate(alike):
        total, before = tree.up_to(j)
        chain_before.append(before)
        tree.offer(j, total + worth, index)
    chain = []
    _, index = tree.up_to(tree.size)
    while index >= 0:
        chain.append(alike[index][:2])
        index = chain_before[index]
    return chain[::-1]


class _Best:
    """The best chain that ends below a place (a Fenwick tree of maxima)."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.nodes: list[tuple[float, int]] = [(0.0, -1)] * (size + 1)

    def up_to(self, end: int) -> tuple[float, int]:
        """Worth and last pair of the best chain over places before ``end``."""
        best = (0.0, -1)
        while end > 0:
            best = max(best, self.nodes[end], key=lambda node: node[0])
            end -= end & -end
        return best

    def offer(self, place: int, worth: float, index: int) -> None:
        """Let a chain that ends at this place compete."""
        node = place + 1
        while node <= self.size:
            if worth > self.nodes[node][0]:
                self.nodes[node] = (worth, index)
            node += node & -node
