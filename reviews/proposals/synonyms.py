"""Whether two rewordings of one rule are the same one in other words; pure.

Measures of likeness fail where nearly every word was replaced. But both then replace the
same words of the rule, and what they demand is the same: its numbers, names and guards.
"""

import re
from collections import defaultdict
from typing import NamedTuple

from reviews.memory import guards
from reviews.memory.guards import BARE, Marker
from reviews.proposals import neighbours

# More than this share of the replaced words is replaced by both.
_SHARED = 0.5
# Twice as many words as it replaces, and two, are still other words, and no addition.
_TIMES, _MORE = 2, 2
# One word for another may be another thing, unless what is demanded changes with it.
_WORDS = 2
# What is at least as strong says no less than a rule that says nothing of it.
_GRADED = {"modality": BARE, "frequency": 4}
_ALONE = ("only", "exception")
_NAME = re.compile(r"`([^`\n]{1,80})`|\b(\w+(?:_\w+)+)\b|(?<!\w)(--?[a-z][\w-]+)")


class _Demand(NamedTuple):
    """What a text asks for, whatever its words are."""

    numbers: tuple[str, ...]
    names: frozenset[str]
    # How much less than "must" or "always" it asks for, and its "only" and "unless".
    weak: frozenset[tuple[str, float]]
    alone: frozenset[str]


def same(rule: str, one: str, other: str) -> bool:
    """Whether both put other words in the same places of a rule, and demand the same."""
    words = neighbours.content(rule)
    left, right = neighbours.content(one), neighbours.content(other)
    gone, also_gone = words - left, words - right
    shared = gone & also_gone
    if len(shared) <= _SHARED * len(gone | also_gone):
        return False
    if any(
        len(text - words) > _TIMES * len(words - text) + _MORE for text in (left, right)
    ):
        return False
    demand = _demand(one)
    if demand != _demand(other) or _turned(one, other):
        return False
    return demand != _demand(rule) or len(shared) >= _WORDS


def _demand(text: str) -> _Demand:
    found = guards.markers(text)
    weak = {
        (one.group, one.strength)
        for one in found
        if one.strength < _GRADED.get(one.group, 0)
    }
    return _Demand(
        numbers=tuple(sorted(one.value for one in found if _is_amount(one))),
        names=frozenset(
            next(filter(None, name.groups())).casefold()
            for name in _NAME.finditer(text)
        ),
        weak=frozenset(weak),
        alone=frozenset(one.group for one in found if one.group in _ALONE),
    )


def _is_amount(one: Marker) -> bool:
    """Whether it is a number that counts something: "one of them" is not."""
    unit = one.value.partition(" ")[2]
    return one.kind == "number" and (bool(unit) or any(map(str.isdigit, one.text)))


def _turned(one: str, other: str) -> bool:
    """Whether one says before where the other says after: both name it, and differ."""
    sides = []
    for text in (one, other):
        values: defaultdict[str, set[str]] = defaultdict(set)
        for marker in guards.markers(text):
            if marker.kind == "scope" and marker.group not in _ALONE:
                values[marker.group].add(marker.value)
        sides.append(values)
    left, right = sides
    return any(left[group].isdisjoint(right[group]) for group in left.keys() & right)
