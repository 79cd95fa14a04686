"""The ledger in sentences: who did what to what, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from reviews.audit import actions, ledger
from reviews.audit.models import LedgerEntry
from reviews.proposals.models import Proposal

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
    # What a proposal says; its name alone says nothing.
    title: str
    reason: str
    facts: list[tuple[str, Any]]


def sentences(entries: Iterable[LedgerEntry]) -> list[Sentence]:
    """Entries in words; of a redacted one only its skeleton is left."""
    rows = list(entries)
    titles = _titles(rows)
    return [_sentence(entry, titles.get(entry.subject, "")) for entry in rows]


def sentence(entry: LedgerEntry) -> Sentence:
    """One entry in words."""
    return sentences([entry])[0]


def _sentence(entry: LedgerEntry, title: str) -> Sentence:
    content = ledger.content_of(entry)
    return Sentence(
        entry=entry,
        at=entry.at,
        actor=entry.actor,
        verb=actions.LABELS.get(entry.action, entry.action),
        label=content["label"] or entry.subject,
        url=_page(entry.subject),
        title=title,
        reason=content["reason"],
        facts=[
            (name.replace("_", " "), _plain(value))
            for name, value in content["facts"].items()
        ],
    )


def _plain(value: object) -> object:
    """A list as people write one."""
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _titles(entries: list[LedgerEntry]) -> dict[str, str]:
    """The titles of the proposals among the subjects, in one query."""
    keys = {
        int(entry.subject.partition(":")[2])
        for entry in entries
        if entry.subject.startswith("proposal:")
    }
    if not keys:
        return {}
    found = Proposal.objects.filter(pk__in=keys).values_list("pk", "title")
    return {f"proposal:{pk}": title for pk, title in found}


def _page(subject: str) -> str:
    kind, _, key = subject.partition(":")
    return reverse(PAGES[kind], args=[key]) if kind in PAGES else ""
