"""One memory before and after, as pieces that may be approved in any order.

Whatever can be said rule by rule is; what stands at a place and cannot (another order,
headings, a section of paragraphs) is the whole memory with that place changed, which the
merge keeps apart from everything else. What only moves or lays out is one piece. Every
way is tried out before it is taken: together the pieces give the new text to the byte.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations

import msgspec

from reviews.dreams.differing import regions as places
from reviews.dreams.differing.items import Item, Sorter
from reviews.dreams.differing.pairing import Pairs
from reviews.dreams.differing.regions import Region
from reviews.errors import DomainError
from reviews.memory import blame, diffs, edits, merges, rules
from reviews.memory import lines as texts
from reviews.memory.blame import Authored
from reviews.memory.edits import Change
from reviews.memory.lines import Range

# All orders of so few pieces are tried; of more, as many as this many applications allow.
_FEW, _TRIALS = 3, 24

type Places = list[tuple[Range, list[str]]]


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to decide about a memory."""

    # added, reworded, removed, merged, split, moved, rewritten, reorganised
    kind: str
    changes: tuple[Change, ...]


class _Try(msgspec.Struct, kw_only=True):
    """What is known of one region: its items, its layout, or neither."""

    items: list[Item]
    # What its lines become beside the items; None: nothing more.
    place: list[str] | None = None
    # Whether the place brings words, or only lays out what is there.
    says: bool = False
    fits: bool = False


def pieces(memory: Authored, new: str, path: str) -> list[Piece]:
    """What makes the new text of this memory, piece by piece."""
    if memory.text == new:
        return []
    found = _File(memory, new, path).pieces()
    if makes(memory, found, new, path):
        return found
    return [Piece(kind="rewritten", changes=(_whole(path, memory.text, new),))]


def makes(memory: Authored, found: Sequence[Piece], new: str, path: str) -> bool:
    """Whether the pieces give the text, in every order that is tried."""
    return all(applied(memory, order, path) == new for order in _orders(found))


