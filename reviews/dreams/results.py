"""What a dream came to once everything is submitted: in counts, and in sentences."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from reviews.dreams import fadings, findings, following, notes
from reviews.dreams.engines import Outcome, Refusal
from reviews.dreams.models import Dream, Finding

Result = Finding.Result
# What stands beside the findings: answers to people, and proposals that were withdrawn.
_BESIDE = (*following.CODES, *fadings.CODES)


@dataclass(frozen=True)
class Came:
    """Counts by name, how many drafts became something, and what is said of it all."""

    counts: dict[str, int]
    settled: int
    said: list[str]


def of(
    dream: Dream, outcome: Outcome, refused: Sequence[Refusal], unreadable: int
) -> Came:
    """Count what was submitted, with what was refused before it got that far."""
    found = dream.findings.exclude(code__in=_BESIDE)
    results = Counter(found.values_list("result", flat=True))
    codes = Counter(refusal.code for refusal in refused)
    codes.update(found.filter(result=Result.REFUSED).values_list("code", flat=True))
    counts = {
        "proposals": results[Result.PROPOSED],
        "updated": results[Result.UPDATED],
        "refused": codes.total(),
        "confirmed": len(outcome.confirmed),
        "unreadable": unreadable,
    }
    if dream.dry:
        counts["would"] = results[Result.WOULD]
    settled = sum(counts.get(name, 0) for name in ("proposals", "updated", "would"))
    return Came(counts, settled, _said(dream, outcome, counts, codes, len(refused)))


def _said(
    dream: Dream,
    outcome: Outcome,
    counts: dict[str, int],
    codes: Counter[str],
    unlisted: int,
) -> list[str]:
    listed = min(unlisted, findings.MOST_REFUSALS) + codes.total() - unlisted
    read, new = dream.counts["traces"], dream.counts["new"]
    said = notes.reading(read, new, counts["unreadable"])
    said += outcome.notes
    if dream.dry:
        said += notes.foreseen(counts["would"], codes, listed)
    else:
        said += notes.outcome(counts["proposals"], counts["updated"], codes, listed)
    said += notes.confirmed(counts["confirmed"])
    said += notes.faded(fadings.withdrawn(dream))
    return said
