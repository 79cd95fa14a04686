"""What became of each rule: kept, reworded, moved, added, deleted, merged or split."""

from collections.abc import Sequence

import msgspec

from reviews.dreams.differing.pairing import Key, Pairs
from reviews.dreams.differing.words import words as words_of
from reviews.memory import lines as texts
from reviews.memory import places
from reviews.memory.edits import Change
from reviews.memory.rules import Rule

# So much of a rule's words must stand in another for it to have been merged into it.
WITHIN = 0.7
# Fewer different words say too little to be found again elsewhere.
FEWEST_WORDS = 3
# An addition names so many of the rules above it.
MOST_BEHIND = 12
# What no rule is known by: an addition behind this alone goes to the top of its section.
TOP = "top"


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one rule, or of several that are one matter: its operations."""

    # added, reworded, removed, merged, split, moved
    kind: str
    changes: tuple[Change, ...]
    # Which regions it touches, by number.
    regions: frozenset[int]


class Sorter:
    """Turns pairs of rules into items; ``marked`` writes additions with their markers."""

    def __init__(self, path: str, new: str, pairs: Pairs) -> None:
        self.path = path
        self.pairs = pairs
        self.lines = texts.split(new)
        self.after = pairs.after
        self._came_from = {new: old for old, new in pairs.reworded.items()}
        self._moved = {key[1] for key in pairs.moved.values()}

    def items(self, *, marked: bool = False) -> list[Item]:
        """Every item, in the order of the old text, then additions in that of the new."""
        free = dict(self.pairs.gone)
        fresh = dict(self.pairs.come)
        found = []
        for old, new in sorted(self.pairs.reworded.items()):
            found.append(self._reworded(old, new, free, fresh, marked))
        for old, new in sorted(self.pairs.carried.items()):
            pair = self._delete(old), self._add(new, marked)
            found.append(_item("moved", pair, old, new))
        # Splits have taken theirs by now.
        found.extend(self._added(key, free, marked) for key in sorted(fresh))
        removed = (_item("removed", (self._delete(key),), key) for key in sorted(free))
        return [*found, *removed]

    def _reworded(
        self,
        old: Key,
        new: Key,
        free: dict[Key, Rule],
        fresh: dict[Key, Rule],
        marked: bool,  # noqa: FBT001 - passed on
    ) -> Item:
        """One rule that says it otherwise, with what went into it or came out of it."""
        was, becomes = self.pairs.old[old], self.pairs.new[new]
        edit = self._edit(old, new)
        merged = _merged(free, becomes, words_of(was.text))
        if merged:
            deletions = tuple(map(self._delete, merged))
            return _item("merged", (edit, *deletions), old, *merged)
        parts = _split(fresh, was, words_of(becomes.text))
        additions = tuple(self._add(key, marked) for key in parts)
        return _item("split" if parts else "reworded", (edit, *additions), old, *parts)

    def _added(self, key: Key, free: dict[Key, Rule], marked: bool) -> Item:  # noqa: FBT001
        """One new rule, with what went into it; the first of that becomes it."""
        rest = _merged(free, self.pairs.new[key], ())
        here = next((old for old in rest if old[0] == key[0]), None)
        if here is None:
            changes = (self._add(key, marked), *map(self._delete, rest))
            return _item("merged" if rest else "added", changes, key, *rest)
        others = [old for old in rest if old != here]
        edit = self._edit(here, key)
        kind = "merged" if others else "reworded"
        return _item(kind, (edit, *map(self._delete, others)), *rest)

    def _edit(self, old: Key, new: Key) -> Change:
        was, becomes = self.pairs.old[old], self.pairs.new[new]
        return Change(
            kind="edit",
            path=self.path,
            rule=was.id,
            before=was.text,
            after=becomes.text,
        )

    def _delete(self, key: Key) -> Change:
        rule = self.pairs.old[key]
        return Change(kind="delete", path=self.path, rule=rule.id, before=rule.text)

    def _add(self, key: Key, marked: bool) -> Change:  # noqa: FBT001 - passed on
        rule = self.pairs.new[key]
        words = "\n".join(self.lines[rule.start : rule.end]) if marked else rule.text
        return Change(
            kind="add",
            path=self.path,
            heading=rule.heading,
            after=words.strip("\n"),
            behind=self._behind(rule),
        )

    def _behind(self, rule: Rule) -> tuple[str, ...]:
        """What stands above it in the new text, nearest first, by old and new words."""
        above = [r for r in self.after if r.start < rule.start][::-1]
        marks: list[str] = []
        for one in above:
            if one.start in self._moved:
                continue
            marks.append(places.mark(one.text))
            came_from = next(
                (o for n, o in self._came_from.items() if n[1] == one.start), None
            )
            if came_from is not None:
                marks.append(places.mark(self.pairs.old[came_from].text))
            if len(marks) >= MOST_BEHIND:
                break
        return (*marks, TOP) if len(marks) < MOST_BEHIND else tuple(marks)


def _item(kind: str, changes: tuple[Change, ...], *keys: Key) -> Item:
    return Item(kind=kind, changes=changes, regions=frozenset(k[0] for k in keys))


def _merged(free: dict[Key, Rule], into: Rule, known: Sequence[str]) -> list[Key]:
    """Take the deleted rules whose words stand in another one now; two make a merge.

    ``known`` are words that this rule had before: what it says of itself is no merge.
    """
    words = set(words_of(into.text))
    own = set(known)
    found = [
        key
        for key, rule in free.items()
        if _is_within(words_of(rule.text), words)
        and not _is_within(words_of(rule.text), own)
    ]
    for key in found:
        del free[key]
    return found


def _split(fresh: dict[Key, Rule], was: Rule, kept: Sequence[str]) -> list[Key]:
    """Take the added rules whose words one rule had before, and has no longer."""
    words, still = set(words_of(was.text)), set(kept)
    found = [
        key
        for key, rule in fresh.items()
        if _is_within(words_of(rule.text), words)
        and not _is_within(words_of(rule.text), still)
    ]
    for key in found:
        del fresh[key]
    return found


def _is_within(words: Sequence[str], others: set[str]) -> bool:
    """Whether most of these words are among the others."""
    if len(words) < FEWEST_WORDS:
        return False
    return sum(word in others for word in words) >= WITHIN * len(words)
