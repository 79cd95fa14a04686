"""Diffs line by line, as a page shows them: signs, numbers, marked words, odd characters."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from reviews.memory import diffs, rows
from reviews.memory.diffs import Diff

LineKind = Literal["equal", "added", "deleted", "moved"]
SIGNS = {
    "equal": "",
    "added": "+",
    "deleted": "\N{MINUS SIGN}",
    "moved": "\N{RIGHTWARDS ARROW}",
}

# What cannot be seen or looks like something else: shown as chips, never silently.
ODD = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u00a0\u00ad\u061c\u180e\u200b-\u200f"
    "\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e01ef]"
)
TRAILING = re.compile(r"[ \t]+$")


@dataclass(frozen=True)
class Piece:
    """A stretch of a line: plain, only on this side, or one odd character by name."""

    text: str
    marked: bool = False
    odd: bool = False
    name: str = ""


@dataclass(frozen=True)
class Line:
    """One line of a unified diff; numbers count from 1."""

    kind: LineKind
    old: int | None
    new: int | None
    pieces: tuple[Piece, ...]
    # Where the line went to or came from, when its block only moved.
    moved: int | None = None

    @property
    def sign(self) -> str:
        return SIGNS[self.kind]


@dataclass(frozen=True)
class Hunk:
    """Lines that stand together, the headings above them, the equal lines left out."""

    heading: tuple[str, ...]
    folded: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Change:
    """The diff of one memory, ready for ``components/diff.html``."""

    path: str
    hunks: tuple[Hunk, ...]
    added: int
    deleted: int
    newline_note: str = ""

    def __bool__(self) -> bool:
        return bool(self.hunks or self.newline_note)


def present(
    old: str, new: str, *, path: str = "", stored: Mapping[str, Any] | None = None
) -> Change:
    """The unified view from one text to another, from the stored diff if there is one."""
    diff = diffs.load(stored) if stored else diffs.compare(old, new)
    return Change(
        path=path,
        hunks=tuple(_hunks(rows.sections(diff, old, new))) if diff.hunks else (),
        added=diff.added + diff.changed,
        deleted=diff.deleted + diff.changed,
        # A text that is new or gone has no line whose end could have changed.
        newline_note=_newline_note(diff) if old and new else "",
    )


def pieces(text: str, *, marked: bool = False, last: bool = True) -> Iterator[Piece]:
    """A stretch of text with its odd characters taken out by name.

    ``last`` says that the line ends here, where even plain spaces are odd.
    """
    tail = TRAILING.search(text) if last else None
    end = tail.start() if tail else len(text)
    at = 0
    for found in ODD.finditer(text, 0, end):
        if found.start() > at:
            yield Piece(text[at : found.start()], marked)
        yield Piece(found.group(), marked, odd=True, name=_name(found.group()))
        at = found.end()
    if at < end:
        yield Piece(text[at:end], marked)
    if tail:
        yield Piece(tail.group(), marked, odd=True, name="trailing space")


def _hunks(sections: Iterable[rows.Section]) -> Iterator[Hunk]:
    for section in sections:
        yield Hunk(section.heading, section.folded, tuple(_unified(section.rows)))


def _unified(found: Sequence[rows.Row]) -> Iterator[Line]:
    """Old lines of a run above its new ones, as they are read."""
    run: list[rows.Row] = []
    for row in found:
        if row.kind == "equal":
            yield from _run(run)
            run = []
            yield _line("equal", row, row.after)
        else:
            run.append(row)
    yield from _run(run)


def _run(run: Sequence[rows.Row]) -> Iterator[Line]:
    for row in run:
        if row.old is not None:
            kind: LineKind = "moved" if row.moved is not None else "deleted"
            yield _line(kind, row, row.before, new=False)
    for row in run:
        if row.new is not None:
            kind = "moved" if row.moved is not None else "added"
            yield _line(kind, row, row.after, old=False)


def _line(
    kind: LineKind,
    row: rows.Row,
    segments: Sequence[rows.Segment],
    *,
    old: bool = True,
    new: bool = True,
) -> Line:
    return Line(
        kind,
        row.old + 1 if old and row.old is not None else None,
        row.new + 1 if new and row.new is not None else None,
        tuple(
            piece
            for number, segment in enumerate(segments, 1)
            for piece in pieces(
                segment.text, marked=segment.marked, last=number == len(segments)
            )
        ),
        row.moved + 1 if row.moved is not None else None,
    )


def _name(odd: str) -> str:
    """U+200B ZERO WIDTH SPACE."""
    return f"U+{ord(odd):04X} {unicodedata.name(odd, 'control')}"


def _newline_note(diff: Diff) -> str:
    if diff.old_ended == diff.new_ended:
        return ""
    return (
        "The last line gains its newline."
        if diff.new_ended
        else ("The last line loses its newline.")
    )
