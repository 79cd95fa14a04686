"""Where a memory may stand: the path rules of Anthropic's memory stores.

Memories are files in a tree that agents mount, so what no file could be called, or
what a reader could mistake for another path, is refused instead of being repaired.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from reviews.errors import DomainError, Invalid

MAX_BYTES = 1024
MAX_SEGMENTS = 20
LINE_BREAKERS = {"\u2028", "\u2029"}


class PathTaken(DomainError):
    """Another memory stands in the way of this path."""

    code = "path-taken"


def check(path: str) -> None:
    """Refuse a path that breaks a rule, naming the rule."""
    fault = _fault(path)
    if fault:
        raise Invalid(f"The path {path!r} {fault}.", path=path)


def check_free(path: str, standing: Iterable[str]) -> None:
    """Refuse a path that equals, contains or lies inside another memory's path."""
    check_apart([path], standing)


def check_apart(arriving: Sequence[str], standing: Iterable[str]) -> None:
    """Refuse paths that equal, contain or lie inside each other's or a standing one."""
    taken = set(standing)
    folders = {folder: path for path in taken for folder in ancestors(path)}
    for path in arriving:
        if path in taken:
            raise PathTaken(f"There is already a memory at {path}.", path=path)
        above = (folder for folder in ancestors(path) if folder in taken)
        other = folders.get(path) or next(above, "")
        if other:
            raise PathTaken(
                f"{path} cannot stand beside {other}: one would be a folder and a "
                "memory at once.",
                path=path,
                conflicting_path=other,
            )
        taken.add(path)
        folders |= dict.fromkeys(ancestors(path), path)


def ancestors(path: str) -> Iterator[str]:
    """The folders above a path, innermost first, without the root."""
    while (path := path.rpartition("/")[0]) != "":
        yield path


def _fault(path: str) -> str:
    """What is wrong with a path, to follow "The path ..."; empty when nothing is."""
    if not path.startswith("/"):
        return "must start with a slash"
    segments = path[1:].split("/")
    if len(segments) > MAX_SEGMENTS:
        return f"has more than {MAX_SEGMENTS} segments"
    if "" in segments:
        return "has an empty segment (a double slash, or a slash at the end)"
    if "." in segments or ".." in segments:
        return "has a segment that is only dots"
    return _character_fault(path)


def _character_fault(path: str) -> str:
    """What is wrong with the characters of a path."""
    for character in path:
        category = unicodedata.category(character)
        if category in {"Cc", "Cs"}:
            return f"contains a control character (U+{ord(character):04X})"
        if category == "Cf":
            return f"contains an invisible character (U+{ord(character):04X})"
        if character in LINE_BREAKERS:
            return f"contains a line separator (U+{ord(character):04X})"
    if not unicodedata.is_normalized("NFC", path):
        return "is not in Unicode's composed form (NFC)"
    if len(path.encode()) > MAX_BYTES:
        return f"is longer than {MAX_BYTES} bytes"
    return ""
