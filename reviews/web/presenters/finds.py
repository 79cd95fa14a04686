"""Places in memory that were searched for, and the history of one line, for pages."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reviews.memory.lineages import Step
from reviews.memory.models import Store
from reviews.memory.search import Found
from reviews.web.presenters import diffs
from reviews.web.presenters.diffs import Change
from reviews.web.presenters.memory import address
from reviews.web.presenters.origins import Origin

# A search over the whole team looks into so many stores.
STORES = 20


@dataclass(frozen=True)
class Row:
    """One line that was found; its words in turn are plain and found ones."""

    path: str
    url: str
    number: int
    heading: tuple[str, ...]
    parts: list[tuple[str, bool]]


@dataclass(frozen=True)
class Finds:
    """What a search found in one version."""

    rows: list[Row]
    more: int
    memories: int
    unread: bool


@dataclass(frozen=True)
class Past:
    """What one version did to a line, and who answers for that."""

    step: Step
    origin: Origin
    # Shown where words changed; otherwise the line is only quoted.
    change: Change | None


def marked(store: Store, found: Found) -> Finds:
    """The places of a search, their words marked."""
    pattern = re.compile("|".join(map(re.escape, found.words)) or "$^", re.IGNORECASE)
    rows = [
        Row(
            place.path,
            address(store, place.path),
            place.line + 1,
            place.heading,
            _parts(pattern, place.text.strip()),
        )
        for place in found.places
    ]
    return Finds(rows, found.more, found.memories, found.unread)


def history(steps: Sequence[Step], origins: Mapping[int, Origin]) -> list[Past]:
    """A line's steps with who is behind each, and what it changed."""
    return [
        Past(
            step,
            origins[step.revision.number],
            diffs.present(step.before, step.text) if step.before else None,
        )
        for step in steps
    ]


def _parts(pattern: re.Pattern[str], text: str) -> list[tuple[str, bool]]:
    parts, at = [], 0
    for hit in pattern.finditer(text):
        parts += [(text[at : hit.start()], False), (hit[0], True)]
        at = hit.end()
    return [(words, is_hit) for words, is_hit in (*parts, (text[at:], False)) if words]
