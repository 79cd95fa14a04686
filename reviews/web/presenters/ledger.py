"""The ledger in sentences: who did what to what, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from reviews.audit import actions, ledger
from reviews.audit.models import LedgerEntry

# Where a subject can be looked at, by its kind; the others have no page of their own.
PAGES: dict[str, str] = {
    "proposal": "web:proposal",
    "trace": "web:trace",
    "dream": "web:dream",
}


@dataclass(frozen=True)
class Sentence:
    """One entry as a lead reads it."""

    entry: LedgerEntry
    at: datetime
    actor: str
    verb: str
    # The subject's name as it was then, and its page.
    label: str
    url: str
    reason: str
    facts: list[tuple[str, Any]]


def sentence(entry: LedgerEntry) -> Sentence:
    """An entry in words; of a redacted one only its skeleton is left."""
    content = ledger.content_of(entry)
    return Sentence(
        entry=entry,
        at=entry.at,
        actor=entry.actor,
        verb=actions.LABELS.get(entry.action, entry.action),
        label=content["label"] or entry.subject,
        url=_page(entry.subject),
        reason=content["reason"],
        facts=[
            (name.replace("_", " "), value) for name, value in content["facts"].items()
        ],
    )


def _page(subject: str) -> str:
    kind, _, key = subject.partition(":")
    return reverse(PAGES[kind], args=[key]) if kind in PAGES else ""
