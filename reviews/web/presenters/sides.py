"""Rows of a diff as lines of a page: unified, or old beside new."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from reviews.memory import rows as reading
from reviews.memory.flows import Flow
from reviews.memory.rows import Row, Segment
from reviews.memory.shifts import Shift
from reviews.web.presenters.pieces import Mark, Piece, judged

LineKind = Literal["equal", "added", "deleted", "changed", "moved", "wrapped"]
SIGNS: dict[LineKind, str] = {
    "equal": "",
    "added": "+",
    "deleted": "\N{MINUS SIGN}",
    "changed": "\N{PLUS-MINUS SIGN}",
    "moved": "\N{RIGHTWARDS ARROW}",
    "wrapped": "\N{DOWNWARDS ARROW WITH CORNER LEFTWARDS}",
}
MARKS: dict[reading.WordKind, Mark] = {"deleted": "del", "added": "ins"}
# Up to this share of its characters a line changes within itself.
FLOWING = 0.4


@dataclass(frozen=True)
class Line:
    """One line; numbers count from 1, and a side that lacks it has none."""

    kind: LineKind
    old: int | None
    new: int | None
    pieces: tuple[Piece, ...] = ()
    # Its name, where another line leads to it.
    ident: str = ""
    # For a line whose block moved: the line at the other end, by number and by name.
    moved: int | None = None
    other: str = ""
    # Whether a change begins here.
    begins: bool = False
    # What of it matters more than its size: must became may.
    shifts: tuple[Shift, ...] = ()
    # For a paragraph that was only wrapped again: how many lines, and all of them.
    size: int = 0
    inside: tuple["Line", ...] = ()

    @property
    def sign(self) -> str:
        return SIGNS[self.kind]


@dataclass(frozen=True)
class Run:
    """Lines as the old text has them and as the new one has, in as many rows."""

    equal: bool
    old: tuple[Line | None, ...] = ()
    new: tuple[Line | None, ...] = ()
    # Instead of both, a paragraph that was only wrapped again.
    wrapped: Line | None = None

    @property
    def size(self) -> int:
        return max(1, len(self.old))


@dataclass(frozen=True)
class Sides:
    """Two texts whose rows become lines; ``key`` names their diff on the page."""

    key: str
    old: str
    new: str
    shifts: Sequence[Shift] = ()

    def unified(self, found: Iterable[Row]) -> Iterator[Line]:
        """Lines as they are read: of a rewritten run the old ones above the new."""
        for equal, rows in groupby(found, key=_is_equal):
            if equal:
                yield from (_whole(row) for row in rows)
            else:
                yield from _begun(self._run(list(rows)))

    def split(self, found: Iterable[Row]) -> Iterator[Run]:
        """Runs of lines, old beside new, of which each has as many rows."""
        for equal, rows in groupby(found, key=_is_equal):
            if equal:
                lines = tuple(_whole(row) for row in rows)
                yield Run(True, lines, lines)
            else:
                yield from self._beside(list(rows))

    def _run(self, rows: Sequence[Row]) -> Iterator[Line]:
        """A run of differing rows; what flows keeps its place between what does not."""
        for flow, group in groupby(rows, key=lambda row: row.flow):
            if flow is not None:
                yield self._flow(flow, list(group))
                continue
            for flows, each in groupby(group, key=lambda row: bool(_flowing(row))):
                together = list(each)
                if flows:
                    yield from map(self._changed, together)
                else:
                    yield from self._olds(together)
                    yield from self._news(together)

    def _beside(self, rows: Sequence[Row]) -> Iterator[Run]:
        """A run of differing rows with the old lines beside the new."""
        begins = True
        for flow, group in groupby(rows, key=lambda row: row.flow):
            together = list(group)
            if flow is not None and not flow.reworded:
                line = self._flow(flow, together)
                yield Run(False, wrapped=replace(line, begins=begins))
                begins = False
                continue
            for _, each in groupby(together, key=lambda row: row.kind == "changed"):
                yield self._pair(list(each), begins=begins)
                begins = False

    def _pair(self, rows: Sequence[Row], *, begins: bool) -> Run:
        """Old lines and new ones, filled up to the same height."""
        old: list[Line | None] = list(self._olds(rows))
        new: list[Line | None] = list(self._news(rows))
        if begins:
            first = old or new
            first[0] = replace(first[0], begins=True) if first[0] else None
        height = max(len(old), len(new))
        return Run(
            False,
            (*old, *[None] * (height - len(old))),
            (*new, *[None] * (height - len(new))),
        )

    def _olds(self, rows: Iterable[Row]) -> Iterator[Line]:
        return (self._old(row) for row in rows if row.old is not None)

    def _news(self, rows: Iterable[Row]) -> Iterator[Line]:
        return (self._new(row) for row in rows if row.new is not None)

    def _flow(self, flow: Flow, rows: Sequence[Row]) -> Line:
        """A paragraph whose line breaks moved: folded, or as one run of words."""
        place = flow.old[0] + 1, flow.new[0] + 1
        if not flow.reworded:
            inside = (*self._olds(rows), *self._news(rows))
            return Line("wrapped", *place, size=flow.size, inside=inside)
        words = reading.flowing(flow, self.old, self.new)
        woven: list[tuple[str, Mark]] = [
            (word.old if word.kind == "deleted" else word.new, MARKS.get(word.kind, ""))
            for word in words
        ]
        shifts = self._shifts(range(*flow.old), range(*flow.new))
        return Line("changed", *place, tuple(_woven_pieces(woven)), shifts=shifts)

    def _changed(self, row: Row) -> Line:
        pieces = tuple(_woven_pieces(_flowing(row)))
        shifts = self._shifts((row.old,), (row.new,))
        return Line(
            "changed", _number(row.old), _number(row.new), pieces, shifts=shifts
        )

    def _old(self, row: Row) -> Line:
        """The line as the old text has it."""
        ident, other = self._ends(row, "o", "n", row.old)
        return Line(
            "moved" if row.moved is not None else "deleted",
            _number(row.old),
            None,
            _pieces(row.before, "del"),
            ident=ident,
            moved=_number(row.moved),
            other=other,
            shifts=self._shifts((row.old,), ()) if row.new is None else (),
        )

    def _new(self, row: Row) -> Line:
        """The line as the new text has it."""
        ident, other = self._ends(row, "n", "o", row.new)
        return Line(
            "moved" if row.moved is not None else "added",
            None,
            _number(row.new),
            _pieces(row.after, "ins"),
            ident=ident,
            moved=_number(row.moved),
            other=other,
            shifts=self._shifts((row.old,), (row.new,)),
        )

    def _ends(
        self, row: Row, here: str, there: str, number: int | None
    ) -> tuple[str, str]:
        """The names of a moved line's two ends."""
        if row.moved is None or number is None:
            return "", ""
        return f"{self.key}-{here}{number + 1}", f"{self.key}-{there}{row.moved + 1}"

    def _shifts(
        self, olds: Iterable[int | None], news: Iterable[int | None]
    ) -> tuple[Shift, ...]:
        """The changes of weight in these lines, each told where the new words are."""
        gone, come = {*olds} - {None}, {*news} - {None}
        return tuple(
            shift
            for shift in self.shifts
            if (shift.new_line in come)
            or (shift.new_range is None and shift.old_line in gone)
        )


