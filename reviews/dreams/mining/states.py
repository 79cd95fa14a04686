"""The state that digests fold into: their set, in canonical order.

Folding in any order gives the same state. Digests lie in a file without a name, which the
system clears away with its process, unpacked and one behind the other as they are read; in
memory stays where each of them begins. Each pass decodes one digest at a time.
"""

import os
import tempfile
import weakref
from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import accumulate, chain

from reviews.dreams.mining.courses import Courses
from reviews.dreams.mining.digests import (
    Brief,
    Digest,
    brief_of,
    decode,
    group_of,
    run_of,
    unpacked,
)
from reviews.dreams.mining.thresholds import DEFAULTS

# Bytes read at once: some dozens of digests.
_BLOCK = 1 << 16


class State:
    """Digests, one per run, in canonical order: runs of a group follow each other."""

    def __init__(
        self, documents: Iterable[bytes] = (), most: int = DEFAULTS.runs_kept
    ) -> None:
        places = _Places(most)
        for document in documents:
            places.add(document)
        self._spill = _Spill()
        lengths = (self._spill.add(document) for document in places.in_order())
        self._ends = array("Q", accumulate(lengths))

    def __or__(self, other: "State") -> "State":
        return State(chain(self.documents(), other.documents()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, State) or len(self) != len(other):
            return False
        return all(map(bytes.__eq__, self.documents(), other.documents()))

    __hash__ = None  # type: ignore[assignment]

    def __iter__(self) -> Iterator[bytes]:
        return self.documents()

    def __len__(self) -> int:
        return len(self._ends)

    def documents(self, places: Iterable[int] | None = None) -> Iterator[bytes]:
        """Each digest, groups together; with ``places`` those only, in order, from 0."""
        read = self._spill.reader()
        for place in range(len(self)) if places is None else places:
            start = self._ends[place - 1] if place else 0
            yield read(start, self._ends[place])

    def digests(self, places: Iterable[int] | None = None) -> Iterator[Digest]:
        """The same, decoded."""
        return map(decode, self.documents(places))

    def briefs(self) -> Iterator[Brief]:
        """Every digest without its rows: those are in ``courses``."""
        return map(brief_of, self.documents())

    @cached_property
    def courses(self) -> Courses:
        """What every run called; whoever has read all digests anyway may set it."""
        return Courses.made_of(self.briefs())


class _Spill:
    """Bytes out of memory: written one behind the other, then read again and again."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with its owner
        weakref.finalize(self, self._file.close)

    def add(self, document: bytes) -> int:
        """Write some bytes behind the others; the answer is how many."""
        return self._file.write(document)

    def reader(self, block: int = _BLOCK) -> Callable[[int, int], bytes]:
        """How to read what lies between two places; quick where they follow each other."""
        self._file.flush()
        file, held, first = self._file.fileno(), b"", 0

        def read(start: int, end: int) -> bytes:
            nonlocal held, first
            if not first <= start <= end <= first + len(held):
                held, first = os.pread(file, max(block, end - start), start), start
            return held[start - first : end - first]

        return read


class _Places:
    """Where the digests of runs lie, while they come in; of too many, a sample by hash."""

    def __init__(self, most: int) -> None:
        self._spill, self._most = _Spill(), most
        self._highest = 1 << 64
        self._end = 0
        self._runs, self._groups = array("Q"), array("Q")
        self._starts, self._lengths = array("Q"), array("Q")

    def add(self, document: bytes) -> None:
        """Take in one digest, unless so many runs rank before its own."""
        run = int.from_bytes(run_of(document))
        if run > self._highest:
            return
        length = self._spill.add(unpacked(document))
        self._runs.append(run)
        self._groups.append(int.from_bytes(group_of(document)))
        self._starts.append(self._end)
        self._lengths.append(length)
        self._end += length
        if len(self._runs) > 2 * self._most:
            self._keep(self._one_per_run())
            self._highest = max(self._runs)

    def in_order(self) -> Iterator[bytes]:
        """One digest per run, by group, then by run."""
        order = self._one_per_run()
        order.sort(key=self._groups.__getitem__)
        return map(self._reading(), order)

    def _one_per_run(self) -> list[int]:
        """Which to keep, by run; of two that digest one run the greater, whatever came first."""
        document = self._reading()
        order = sorted(range(len(self._runs)), key=self._runs.__getitem__)
        kept: list[int] = []
        for place in order:
            if not kept or self._runs[kept[-1]] != self._runs[place]:
                kept.append(place)
            elif document(kept[-1]) < document(place):
                kept[-1] = place
        return kept[: self._most]

    def _reading(self) -> Callable[[int], bytes]:
        read = self._spill.reader(block=0)
        starts, lengths = self._starts, self._lengths
        return lambda place: read(starts[place], starts[place] + lengths[place])

    def _keep(self, order: list[int]) -> None:
        for held in (self._runs, self._groups, self._starts, self._lengths):
            held[:] = array("Q", map(held.__getitem__, order))
