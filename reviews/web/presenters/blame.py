"""The lines of a memory by whoever answers for them, and cards that say who that is.

A line is approved by a person or a policy, or it was there when the store began, or
nobody answers for it; the page says which, and never guesses.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from reviews.memory import blame, revisions
from reviews.memory import lines as texts
from reviews.memory.models import Revision, Store
from reviews.web.presenters import origins
from reviews.web.presenters.diffs import Piece, pieces
from reviews.web.presenters.origins import Origin

# A card names so many places where a version's lines stand.
PLACES = 8
# Containers that a browser need not lay out before they are seen.
CHUNK = 100


@dataclass(frozen=True)
class Line:
    """One line of a memory, with what cannot be seen in it taken out by name."""

    number: int
    pieces: tuple[Piece, ...]

    @property
    def plain(self) -> str | None:
        """Its text where there is nothing odd in it, as nearly always."""
        if len(self.pieces) > 1 or (self.pieces and self.pieces[0].odd):
            return None
        return self.pieces[0].text if self.pieces else ""


@dataclass(frozen=True)
class Group:
    """Lines that stand together and come from one version."""

    origin: Origin
    lines: tuple[Line, ...]
    # A run is cut where a container ends; only its first part says whose it is.
    opens: bool = True


@dataclass(frozen=True)
class Card:
    """All that is to be said of one version's lines, and where they stand."""

    origin: Origin
    places: list[tuple[int, int]] = field(default_factory=list)

    @property
    def shown(self) -> list[tuple[int, int]]:
        return self.places[:PLACES]

    @property
    def more(self) -> int:
        return max(0, len(self.places) - PLACES)


def lines(text: str) -> list[Line]:
    """The lines of a text as a page shows them, counted from 1."""
    return [
        Line(number, tuple(pieces(line)))
        for number, line in enumerate(texts.split(text), start=1)
    ]


def groups(store: Store, revision: Revision, *, plain: bool = False) -> list[Group]:
    """A revision's lines by the version that worded them, in two queries."""
    shown = lines(revision.content or "")
    owners = revisions.vouched(revision, plain=plain)
    known = origins.of(store, set(owners), revision=revision)
    runs = [
        (number, tuple(line for _, line in run))
        for number, run in groupby(
            zip(owners, shown, strict=True), key=lambda pair: pair[0]
        )
    ]
    return [
        Group(known[number], run[first : first + CHUNK], opens=not first)
        for number, run in runs
        for first in range(0, len(run), CHUNK)
    ]


def blocks(found: Sequence[Group]) -> list[list[Group]]:
    """Groups in containers of about a hundred lines each."""
    containers: list[list[Group]] = []
    size = CHUNK
    for group in found:
        if size >= CHUNK:
            containers.append([])
            size = 0
        containers[-1].append(group)
        size += len(group.lines)
    return containers


def cards(found: Iterable[Group]) -> list[Card]:
    """One card for each origin of these groups, the newest first."""
    known: dict[int, Card] = {}
    for group in found:
        card = known.setdefault(group.origin.number, Card(group.origin))
        first, last = group.lines[0].number, group.lines[-1].number
        if not group.opens:
            first = card.places.pop()[0]
        card.places.append((first, last))
    return [known[number] for number in sorted(known, reverse=True)]


def looked_past(revision: Revision) -> list[int]:
    """Versions that last wrote lines whose words are older."""
    plain = blame.expand(revision.blame)
    first = blame.expand(revisions.with_origins(revision).origins)
    pairs = zip(plain, first, strict=True)
    return sorted({wrote for wrote, worded in pairs if wrote != worded})
