"""The little words that decide what a rule demands: must, usually, not, only, 24 h.

Each has a group, in which words can take each other's place, and a strength in it where
one word demands more than another. English only, because rules are compared and not
understood; in other languages numbers remain.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["modality", "frequency", "scope", "number", "negation"]


class Marker(NamedTuple):
    """One such word where it stands; equal values demand the same."""

    kind: Kind
    group: str
    value: str
    strength: float
    start: int
    end: int
    text: str


# Group by group: words of falling strength. What says nothing demands as much as BARE.
_SCALES: dict[str, tuple[Kind, dict[float, str]]] = {
    "modality": ("modality", {
        3: "must|shall|has to|have to|need to|needs to|mandatory|required",
        2: "should|ought to|recommended|preferably|ideally",
        1: "may|might|can|could|optional|optionally|try to|if possible|when possible"
           "|where possible|if needed|as needed|when convenient",
    }),
    "frequency": ("frequency", {
        4: "always|every time|at all times|invariably",
        3: "usually|generally|normally|typically|mostly|by default|in general",
        2: "often|frequently",
        1: "sometimes|occasionally|from time to time",
        0.5: "rarely|seldom|hardly ever",
        0: "never",
    }),
    "quantity": ("scope", {
        3: "all|every|each",
        2: "most",
        1: "some|few|a few|several",
    }),
}  # fmt: skip
BARE = 3
HUNDRED = 100
NEVER = 0
# Words that only turn something around.
_POLES: tuple[tuple[str, str], ...] = (
    ("before|prior to", "after|afterwards"),
    ("above|over", "below|under"),
    ("more", "less|fewer"),
    ("minimum", "maximum"),
    ("at least", "at most|up to"),
    ("first", "last"),
    (
        "allow|allows|allowed|permit|permitted",
        "forbid|forbidden|deny|denied|prohibited",
    ),
    ("enable|enabled|enables", "disable|disabled|disables"),
    ("include|includes|including", "exclude|excludes|excluding"),
    ("accept|accepts|accepted", "reject|rejects|rejected|refuse|refuses|refused"),
    ("approve|approves|approved", "decline|declines|declined"),
    ("true", "false"),
    ("public", "private"),
)
# Words that count by being there at all.
_ALONE: dict[str, str] = {
    "only": "only|solely|exclusively",
    "exception": "unless|except|apart from|other than|with the exception of",
}

_COUNTS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
_NUMBERS = {word: float(n) for n, word in enumerate(_COUNTS)} | {
    "once": 1.0, "twice": 2.0, "thirty": 30.0, "forty": 40.0, "fifty": 50.0,
    "sixty": 60.0, "ninety": 90.0, "hundred": 100.0, "thousand": 1000.0,
}  # fmt: skip
_SAID = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_UNITS: dict[str, tuple[str, float]] = {
    word: (name, factor)
    for words, name, factor in (
        ("ms|millisecond|milliseconds", "s", 0.001),
        ("s|sec|secs|second|seconds", "s", 1),
        ("min|mins|minute|minutes", "s", 60),
        ("h|hr|hrs|hour|hours", "s", 3600),
        ("d|day|days", "s", 86_400),
        ("week|weeks", "s", 604_800),
        ("month|months", "month", 1),
        ("year|years", "month", 12),
        ("kb", "b", 1e3),
        ("mb", "b", 1e6),
        ("gb", "b", 1e9),
        ("kib", "b", 1024),
        ("mib", "b", 1024**2),
        ("%|percent", "%", 1),
        ("$|usd|dollar|dollars", "$", 1),
        ("€|eur|euro|euros", "€", 1),
        ("£|gbp|pounds", "£", 1),
    )
    for word in words.split("|")
}


def _known() -> Iterator[tuple[str, tuple[Kind, str, str, float]]]:
    """Every word of the tables with its kind, group, value and strength."""
    for group, (kind, steps) in _SCALES.items():
        for strength, words in steps.items():
            for word in words.split("|"):
                yield word, (kind, group, str(strength), strength)
    for poles in _POLES:
        for pole in poles:
            for word in pole.split("|"):
                yield word, ("scope", poles[0], pole, BARE)
    for group, words in _ALONE.items():
        for word in words.split("|"):
            yield word, ("scope", group, group, BARE)


_KNOWN = dict(_known())
_WORDS = re.compile(
    r"\b(?:"
    + "|".join(
        re.escape(word).replace(r"\ ", r"\s+")
        for word in sorted(_KNOWN, key=len, reverse=True)
    )
    + r")(?:\b|(?=n['\u2019]t\b|not\b))",
    re.IGNORECASE,
)
_NO = "cannot|not|no|without|none|neither|nor"
_NEGATION = re.compile(rf"(?:\w+n['\u2019]t|{_NO})\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?<![\w.])(?<![A-Za-z]-)(?P<before>[$€£]\s?)?(?P<number>\d{4}-\d\d-\d\d|\d+(?:[.,:/]\d+)*"
    rf"|(?:{_SAID})(?:[\s-](?:{_SAID})\b)*)"
    rf"(?P<after>[\s-]?(?:{'|'.join(map(re.escape, sorted(_UNITS, key=len, reverse=True)))}))?"
    r"(?![\w])",
    re.IGNORECASE,
)
# Where to look at all: at every word, and at the sign before an amount.
_WORD = re.compile(r"[$€£]\s?\d+|\w+")
_FIRST = frozenset(word.split()[0] for word in _KNOWN)
_MAY_NEGATE = re.compile(rf"(?:{_NO}|\w+n)$")
# The number of a list item or a heading counts nothing.
_ORDINAL = re.compile(r"^[ \t>#]*\d+[.)](?=\s)", re.MULTILINE)


def markers(text: str) -> list[Marker]:
    """All of them, in order."""
    ordinals = {found.end() - 2 for found in _ORDINAL.finditer(text)}
    found: list[Marker] = []
    ends = {"word": 0, "number": 0}
    for word in _WORD.finditer(text):
        first, at = word[0].casefold(), word.start()
        if at >= ends["word"] and _begins(first) and (known := _WORDS.match(text, at)):
            found.append(_known_word(known))
            ends["word"] = known.end()
        if _MAY_NEGATE.match(first) and (negation := _NEGATION.match(text, at)):
            found.append(_negation(negation))
        if at >= ends["number"] and (number := _number_at(text, at, first)):
            ends["number"] = number.end()
            if number.end("number") - 1 not in ordinals:
                found.append(_number(number))
    return found


def compared(gone: Marker, come: Marker) -> tuple[str, str]:
    """Two numbers as they are quoted side by side: with units where those differ."""
    sides = [_NUMBER.fullmatch(marker.text) for marker in (gone, come)]
    units = {(f["before"] or "", f["after"] or "") for f in sides if f}
    if len(units) > 1:
        return gone.text, come.text
    was, becomes = (f["number"] if f else "" for f in sides)
    return was, becomes


def _begins(first: str) -> bool:
    """Whether a word of the tables begins with this one, or with it and a not."""
    return first in _FIRST or first.removesuffix("n") in _FIRST or first == "cannot"


def _number_at(text: str, at: int, first: str) -> re.Match[str] | None:
    known = first[0].isdigit() or first[0] in "$€£" or first in _NUMBERS
    return _NUMBER.match(text, at) if known else None


def _known_word(found: re.Match[str]) -> Marker:
    kind, group, value, strength = _KNOWN[" ".join(found[0].casefold().split())]
    return Marker(kind, group, value, strength, *found.span(), found[0])


def _negation(found: re.Match[str]) -> Marker:
    return Marker("negation", "negation", "not", BARE, *found.span(), found[0])


def _number(found: re.Match[str]) -> Marker:
    """A number by its value in its unit: an hour is sixty minutes."""
    said = found["number"].casefold()
    unit = (found["before"] or found["after"] or "").strip(" \t\n-").casefold()
    name, factor = _UNITS.get(unit, ("", 1.0))
    plain = re.sub(r",(?=\d{3}\b)", "", said)
    try:
        number = float(plain) if said[0].isdigit() else _in_figures(said)
        value = f"{number * factor:g} {name}"
    except ValueError:
        value = f"{said} {name}"
    return Marker("number", "number", value, BARE, *found.span(), found[0])


def _in_figures(said: str) -> float:
    """One hundred, twenty-five."""
    total = 0.0
    for word in re.split(r"[\s-]", said):
        number = _NUMBERS[word]
        # A hundred counts what is before it, anything else is added.
        total = max(1, total) * number if number >= HUNDRED else total + number
    return total
