"""Which of many expressions may be found in a sentence, by one look at it instead of one each.

A sieve lets too much through, never too little: what it names still has to be searched for.
"""

from collections.abc import Mapping, Set
from functools import lru_cache

import re2

_LOOKS_AROUND = ("(?=", "(?!", "(?<=", "(?<!")
# Room for what a set has learnt of the sentences that it saw; it forgets what is over.
_MEMORY = 1 << 25
# A run's sentences are looked at by several readers, one after the other.
_REMEMBERED = 256


class Sieve:
    """Expressions by name, looked for all at once, whatever their case."""

    def __init__(self, patterns: Mapping[str, str]) -> None:
        self._all = frozenset(patterns)
        self._names = tuple(patterns)
        options = re2.Options()
        options.max_mem = _MEMORY
        self._set = re2.Set.SearchSet(options)
        for pattern in patterns.values():
            self._set.Add(f"(?i)(?:{without_looking_around(pattern)})")
        self._set.Compile()
        self.possible = lru_cache(maxsize=_REMEMBERED)(self._possible)

    def _possible(self, text: str) -> Set[str]:
        """The names of the expressions that may be found in a text; all where it cannot tell.

        Borders, letters and spaces are those of ASCII.
        """
        if not text.isascii() or not text.isprintable():
            return self._all
        return frozenset(map(self._names.__getitem__, self._set.Match(text) or ()))


def without_looking_around(pattern: str) -> str:
    """An expression that finds at least what this one finds, without look-arounds."""
    kept, place = [], 0
    while place < len(pattern):
        if pattern.startswith(_LOOKS_AROUND, place):
            place = _end_of_group(pattern, place)
            continue
        size = 2 if pattern[place] == "\\" else 1
        kept.append(pattern[place : place + size])
        place += size
    return "".join(kept)


def _end_of_group(pattern: str, start: int) -> int:
    """Where the group that begins here ends."""
    place, depth, listing = start, 0, False
    while place < len(pattern):
        character = pattern[place]
        if character == "\\":
            place += 1
        elif listing:
            listing = character != "]"
        elif character == "[":
            listing = True
        elif character in "()":
            depth += 1 if character == "(" else -1
        place += 1
        if depth == 0:
            break
    return place
