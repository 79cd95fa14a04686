"""What of two texts a page shows: the changes, some lines around them, folds for the rest.

A fold says how much it hides and opens by twenty lines, to the heading above the next
change, or wholly. What is open stands in the address, so that it survives a reload and
needs no script.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from reviews.memory import lines as texts
from reviews.memory import rows
from reviews.memory.diffs import Diff
from reviews.memory.rows import CONTEXT, Row
from reviews.memory.rules import heading_text

# Fewer unchanged lines than these are not worth a fold.
LEAST = 6
STEP = 20
# So many unchanged lines open at once; a text of ten thousand opens in turns.
MOST = 1_000
# So many rows of one diff stand on a page.
ROWS = 4_000

# By the number of the first line that a fold could hide: lines, "heading" or "all".
Opened = Mapping[int, int | Literal["heading", "all"]]


@dataclass(frozen=True)
class Fold:
    """Unchanged lines that are left out; ``start`` names the fold in the address."""

    start: int
    hidden: int
    opened: int = 0
    # The heading above the next change, when it is among the hidden lines.
    heading: str = ""

    @property
    def more(self) -> int:
        """How many lines are open after twenty more."""
        return self.opened + STEP


@dataclass(frozen=True)
class Window:
    """Rows that stand together, the headings above them, what is folded before them."""

    heading: tuple[str, ...]
    fold: Fold | None
    rows: tuple[Row, ...]


def windows(
    diff: Diff, old: str, new: str, opened: Opened, *, whole: bool = False
) -> tuple[list[Window], int]:
    """What is shown, and how many rows are too many for one page.

    Nothing is left to show when one of the texts has been redacted.
    """
    sizes = [len(texts.split(text)) for text in (old, new)]
    if sizes != [diff.old_size, diff.new_size]:
        return [], 0
    everything = rows.rows(diff, old, new)
    found = everything[:ROWS]
    runs = [(key, list(run)) for key, run in groupby(found, key=_is_equal)]
    above = {(hunk.old[0], hunk.new[0]): hunk.heading for hunk in diff.hunks}
    cut = _Cutter(texts.split(new), above, opened, whole=whole)
    return list(cut.windows(runs)), len(everything) - len(found)


def _is_equal(row: Row) -> bool:
    return row.kind == "equal"


@dataclass
class _Cutter:
    """Cuts runs of rows into windows."""

    lines: Sequence[str]
    above: Mapping[tuple[int, int], Sequence[int]]
    opened: Opened
    whole: bool

    def windows(self, runs: Sequence[tuple[bool, list[Row]]]) -> Iterator[Window]:
        """Windows from one fold to the next."""
        fold: Fold | None = None
        shown: list[Row] = []
        place = (0, 0)
        heading: Sequence[int] = ()
        for number, (equal, run) in enumerate(runs):
            if equal:
                is_last = number == len(runs) - 1
                following = () if is_last else self._heading(run)
                top, hidden, bottom = self._cut(
                    run, following, first=not number, last=is_last
                )
                shown += top
                if hidden:
                    if shown:
                        yield self._window(heading, fold, shown)
                    fold, shown, heading = hidden, [], following
                shown += bottom
                place = _after(run[-1])
            else:
                if not shown:
                    heading = self.above.get(place, heading)
                shown += run
        yield self._window(heading, fold, shown)

    def _heading(self, run: Sequence[Row]) -> Sequence[int]:
        """The headings above what follows a run of equal lines."""
        return self.above.get(_after(run[-1]), ())

    def _cut(
        self, run: list[Row], heading: Sequence[int], *, first: bool, last: bool
    ) -> tuple[list[Row], Fold | None, list[Row]]:
        """A run of equal rows as what stands above its fold, the fold, what is below."""
        start = run[0].new or 0
        top = 0 if first else CONTEXT
        bottom = 0 if last else CONTEXT
        asked = "all" if self.whole else self.opened.get(start, 0)
        more = self._more(run, asked, heading, room=len(run) - top - bottom)
        top, bottom = (top + more, 0) if last else (top, bottom + more)
        hidden = len(run) - top - bottom
        if hidden < LEAST:
            return run, None, []
        end = len(run) - bottom
        named = heading[-1] if heading else -1
        inside = start + top <= named < start + end
        title = heading_text(self.lines[named]) if inside else ""
        return run[:top], Fold(start, hidden, more, title), run[end:]

    def _more(
        self,
        run: Sequence[Row],
        asked: int | str,
        heading: Sequence[int],
        *,
        room: int,
    ) -> int:
        """How many lines beside the context are asked for."""
        if asked == "all":
            return min(room, MOST)
        if asked == "heading":
            to = (run[-1].new or 0) + 1 - heading[-1] if heading else 0
            return min(max(0, to - CONTEXT), max(0, room))
        return min(int(asked), max(0, room), MOST)

    def _window(
        self, heading: Sequence[int], fold: Fold | None, shown: list[Row]
    ) -> Window:
        """Headings that stand among the rows need not be said above them."""
        begins = next((row.new for row in shown if row.new is not None), None)
        hidden = [n for n in heading if begins is not None and n < begins]
        crumbs = tuple(heading_text(self.lines[number]) for number in hidden)
        return Window(crumbs, fold, tuple(shown))


def _after(row: Row) -> tuple[int, int]:
    """Where both texts go on after a row that they share."""
    return (row.old or 0) + 1, (row.new or 0) + 1
