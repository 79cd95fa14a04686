"""Two dreams side by side: each in numbers, and what became of what both found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from reviews.dreams import notes
from reviews.dreams.comparisons import Pair
from reviews.dreams.models import Dream, Finding
from reviews.web.presenters.coverage import Share


@dataclass(frozen=True)
class Side:
    """One of the two, in numbers."""

    dream: Dream
    shares: Sequence[Share]
    took: str
    read: str


@dataclass(frozen=True)
class Way:
    """Findings of which the same became, from one dream to the other."""

    then: str
    now: str
    pairs: Sequence[Pair]


def ways(moved: Iterable[Pair]) -> list[Way]:
    """What became of what, the commonest first."""
    by_way = sorted(moved, key=lambda pair: (_fate(pair.old), _fate(pair.new)))
    found = [
        Way(then, now, list(pairs))
        for (then, now), pairs in groupby(
            by_way, key=lambda pair: (_fate(pair.old), _fate(pair.new))
        )
    ]
    return sorted(found, key=lambda way: (-len(way.pairs), way.then, way.now))


def _fate(finding: Finding) -> str:
    word = str(finding.get_result_display())
    if finding.result != Finding.Result.REFUSED:
        return word
    return f"Not proposed: {notes.reason(finding.code)}"
