"""Chips under the filter bar: each is a link to the same list with one term more or less."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reviews.proposals import inbox, queries
from reviews.proposals.models import Filter
from reviews.web.queues import Queue

# What most people ask for; everything else can be typed.
OFFERED = (
    ("risk", "high", "High risk"),
    ("risk", "low", "Low risk"),
    ("kind", "add", "Adds"),
    ("kind", "edit", "Edits"),
    ("kind", "delete", "Deletes"),
    ("is", "mine", "Assigned to me"),
    ("is", "mentioned", "Mentions me"),
    ("is", "discussed", "Open threads"),
)


@dataclass(frozen=True)
class Chip:
    """One term that can be put in or taken out."""

    label: str
    url: str
    on: bool


def of(queue: Queue) -> list[Chip]:
    """What is asked for and can be taken out, and what is offered."""
    offered = {(field, value) for field, value, _ in OFFERED}
    return [
        *(
            Chip(
                label,
                _toggled(queue, field, value),
                queries.has(queue.filter, field, value),
            )
            for field, value, label in OFFERED
        ),
        *_typed(queue, offered),
    ]


def _typed(queue: Queue, offered: set[tuple[str, str]]) -> Iterator[Chip]:
    """What somebody typed beyond the chips: each term goes away with a click."""
    for term in queue.filter:
        known = all((term.field, value) in offered for value in term.values)
        if known and not term.negated:
            continue
        left = tuple(one for one in queue.filter if one is not term)
        yield Chip(queries.text((term,)), _url(queue, left), on=True)


def _toggled(queue: Queue, field: str, value: str) -> str:
    return _url(queue, queries.toggled(queue.filter, field, value))


def _url(queue: Queue, query: queries.Query) -> str:
    return queue.with_(q=queries.text(query)).url


@dataclass(frozen=True)
class Saved:
    """A filter with a name, as a tab of one's own."""

    pk: int
    name: str
    url: str
    current: bool


def saved(queue: Queue, kept: Iterable[Filter]) -> list[Saved]:
    """Somebody's filters, and which of them is on the screen."""
    shown = queries.text(queue.filter)
    return [
        Saved(one.pk, one.name, saved_url(queue, one.query), one.query == shown)
        for one in kept
    ]


def saved_url(queue: Queue, query: str) -> str:
    """A saved filter looks through everything that is undecided."""
    return queue.with_(section=inbox.ALL, q=query, group="", sort="risk").url
