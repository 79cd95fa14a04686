"""Diffs as pages show them: signs, numbers, marked words, folds, odd characters.

A changed line is one flowing line with its words struck out and underlined; where most
of it changed, the old line stands above the new one. ``components/diff.html`` shows a
``Change`` in the view that the address asks for.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import batched
from typing import Any, Literal

from reviews.memory import diffs, shifts
from reviews.memory import summaries as words
from reviews.memory.diffs import Diff
from reviews.web.presenters import windows
from reviews.web.presenters.pieces import ODD, Piece, pieces
from reviews.web.presenters.sides import Line, Run, Sides
from reviews.web.presenters.windows import Fold, Opened

__all__ = ["ODD", "Change", "Hunk", "Line", "Piece", "View", "pieces", "present"]

View = Literal["unified", "split", "rendered"]

# The browser lays out one container at a time, when it comes into view.
CHUNK = 100
# A text is rewritten when more than this share of its lines changed, and so many.
REWRITTEN = 0.4
LONG = 12


@dataclass(frozen=True)
class Hunk:
    """Up to a hundred rows that stand together: as lines, or as runs side by side."""

    heading: tuple[str, ...] = ()
    fold: Fold | None = None
    lines: tuple[Line, ...] = ()
    runs: tuple[Run, ...] = ()


@dataclass(frozen=True)
class Change:
    """The diff of one memory or one rule, ready for ``components/diff.html``."""

    path: str
    old: str
    new: str
    diff: Diff

    def __bool__(self) -> bool:
        return bool(self.diff.hunks or self.newline_note)

    @property
    def added(self) -> int:
        return self.diff.added + self.diff.changed

    @property
    def deleted(self) -> int:
        return self.diff.deleted + self.diff.changed

    @property
    def newline_note(self) -> str:
        """A text that is new or gone has no line whose end could have changed."""
        gained = self.diff.new_ended
        if not (self.old and self.new) or self.diff.old_ended == gained:
            return ""
        return f"The last line {'gains' if gained else 'loses'} its newline."

    @cached_property
    def key(self) -> str:
        """What the address calls it by: the same for the same two texts."""
        seed = f"{self.old}\0{self.new}".encode(errors="surrogatepass")
        return f"d{hashlib.sha256(seed).hexdigest()[:8]}"

    @cached_property
    def says(self) -> str:
        """What it does in words that are computed."""
        return words.summary(self.diff, self.old, self.new) if self else ""

    @property
    def one_sided(self) -> bool:
        """Whether there is nothing to put beside it."""
        return not (self.old and self.new)

    @property
    def view(self) -> View:
        """How it reads best: a long rewrite side by side, anything else as it flows."""
        touched = self.diff.added + self.diff.deleted + 2 * self.diff.changed
        # What was wrapped again reads best as one run of words.
        touched -= sum(
            len(range(*f.old)) + len(range(*f.new)) for f in self.diff.flows()
        )
        share = touched / max(1, self.diff.old_size + self.diff.new_size)
        is_long = touched >= LONG and share > REWRITTEN
        return "split" if is_long and not self.one_sided else "unified"

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        """The unified view with every fold closed."""
        return self.cut("unified", {})[0]

    def cut(
        self, view: View, opened: Opened, *, whole: bool = False
    ) -> tuple[tuple[Hunk, ...], int]:
        """Its hunks in a view, with these folds open, and how many rows are left out."""
        if not self.diff.hunks:
            return (), 0
        found, more = windows.windows(
            self.diff, self.old, self.new, opened, whole=whole
        )
        chunked = _runs if view == "split" else _lines
        shifted = shifts.within(self.diff, self.old, self.new)
        both = Sides(self.key, self.old, self.new, shifted)
        return tuple(hunk for one in found for hunk in chunked(one, both)), more


def present(
    old: str, new: str, *, path: str = "", stored: Mapping[str, Any] | None = None
) -> Change:
    """What changed from one text to another, from the stored diff if there is one."""
    diff = diffs.load(stored) if stored else diffs.compare(old, new)
    return Change(path=path, old=old, new=new, diff=diff)


def _lines(window: windows.Window, both: Sides) -> Iterator[Hunk]:
    chunks = batched(both.unified(window.rows), CHUNK, strict=False)
    for first, lines in _numbered(chunks):
        yield Hunk(*_head(window, first=first), lines=lines)


def _runs(window: windows.Window, both: Sides) -> Iterator[Hunk]:
    for first, runs in _numbered(_full(both.split(window.rows))):
        yield Hunk(*_head(window, first=first), runs=runs)


def _head(
    window: windows.Window, *, first: bool
) -> tuple[tuple[str, ...], Fold | None]:
    return (window.heading, window.fold) if first else ((), None)


def _numbered[T](
    chunks: Iterable[tuple[T, ...]],
) -> Iterator[tuple[bool, tuple[T, ...]]]:
    """Chunks, and whether each is the first; one even where there is nothing."""
    first = True
    for chunk in chunks:
        yield first, chunk
        first = False
    if first:
        yield True, ()


def _full(runs: Iterable[Run]) -> Iterator[tuple[Run, ...]]:
    """Runs together until they have as many rows as one container may."""
    chunk: list[Run] = []
    size = 0
    for run in (part for whole in runs for part in _parts(whole)):
        if chunk and size + run.size > CHUNK:
            yield tuple(chunk)
            chunk, size = [], 0
        chunk.append(run)
        size += run.size
    if chunk:
        yield tuple(chunk)


def _parts(run: Run) -> Iterator[Run]:
    """A run of which no part is taller than a container."""
    if run.size <= CHUNK:
        yield run
        return
    for at in range(0, run.size, CHUNK):
        yield Run(run.equal, run.old[at : at + CHUNK], run.new[at : at + CHUNK])


def totals(changes: Sequence[Change]) -> tuple[int, int]:
    """Lines added and deleted over several changes."""
    return sum(one.added for one in changes), sum(one.deleted for one in changes)
