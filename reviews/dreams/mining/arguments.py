"""The arguments of a call: their shapes, their leaves, and where a value came from."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

MOST_VALUES = 200  # id-like values looked for per trace: keeps the search linear
# Longer values are not kept in mind.
_REMEMBERED = 100

_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)*")
_DATE = re.compile(
    r"^\d{4}-\d{2}(?:$|-)|^\d{4}-W\d|^\d{1,2}:\d{2}|^\d{1,2}/\d{1,2}/\d{2,4}$"
)
_ENUM = re.compile(r"^[A-Za-z][A-Za-z _.:/-]{0,23}$")
_PATH = re.compile(
    r"^(?:~|\.{1,2}|[A-Za-z]:)?[/\\][^\s]{2,300}$|^[\w.@+-]+(?:/[\w.@+-]+)+$"
)
_IDENTIFIER = re.compile(r"^#?[\w.@:+#-]{4,64}$")


def of(text: str) -> dict[str, Any]:
    """The arguments of a call's text; what is not an object is one argument, ``input``."""
    try:
        value = msgspec.json.decode(text) if text.strip() else {}
    except (msgspec.DecodeError, ValueError, RecursionError):
        value = text
    return value if isinstance(value, dict) else {"input": value}


def texts(arguments: Mapping[str, Any]) -> dict[str, str]:
    """The arguments that are short texts, for masking."""
    return {
        name: value
        for name, value in arguments.items()
        if isinstance(value, str) and len(value) <= 80
    }


def leaves(value: object, depth: int = 0) -> Iterator[object]:
    """Every plain value within a value."""
    if isinstance(value, dict):
        parts: Sequence[object] = list(value.values())
    elif isinstance(value, list):
        parts = value
    else:
        yield value
        return
    if depth < 6:
        for part in parts[:100]:
            yield from leaves(part, depth + 1)


def numbers(value: object) -> list[float]:
    """Every number within a value."""
    return [
        float(leaf)
        for leaf in leaves(value)
        if isinstance(leaf, int | float) and not isinstance(leaf, bool)
    ]


def numbers_in(text: str) -> set[float]:
    """The numbers that a text states."""
    stated = set()
    for figure in _NUMBER.findall(text[:2_000]):
        try:
            stated.add(float(figure.replace(",", "")))
        except ValueError:  # a version, an address
            continue
    return stated


def is_path(value: str) -> bool:
    """Whether a value names a file."""
    return "/" in value and _PATH.match(value) is not None


def is_identifier(value: str) -> bool:
    """Whether a value names one thing: letters with digits, a long number, a mail address."""
    if not _IDENTIFIER.match(value) or _DATE.match(value):
        return False
    digits = sum(map(str.isdigit, value))
    return ("@" in value and "." in value) or (
        digits > 0 and (digits >= 5 or digits < len(value.strip("#-.")))
    )


def shapes(value: object) -> Iterator[str]:
    """The outward shapes of a text argument that a tool may stumble over."""
    if not isinstance(value, str) or not value or len(value) > 200:
        return
    if len(value) > 2 and value[0] == value[-1] and value[0] in "\"'":
        yield "quoted"
    if value.endswith(")") and "(" in value:
        yield "parens"
    if "," in value:
        yield "comma"
    if value.startswith("#"):
        yield "hash"
    if value.count(" ") >= 2:
        yield "words"


def enum(value: object) -> str:
    """The value itself where it looks like one of a few choices, else nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) and _ENUM.match(value) else ""


class Heard:
    """What people, operators and tools have said so far, and who said a value first.

    A value is searched once per text, and only so many values are followed: the whole
    costs no more than a fixed number of passes over the trace.
    """

    def __init__(self) -> None:
        self._texts: list[str] = []
        # Per text: the names of the tool that answered it; nothing for people and operators.
        self._sources: list[tuple[str, ...]] = []
        # Per value: the text that held it first, or how many texts do not hold it.
        self._found: dict[str, int] = {}
        self._searched: dict[str, int] = {}

    def add(self, text: str, source: tuple[str, ...] = ()) -> None:
        """Remember a text as heard."""
        if text:
            self._texts.append(text.lower())
            self._sources.append(source)

    def unheard(self, value: object) -> bool:
        """Whether a value names one thing that nobody has mentioned."""
        needle = _needle(value)
        return needle != "" and not self._heard(needle)

    def source(self, value: object) -> tuple[str, ...]:
        """The names of the tool whose answer was the first to mention a value."""
        needle = _needle(value)
        if not needle or not self._heard(needle) or needle not in self._found:
            return ()
        return self._sources[self._found[needle]]

    def _heard(self, needle: str) -> bool:
        if needle in self._found:
            return True
        searched = self._searched.get(needle, 0)
        if needle not in self._searched:
            if len(self._searched) >= MOST_VALUES:
                return True  # not followed: never called invented
            self._searched[needle] = 0
        for position in range(searched, len(self._texts)):
            if needle in self._texts[position]:
                self._found[needle] = position
                return True
        self._searched[needle] = len(self._texts)
        return False


def _needle(value: object) -> str:
    """What to look for, where a value names one thing."""
    if not isinstance(value, str):
        return ""
    return _short_needle(value) if len(value) <= _REMEMBERED else _needle_of(value)


def _needle_of(value: str) -> str:
    if is_path(value):
        return value.rstrip("/").rsplit("/", 1)[-1].lower()
    return value.lstrip("#").lower() if is_identifier(value) else ""


# A run names the same things again and again.
_short_needle = lru_cache(maxsize=2_048)(_needle_of)