def _orders(found: Sequence[Piece]) -> Iterator[Sequence[Piece]]:
    """Every order of few pieces; of many the ends, and some that chance picks."""
    if len(found) <= _FEW:
        yield from permutations(found)
        return
    places = [piece for piece in found if not piece.changes[0].rule]
    rest = [piece for piece in found if piece.changes[0].rule]
    yield from (found, found[::-1], [*places, *rest], [*rest, *places])
    # The same for the same pieces: what is proposed must not depend on luck.
    chance = random.Random(len(found))  # noqa: S311 - no secret
    for _ in range(_TRIALS // len(found)):
        yield chance.sample(found, len(found))


def applied(memory: Authored, order: Iterable[Piece], path: str) -> str | None:
    """The text that approving these one after the other gives; None: one cannot be."""
    base, now = memory.text, memory
    for number, piece in enumerate(order, 2):
        try:
            text = _after(base, now, piece, path)
        except DomainError:
            return None
        if text is None:
            return None
        now = blame.carry(
            now, text, diffs.compare(now.text, text), path=path, number=number
        )
    return now.text


def _after(base: str, now: Authored, piece: Piece, path: str) -> str | None:
    first = piece.changes[0]
    if first.kind == "edit" and not first.rule:
        return merges.merge(base, now.text, first.after).text
    return edits.apply({path: now}, piece.changes).texts.get(path, now.text)


class _File:
    """One memory being taken apart."""

    def __init__(self, memory: Authored, new: str, path: str) -> None:
        self.memory, self.new, self.path = memory, new, path
        self.lines, self.becomes = texts.split(memory.text), texts.split(new)
        self.regions = places.find(memory.rules, memory.text, new)
        self.pairs = Pairs(self.regions, rules.split(new))
        self.sorter = Sorter(path, new, self.pairs)

    def pieces(self) -> list[Piece]:
        """Items first, then what is changed as a place, then the layout."""
        tries = self._tried()
        whole = self._whole_places(tries)
        apart = {number for group in whole for number in group}
        items = {
            id(item): item
            for number, one in enumerate(tries)
            if number not in apart
            for item in one.items
        }
        found = [Piece(kind=i.kind, changes=i.changes) for i in items.values()]
        found.extend(
            self._rewritten([self._target(n) for n in sorted(group)]) for group in whole
        )
        layouts = []
        for number, one in enumerate(tries):
            if number in apart or one.place is None:
                continue
            place = self.regions[number].old, one.place
            if one.says:
                found.append(self._rewritten([place], "added"))
            else:
                layouts.append(place)
        ended = texts.is_ended(self.new)
        if layouts or (ended != texts.is_ended(self.memory.text)):
            after = self._placed(layouts, ended=ended)
            changes = (_whole(self.path, self.memory.text, after),)
            found.append(Piece(kind="reorganised", changes=changes))
        return found

    def _tried(self) -> list[_Try]:
        """Each region, its additions written as their neighbours are or as they stand."""
        plain, marked = self.sorter.items(), self.sorter.items(marked=True)
        without = [item for item in plain if item.kind not in ("added", "moved")]
        return [
            next(
                (
                    one
                    for items in (plain, marked, without)
                    if (one := self._try(number, items)).fits
                ),
                _Try(items=[item for item in plain if number in item.regions]),
            )
            for number in range(len(self.regions))
        ]

    def _try(self, number: int, items: Sequence[Item]) -> _Try:
        """See whether a region's items, and its layout after them, make what it became."""
        here = [item for item in items if number in item.regions]
        if any(item.regions != {number} for item in here):
            # Tied to another region: all of them together are looked at in the end.
            return self._tied(number, here)
        old, target = self.memory.text, self._placed([self._target(number)])
        made = self._made(self.memory, here)
        if made is None:
            return _Try(items=here)
        if made == target:
            return _Try(items=here, fits=True)
        rest = merges.merge(made, old, target).text
        if rest is None or merges.merge(old, made, rest).text != target:
            return _Try(items=here)
        says = self._says(number, rest)
        if says < 0:
            return _Try(items=here)
        moved = blame.carry(
            self.memory, rest, diffs.compare(old, rest), path=self.path, number=2
        )
        lines = self._lines_of(number, rest)
        fits = lines is not None and self._made(moved, here) == target
        return _Try(items=here, place=lines, says=bool(says), fits=fits)

    def _tied(self, number: int, here: list[Item]) -> _Try:
        """As ``_try``, for a region that shares an item: only without any layout."""
        linked = {n for item in here for n in item.regions}
        made = self._made(self.memory, here)
        target = self._placed([self._target(n) for n in sorted(linked)])
        return _Try(items=here, fits=made == target)

    def _whole_places(self, tries: Sequence[_Try]) -> list[set[int]]:
        """Groups of regions that have to be changed as places, each with its likes.

        A rule that moves leaves one region and comes to another: they go together. So do
        regions with an item in common.
        """
        links = [set(item.regions) for one in tries for item in one.items]
        links += [{old[0], new[0]} for old, new in self.pairs.moved.items()]
        groups = [{number} for number, one in enumerate(tries) if not one.fits]
        for link in (*links, *links[::-1]):
            touched = [group for group in groups if group & link]
            if touched:
                groups = [group for group in groups if not group & link]
                groups.append(set().union(link, *touched))
        return groups

    def _says(self, number: int, text: str) -> int:
        """What a text says beside rules that move: 1 more, 0 the same, -1 less."""
        was = Counter(rule.text for rule in self.memory.rules)
        for old, new in self.pairs.moved.items():
            words = self.pairs.old[old].text
            was[words] += (new[0] == number) - (old[0] == number)
        now = Counter(rule.text for rule in rules.split(text))
        if +was - now:
            return -1
        return int(bool(now - was))

    def _lines_of(self, number: int, layout: str) -> list[str] | None:
        """What a region's lines are in a text that differs nowhere else."""
        start, end = self.regions[number].old
        lines, below = texts.split(layout), len(self.lines) - end
        stop = len(lines) - below
        same = lines[:start] == self.lines[:start] and lines[stop:] == self.lines[end:]
        return lines[start:stop] if same and stop >= start else None

    def _made(self, memory: Authored, items: Sequence[Item]) -> str | None:
        changes = [change for item in items for change in item.changes]
        try:
            made = edits.apply({self.path: memory}, changes)
        except DomainError:
            return None
        return made.texts.get(self.path, memory.text)

    def _target(self, number: int) -> tuple[Range, list[str]]:
        region: Region = self.regions[number]
        return region.old, self.becomes[slice(*region.new)]

    def _placed(
        self, found: Sequence[tuple[Range, list[str]]], *, ended: bool | None = None
    ) -> str:
        was = texts.is_ended(self.memory.text)
        text = places.replaced(self.lines, found)
        return text if (was if ended is None else ended) else text.removesuffix("\n")

    def _rewritten(self, found: Places, kind: str = "rewritten") -> Piece:
        after = self._placed(found)
        return Piece(kind=kind, changes=(_whole(self.path, self.memory.text, after),))


def _whole(path: str, before: str, after: str) -> Change:
    return Change(kind="edit", path=path, before=before, after=after)
