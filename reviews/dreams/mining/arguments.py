"""The arguments of a call: their shapes, their leaves, and where a value came from."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

MOST_VALUES = 200  # id-like values looked for per trace: keeps the search linear

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
    except (msgspec.DecodeError, ValueError):
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
    """What people, operators and tools have said so far, to ask whether a value was heard.

    A value is searched once per text, and only so many values are followed: the whole
    costs no more than a fixed number of passes over the trace.
    """

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._known: dict[str, int | None] = {}

    def add(self, text: str) -> None:
        """Remember a text as heard."""
        if text:
            self._texts.append(text.lower())

    def unheard(self, value: object) -> bool:
        """Whether a value names one thing that nobody has mentioned."""
        if not isinstance(value, str):
            return False
        if is_path(value):
            return not self._heard(value.rstrip("/").rsplit("/", 1)[-1].lower())
        return is_identifier(value) and not self._heard(value.lstrip("#").lower())

    def _heard(self, needle: str) -> bool:
        searched = self._known.get(needle, 0)
        if searched is None:
            return True
        if needle not in self._known and len(self._known) >= MOST_VALUES:
            return True  # not followed: never called invented
        for position in range(searched, len(self._texts)):
            if needle in self._texts[position]:
                self._known[needle] = None
                return True
        self._known[needle] = len(self._texts)
        return False
