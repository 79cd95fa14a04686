"""Walk a chain from its first link and say whether it is unbroken."""

from dataclasses import dataclass

from reviews.audit.ledger import content_digest, link_hash
from reviews.audit.models import LedgerEntry, LedgerHead


@dataclass(frozen=True)
class Report:
    """What verifying one chain found."""

    chain: str
    entries: int
    head: str
    # Sequence of the first broken link and what is wrong there; None and "" if unbroken.
    broken_at: int | None = None
    problem: str = ""

    @property
    def unbroken(self) -> bool:
        return self.broken_at is None


def verify(chain: str) -> Report:
    """Recompute every hash of one chain, in order; stops at the first broken link.

    A missing tail is noticed too: the head row knows how long the chain is.
    """
    head = LedgerHead.objects.filter(pk=chain).first()
    entries, previous = 0, ""
    for entry in (
        LedgerEntry.objects.filter(chain=chain).order_by("sequence").iterator()
    ):
        problem = _problem(entry, entries + 1, previous)
        if problem:
            return Report(chain, entries, previous, entry.sequence, problem)
        entries, previous = entries + 1, entry.hash
    expected = (head.sequence, head.hash) if head else (0, "")
    if (entries, previous) != expected:
        return Report(
            chain,
            entries,
            previous,
            entries + 1,
            f"the chain should have {expected[0]} entries but ends after {entries}",
        )
    return Report(chain, entries, previous)


def verify_all() -> list[Report]:
    """One report per chain."""
    chains = set(LedgerHead.objects.values_list("chain", flat=True)) | set(
        LedgerEntry.objects.order_by().values_list("chain", flat=True).distinct()
    )
    return [verify(chain) for chain in sorted(chains)]


def _problem(entry: LedgerEntry, sequence: int, previous: str) -> str:
    if entry.sequence != sequence:
        return f"entry {sequence} is missing"
    if entry.previous != previous:
        return "it does not follow the entry before it"
    if link_hash(entry) != entry.hash:
        return "who, when or what was changed after it was written"
    if entry.content is None:
        return "" if entry.redacted_at else "its content is gone without a redaction"
    if content_digest(entry.salt or "", entry.content) != entry.digest:
        return "its content was changed after it was written"
    return ""
