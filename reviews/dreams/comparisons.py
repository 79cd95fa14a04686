"""Two dreams of one store side by side: what each found, and by what they judged.

Findings are the same when their fingerprints are; what has none is known by its words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reviews.dreams import findings
from reviews.dreams.models import Dream, Finding
from reviews.errors import Invalid

# What a person reads in a count, in this order.
COUNTS = ("groups", "runs", "people", "against", "opportunities")


@dataclass(frozen=True)
class Pair:
    """One thing that both dreams found."""

    old: Finding
    new: Finding

    @property
    def moved(self) -> bool:
        """Whether something else became of it."""
        return (self.old.result, self.old.code) != (self.new.result, self.new.code)

    @property
    def counts(self) -> list[tuple[str, float, float]]:
        """The counts that differ: name, then, now."""
        both = (
            (name, self.old.counts.get(name), self.new.counts.get(name))
            for name in COUNTS
        )
        return [
            (name, old or 0, new or 0)
            for name, old, new in both
            if (old or 0) != (new or 0)
        ]


@dataclass(frozen=True)
class Comparison:
    """What differs between an older dream and a newer one."""

    old: Dream
    new: Dream
    only_old: list[Finding] = field(default_factory=list)
    only_new: list[Finding] = field(default_factory=list)
    moved: list[Pair] = field(default_factory=list)
    recounted: list[Pair] = field(default_factory=list)
    # As many are the same in both.
    same: int = 0
    # Name, then, now; None where a dream knows nothing of it.
    settings: list[tuple[str, Any, Any]] = field(default_factory=list)
    # Refusals beyond what a dream keeps: one may be missing on either side.
    cut: bool = False


def compare(one: Dream, other: Dream) -> Comparison:
    """Hold two dreams against each other, the older one first; two queries."""
    if one.store_id != other.store_id:
        raise Invalid(
            f"Dream {one.pk} and dream {other.pk} are of two stores: only dreams of one "
            "store can be compared."
        )
    if one.pk == other.pk:
        raise Invalid(f"Dream {one.pk} cannot be compared with itself: choose another.")
    old, new = sorted((one, other), key=lambda dream: dream.pk)
    before, after = _by_key(old), _by_key(new)
    pairs = [Pair(before[key], after[key]) for key in after if key in before]
    moved = [pair for pair in pairs if pair.moved]
    recounted = [pair for pair in pairs if not pair.moved and pair.counts]
    return Comparison(
        old,
        new,
        only_old=[found for key, found in before.items() if key not in after],
        only_new=[found for key, found in after.items() if key not in before],
        moved=moved,
        recounted=recounted,
        same=len(pairs) - len(moved) - len(recounted),
        settings=differing(_settings(old), _settings(new)),
        cut=any(_is_cut(found) for found in (before, after)),
    )


def differing(
    old: Mapping[str, Any], new: Mapping[str, Any]
) -> list[tuple[str, Any, Any]]:
    """What two tables say differently: name, then, now."""
    return [
        (name, old.get(name), new.get(name))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]


def _by_key(dream: Dream) -> dict[str, Finding]:
    rows: Iterable[Finding] = dream.findings.order_by("position").select_related(
        "proposal"
    )
    found: dict[str, Finding] = {}
    for row in rows:
        # The tail says how much is not listed: it is no finding of its own.
        if row.code != "tail":
            found.setdefault(row.fingerprint or f"{row.kind}:{row.statement}", row)
    return found


def _settings(dream: Dream) -> dict[str, Any]:
    settings = dict(dream.settings)
    thresholds = settings.pop("thresholds", {})
    engine = f"{dream.engine}/{dream.engine_version}"
    return {"engine": engine, "dry run": dream.dry, **settings, **thresholds}


def _is_cut(found: Mapping[str, Finding]) -> bool:
    refused = sum(one.result == Finding.Result.REFUSED for one in found.values())
    return refused >= findings.MOST_REFUSALS
