"""Two texts that grew out of one, made into one again, or a conflict shown whole.

Changes at different lines are both kept, also next to each other, as long as a rule or
a paragraph begins between them. Two additions of whole bullets at one place are both
kept, ours first; what one side adds and the other has there already is kept once.
Everything else that both sides touched is for a person to choose.

Where a proposal was written against an older base, ours is the head and theirs the
proposal. What the head changed beside the proposal's own places is named, since a rule
may mean something else next to other neighbours.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from reviews.errors import Invalid
from reviews.memory import lines as texts
from reviews.memory import matching, settling
from reviews.memory.lines import Range
from reviews.memory.settling import Change, Edit, Place

Side = Literal["base", "ours", "theirs", "both"]
# As far as this around a place, a change is its neighbour's.
REACH = 3


class Written(msgspec.Struct, frozen=True):
    """What somebody typed for the place of a conflict."""

    text: str


Choice = Side | Written


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """What both sides made of one place; ``line`` counts in the base."""

    line: int
    base: tuple[str, ...]
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of the merged text in order: lines that are settled, and conflicts."""

    pieces: tuple[tuple[str, ...] | Conflict, ...]
    ended: bool = True

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Conflict))

    @property
    def text(self) -> str | None:
        """The merged text; None while there are conflicts."""
        return None if self.conflicts else resolve(self, ())


def merge(base: str, ours: str, theirs: str) -> Merge:
    """Both sides' changes to the base in one text."""
    lines = texts.split(base)
    edits = [Edit(*change, "ours") for change in _changes(lines, ours)]
    edits += [Edit(*change, "theirs") for change in _changes(lines, theirs)]
    edits.sort(key=lambda edit: (edit.start, edit.end, edit.side))
    pieces: list[tuple[str, ...] | Conflict] = []
    done = 0
    for place in settling.places(edits, lines):
        pieces.append(tuple(lines[done : place.start]))
        pieces.append(_piece(place))
        done = place.end
    pieces.append(tuple(lines[done:]))
    ended = _ended(base, ours, theirs)
    return Merge(pieces=tuple(piece for piece in pieces if piece), ended=ended)


class Near(msgspec.Struct, frozen=True, array_like=True):
    """Something the head changed beside a proposal's place, as lines of both."""

    base: Range
    head: Range


def _piece(place: Place) -> tuple[str, ...] | Conflict:
    """What a merged text has at one place."""
    lines = settling.settled(place)
    if lines is not None:
        return lines
    base, ours, theirs = place.base, place.ours, place.theirs
    return Conflict(line=place.start, base=base, ours=ours, theirs=theirs)


def near(
    base: str, head: str, places: Iterable[Range], *, reach: int = REACH
) -> tuple[Near, ...]:
    """What the head changed in these lines of the base, or so few lines from them."""
    a, b = texts.split(base), texts.split(head)
    windows = [(start - reach, end + reach) for start, end in places]
    return tuple(
        Near((gap.old_start, gap.old_end), (gap.new_start, gap.new_end))
        for gap in matching.gaps(matching.match(a, b), len(a), len(b))
        if any(gap.old_start < end and gap.old_end > start for start, end in windows)
    )


def surroundings(text: str, start: int, end: int, *, reach: int = REACH) -> str:
    """Some lines of a text with their neighbours: what a decision about them saw."""
    lines = texts.split(text)
    return texts.join(lines[max(0, start - reach) : end + reach])


def resolve(merged: Merge, choices: Sequence[Choice]) -> str:
    """The text with one choice made for each conflict, in order."""
    if len(choices) != len(merged.conflicts):
        raise Invalid(
            f"{len(merged.conflicts)} places need a choice, {len(choices)} were made."
        )
    chosen = iter(choices)
    lines: list[str] = []
    for piece in merged.pieces:
        lines += _chosen(piece, next(chosen)) if isinstance(piece, Conflict) else piece
    return texts.join(lines, ended=merged.ended)


def _chosen(conflict: Conflict, choice: Choice) -> Sequence[str]:
    """The lines that one choice puts where the conflict is."""
    match choice:
        case Written(text):
            return texts.split(text)
        case "base":
            return conflict.base
        case "ours":
            return conflict.ours
        case "theirs":
            return conflict.theirs
        case "both":
            return (*conflict.ours, *conflict.theirs)
    raise Invalid(f"{choice!r} is no way out of a conflict.")


def _changes(base: Sequence[str], text: str) -> Iterator[Change]:
    """What one side made of the base."""
    lines = texts.split(text)
    for gap in matching.gaps(matching.match(base, lines), len(base), len(lines)):
        became = tuple(lines[gap.new_start : gap.new_end])
        yield Change(gap.old_start, gap.old_end, became)


def _ended(base: str, ours: str, theirs: str) -> bool:
    """Whether the merged text ends with a newline: whoever changed that has it."""
    was, we, they = (texts.is_ended(text) for text in (base, ours, theirs))
    return they if we == was else we