def _is_equal(row: Row) -> bool:
    return row.kind == "equal"


def _begun(lines: Iterable[Line]) -> Iterator[Line]:
    """The same lines, of which the first begins a change."""
    for number, line in enumerate(lines):
        yield line if number else replace(line, begins=True)


def _flowing(row: Row) -> list[tuple[str, Mark]]:
    """A changed line with the old words in it; nothing if too much of it is new."""
    if row.kind != "changed":
        return []
    marked = sum(len(s.text) for s in (*row.before, *row.after) if s.marked)
    whole = sum(len(s.text) for s in (*row.before, *row.after))
    if not marked or marked > FLOWING * whole:
        return []
    return _weave(row.before, row.after)


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


def _woven_pieces(woven: Sequence[tuple[str, Mark]]) -> Iterator[Piece]:
    for number, (text, mark) in enumerate(woven, 1):
        later = {other for _, other in woven[number:]}
        # The end of the line on one side at least: plain spaces are odd there.
        gone, come = later <= {"ins"}, later <= {"del"}
        last = {"del": gone, "ins": come, "": gone or come}[mark]
        yield from judged(text, mark=mark, last=last)


def _whole(row: Row) -> Line:
    """A line that both sides share."""
    return Line("equal", _number(row.old), _number(row.new), _pieces(row.after, ""))


def _pieces(segments: Sequence[Segment], mark: Mark) -> tuple[Piece, ...]:
    return tuple(
        piece
        for number, segment in enumerate(segments, 1)
        for piece in judged(
            segment.text,
            mark=mark if segment.marked else "",
            last=number == len(segments),
        )
    )


def _number(line: int | None) -> int | None:
    return None if line is None else line + 1
