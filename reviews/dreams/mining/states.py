"""The state that digests fold into: their set, in canonical order.

Folding in any order gives the same state. Digests lie in a file without a name, which the
system clears away with its process; in memory stays where each of them begins. Each pass
decodes one digest at a time.
"""

import os
import tempfile
import weakref
from array import array
from collections.abc import Iterable, Iterator
from itertools import chain

from reviews.dreams.mining.digests import Digest, decode, group_of, run_of
from reviews.dreams.mining.thresholds import DEFAULTS


class State:
    """Digests, one per run, in canonical order: runs of a group follow each other."""

    def __init__(
        self, documents: Iterable[bytes] = (), most: int = DEFAULTS.runs_kept
    ) -> None:
        self._spill = _Spill()
        places = _Places(self._spill, most)
        for document in documents:
            places.add(document)
        self._offsets, self._lengths = places.in_order()

    def __or__(self, other: "State") -> "State":
        return State(chain(self.documents(), other.documents()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, State) or len(self) != len(other):
            return False
        return all(map(bytes.__eq__, self.documents(), other.documents()))

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._offsets)

    def documents(self) -> Iterator[bytes]:
        """Each digest as it is stored, groups together."""
        return map(self._spill.read, self._offsets, self._lengths)

    def digests(self, places: Iterable[int] | None = None) -> Iterator[Digest]:
        """Each digest, groups together; with ``places`` those only, counted from 0."""
        if places is None:
            return map(decode, self.documents())
        return (
            decode(self._spill.read(self._offsets[one], self._lengths[one]))
            for one in places
        )


class _Spill:
    """Bytes out of memory: written once, then read from anywhere."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with its owner
        self._end = self._written = 0
        weakref.finalize(self, self._file.close)

    def add(self, document: bytes) -> int:
        """Keep some bytes; the answer is where they begin."""
        place = self._end
        self._end += self._file.write(document)
        return place

    def read(self, offset: int, length: int) -> bytes:
        """The bytes that begin there."""
        if self._written < self._end:
            self._file.flush()
            self._written = self._end
        return os.pread(self._file.fileno(), length, offset)


class _Places:
    """Where the digests of runs lie, while they come in; of too many, a sample by hash."""

    def __init__(self, spill: _Spill, most: int) -> None:
        self._spill, self._most = spill, most
        self._highest = 1 << 64
        self._runs, self._groups = array("Q"), array("Q")
        self._offsets, self._lengths = array("Q"), array("Q")

    def add(self, document: bytes) -> None:
        """Take in one digest, unless so many runs rank before its own."""
        run = int.from_bytes(run_of(document))
        if run > self._highest:
            return
        self._runs.append(run)
        self._groups.append(int.from_bytes(group_of(document)))
        self._offsets.append(self._spill.add(document))
        self._lengths.append(len(document))
        if len(self._runs) > 2 * self._most:
            self._keep(self._one_per_run())
            self._highest = max(self._runs)

    def in_order(self) -> tuple["array[int]", "array[int]"]:
        """Offsets and lengths by group, then by run."""
        order = self._one_per_run()
        order.sort(key=self._groups.__getitem__)
        self._keep(order)
        return self._offsets, self._lengths

    def _one_per_run(self) -> list[int]:
        """Which to keep, by run; of two that digest one run the greater, whatever came first."""
        order = sorted(range(len(self._runs)), key=self._runs.__getitem__)
        kept: list[int] = []
        for place in order:
            if not kept or self._runs[kept[-1]] != self._runs[place]:
                kept.append(place)
            elif self._document(kept[-1]) < self._document(place):
                kept[-1] = place
        return kept[: self._most]

    def _document(self, place: int) -> bytes:
        return self._spill.read(self._offsets[place], self._lengths[place])

    def _keep(self, order: list[int]) -> None:
        for held in (self._runs, self._groups, self._offsets, self._lengths):
            held[:] = array("Q", map(held.__getitem__, order))
