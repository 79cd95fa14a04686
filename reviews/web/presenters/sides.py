"""Rows of a diff as lines of a page: unified, or old beside new."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import batched, groupby
from typing import Literal

from reviews.memory.rows import Row, Segment
from reviews.web.presenters.pieces import Mark, Piece, pieces

LineKind = Literal["equal", "added", "deleted", "changed", "moved"]
SIGNS: dict[LineKind, str] = {
    "equal": "",
    "added": "+",
    "deleted": "\N{MINUS SIGN}",
    "changed": "\N{PLUS-MINUS SIGN}",
    "moved": "\N{RIGHTWARDS ARROW}",
}
# Up to this share of its characters a line changes within itself.
FLOWING = 0.4
# Rows of a run that stand in one container, when old and new stand beside each other.
TALL = 50


@dataclass(frozen=True)
class Line:
    """One line; numbers count from 1, and a side that lacks it has none."""

    kind: LineKind
    old: int | None
    new: int | None
    pieces: tuple[Piece, ...]
    # Its name, where another line leads to it.
    ident: str = ""
    # For the first line of a block that moved: the line at the other end, by number
    # and by name.
    moved: int | None = None
    other: str = ""
    # Whether a change begins here.
    begins: bool = False

    @property
    def sign(self) -> str:
        return SIGNS[self.kind]


@dataclass(frozen=True)
class Run:
    """Lines as the old text has them and as the new one has, in as many rows."""

    equal: bool
    old: tuple[Line | None, ...]
    new: tuple[Line | None, ...]

    @property
    def size(self) -> int:
        return max(len(self.old), len(self.new))


def unified(found: Iterable[Row], key: str) -> Iterator[Line]:
    """Lines as they are read: of a rewritten run the old ones above the new."""
    for equal, rows in groupby(found, key=lambda row: row.kind == "equal"):
        if equal:
            yield from (_whole(row) for row in rows)
        else:
            yield from _begun(_run(list(rows), key))


def split(found: Iterable[Row], key: str) -> Iterator[Run]:
    """Runs of lines, each row's old line beside its new one."""
    for equal, rows in groupby(found, key=lambda row: row.kind == "equal"):
        if equal:
            lines = tuple(_whole(row) for row in rows)
            yield Run(True, lines, lines)
            continue
        first = True
        for chunk in batched(rows, TALL, strict=False):
            old = [_old(row, key) if row.old is not None else None for row in chunk]
            new = [_new(row, key) if row.new is not None else None for row in chunk]
            if first:
                old = _marked_first(old) if any(old) else old
                new = new if any(old) else _marked_first(new)
                first = False
            yield Run(False, tuple(old), tuple(new))


def _marked_first(lines: Sequence[Line | None]) -> list[Line | None]:
    """The same lines, of which the first begins a change."""
    at = next(number for number, line in enumerate(lines) if line)
    line = lines[at]
    marked = replace(line, begins=True) if line else None
    return [*lines[:at], marked, *lines[at + 1 :]]


def _begun(lines: Iterable[Line]) -> Iterator[Line]:
    for number, line in enumerate(lines):
        yield line if number else replace(line, begins=True)


def _run(rows: Sequence[Row], key: str) -> Iterator[Line]:
    """A run of differing rows; what flows keeps its place between what does not."""
    for flows, group in groupby(rows, key=lambda row: _flowing(row) is not None):
        together = list(group)
        if flows:
            for row in together:
                yield _changed(row)
        else:
            yield from (_old(row, key) for row in together if row.old is not None)
            yield from (_new(row, key) for row in together if row.new is not None)


def _flowing(row: Row) -> tuple[Piece, ...] | None:
    """A changed line with the old words in it, unless too much of it is new."""
    if row.kind != "changed":
        return None
    marked = sum(len(s.text) for s in (*row.before, *row.after) if s.marked)
    whole = sum(len(s.text) for s in (*row.before, *row.after))
    if not marked or marked > FLOWING * whole:
        return None
    woven = _weave(row.before, row.after)
    return tuple(_flowing_pieces(woven)) if woven else None


def _weave(
    before: Sequence[Segment], after: Sequence[Segment]
) -> list[tuple[str, Mark]]:
    """Both sides in one line; nothing where what they kept is not the same."""
    olds, news = list(before), list(after)
    woven: list[tuple[str, Mark]] = []
    while olds or news:
        if olds and olds[0].marked:
            woven.append((olds.pop(0).text, "del"))
        elif news and news[0].marked:
            woven.append((news.pop(0).text, "ins"))
        elif not (olds and news):
            return []
        else:
            size = min(len(olds[0].text), len(news[0].text))
            kept = olds[0].text[:size]
            if kept != news[0].text[:size]:
                return []
            woven.append((kept, ""))
            for side in (olds, news):
                rest = side[0].text[size:]
                side[0:1] = [Segment(rest, marked=False)] if rest else []
    return woven


def _flowing_pieces(woven: Sequence[tuple[str, Mark]]) -> Iterator[Piece]:
    for number, (text, mark) in enumerate(woven, 1):
        later = {other for _, other in woven[number:]}
        # The end of the line on one side at least: plain spaces are odd there.
        gone, come = later <= {"ins"}, later <= {"del"}
        last = {"del": gone, "ins": come, "": gone or come}[mark]
        yield from pieces(text, mark=mark, last=last)


def _changed(row: Row) -> Line:
    found = _flowing(row)
    return Line("changed", _number(row.old), _number(row.new), found or ())


def _whole(row: Row) -> Line:
    """A line that both sides share."""
    return Line("equal", _number(row.old), _number(row.new), _pieces(row.after, ""))


def _old(row: Row, key: str) -> Line:
    """The line as the old text has it."""
    kind: LineKind = "moved" if row.moved is not None else "deleted"
    ident, other = _ends(row, key, "o", "n", row.old)
    return Line(
        kind,
        _number(row.old),
        None,
        _pieces(row.before, "del"),
        ident,
        _number(row.moved),
        other,
    )


def _new(row: Row, key: str) -> Line:
    """The line as the new text has it."""
    kind: LineKind = "moved" if row.moved is not None else "added"
    ident, other = _ends(row, key, "n", "o", row.new)
    return Line(
        kind,
        None,
        _number(row.new),
        _pieces(row.after, "ins"),
        ident,
        _number(row.moved),
        other,
    )


def _ends(
    row: Row, key: str, here: str, there: str, number: int | None
) -> tuple[str, str]:
    """The names of a moved line's two ends."""
    if row.moved is None or number is None:
        return "", ""
    return f"{key}-{here}{number + 1}", f"{key}-{there}{row.moved + 1}"


def _pieces(segments: Sequence[Segment], mark: Mark) -> tuple[Piece, ...]:
    return tuple(
        piece
        for number, segment in enumerate(segments, 1)
        for piece in pieces(
            segment.text,
            mark=mark if segment.marked else "",
            last=number == len(segments),
        )
    )


def _number(line: int | None) -> int | None:
    return None if line is None else line + 1
