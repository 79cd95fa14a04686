"""Text as a model is shown it, and the way back from its quotes to the stored steps.

What nobody can see is taken out and counted. Quotes are compared after composition (NFC)
and with white space as one blank, and come back as exact offsets into the stored text.
"""

import unicodedata
from typing import NamedTuple

from rapidfuzz import fuzz

from reviews.memory import oddities

# Similarity from which a misquote is one: it is replaced by what really stands there.
NEAR = 95.0
# Characters held against each other: half a second of work.
_MOST_PAIRS = 20_000_000
_CUT = "…"


class Shown(NamedTuple):
    """A text without what nobody can see, and how much that was."""

    text: str
    hidden: int


class Folded(NamedTuple):
    """A text for comparing, and for each of its characters the range it comes from."""

    text: str
    places: tuple[tuple[int, int], ...]


def shown(text: str) -> Shown:
    """Take out what hides: invisible and control characters, tags, turns of direction."""
    hidden = [odd for odd in oddities.find(text) if odd.kind in oddities.HIDDEN]
    if not hidden:
        return Shown(text, 0)
    parts, at = [], 0
    for odd in hidden:
        parts.append(text[at : odd.start])
        at = odd.end
    count = sum(odd.end - odd.start for odd in hidden)
    return Shown("".join([*parts, text[at:]]), count)


def around(text: str, start: int, end: int, most: int) -> str:
    """At most so many characters of a text, with the range in them."""
    if len(text) <= most:
        return text
    before = max(0, (most - (end - start)) // 2)
    left = max(0, min(start - before, len(text) - most))
    right = min(len(text), left + most)
    return f"{_CUT * (left > 0)}{text[left:right]}{_CUT * (right < len(text))}"


def fold(text: str) -> Folded:
    """Compose, drop what hides, and make every run of white space one blank."""
    gone = {
        place
        for odd in oddities.find(text)
        if odd.kind in oddities.HIDDEN
        for place in range(odd.start, odd.end)
        if not text[place].isspace()
    }
    kept: list[str] = []
    places: list[tuple[int, int]] = []
    for start, end in _clusters(text):
        if start in gone:
            continue
        if text[start].isspace():
            if kept and kept[-1] == " ":
                places[-1] = (places[-1][0], end)
                continue
            composed = " "
        else:
            composed = unicodedata.normalize("NFC", text[start:end])
        kept.extend(composed)
        places.extend([(start, end)] * len(composed))
    return Folded("".join(kept), tuple(places))


def find(quote: str, text: str) -> tuple[int, int] | None:
    """Where a quote stands in a text, word for word."""
    needle, hay = fold(quote).text.strip(), fold(text)
    at = hay.text.find(needle) if needle else -1
    return _range(hay, at, at + len(needle)) if at >= 0 else None


def near(quote: str, text: str) -> tuple[int, int] | None:
    """Where a text says nearly what a quote says."""
    needle, hay = fold(quote).text.strip(), fold(text)
    if not needle or len(needle) > len(hay.text):
        return None
    if len(needle) * len(hay.text) > _MOST_PAIRS:
        return None
    found = fuzz.partial_ratio_alignment(needle, hay.text, score_cutoff=NEAR)
    if found is None or found.dest_end <= found.dest_start:
        return None
    return _range(hay, found.dest_start, found.dest_end)


def _range(hay: Folded, start: int, end: int) -> tuple[int, int] | None:
    while start < end and hay.text[start] == " ":
        start += 1
    while end > start and hay.text[end - 1] == " ":
        end -= 1
    return (hay.places[start][0], hay.places[end - 1][1]) if start < end else None


def _clusters(text: str) -> list[tuple[int, int]]:
    """Each character with the marks that combine with it."""
    found: list[tuple[int, int]] = []
    for place, character in enumerate(text):
        if found and unicodedata.combining(character):
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found
