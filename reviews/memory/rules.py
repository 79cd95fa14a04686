"""A memory's text as rules: its bullets, and what stands between them.

A bullet with everything nested in it is one rule; so is a paragraph, a code block, a
table, and the front matter of a file. Headings and dividers are structure: they are
in no rule. Every other line with something on it is in exactly one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from reviews.memory import lines as texts

Kind = Literal["bullet", "paragraph", "code", "table", "front"]

BULLET = re.compile(r"([ \t]*)([-*+]|\d{1,9}[.)])([ \t]+|$)")
HEADING = re.compile(r" {0,3}(#{1,6})(?=\s|$)")
DIVIDER = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}\s*$")
UNDERLINE = re.compile(r" {0,3}(=+|-+)\s*$")
FENCE = re.compile(r"[ \t]*(`{3,}+|~{3,}+)[^`]*$")
# Front matter is short; a divider on the first line and another far below are not it.
FRONT_LINES = 60
# What stands this much further in than its bullet belongs to the bullet.
INDENT = 2


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule where it stands: its lines, the headings above it, its bare text.

    The text of a bullet is without its marker and indentation, so that a rule reads
    the same wherever it is quoted. ``above`` has the line numbers of the headings.
    """

    start: int
    end: int
    kind: Kind
    text: str
    heading: tuple[str, ...] = ()
    above: tuple[int, ...] = ()
    id: str = ""


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """One heading: its line, its level, its words."""

    start: int
    end: int
    level: int
    text: str


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """A text taken apart: its headings and its rules, both in order."""

    headings: tuple[Heading, ...]
    rules: tuple[Rule, ...]


def split(text: str) -> tuple[Rule, ...]:
    """The rules of a text, in order and without ids."""
    return outline(texts.split(text)).rules


def outline(lines: Sequence[str]) -> Outline:
    """Headings and rules of these lines, each rule with the headings above it."""
    headings: list[Heading] = []
    rules: list[Rule] = []
    above: tuple[Heading, ...] = ()
    for kind, start, end in blocks(lines):
        if kind == "heading":
            headings.append(_heading(lines, start, end))
            above = under(above, headings[-1])
        elif kind != "divider":
            rules.append(_rule(lines, kind, start, end, above))
    return Outline(headings=tuple(headings), rules=tuple(rules))


def headings(lines: Sequence[str]) -> list[Heading]:
    """The headings of these lines, without the work of telling rules apart."""
    return [
        _heading(lines, start, end)
        for kind, start, end in blocks(lines)
        if kind == "heading"
    ]


def under(above: tuple[Heading, ...], heading: Heading) -> tuple[Heading, ...]:
    """The headings from the outermost down to one that follows."""
    return (*(h for h in above if h.level < heading.level), heading)


def dump(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Ids and places of rules as JSON; ``heading`` has line numbers.

    No words are among them: redaction empties the text, and with it all of these.
    """
    return [
        {"id": rule.id, "start": rule.start, "end": rule.end, "heading": rule.above}
        for rule in rules
    ]


def load(stored: Iterable[Mapping[str, Any]], text: str) -> tuple[Rule, ...]:
    """The rules that ``dump`` stored, with their words from the text they stand in."""
    lines = texts.split(text)
    return tuple(_loaded(place, lines) for place in stored)


def bare(lines: Sequence[str], kind: str) -> str:
    """The words of a rule: a bullet without its marker and its indentation."""
    return "\n".join(bare_lines(lines, kind))


def bare_lines(lines: Sequence[str], kind: str) -> list[str]:
    """As ``bare``, line by line."""
    found = BULLET.match(lines[0]) if kind == "bullet" else None
    if found is None:
        return [line.rstrip("\r") for line in lines]
    first = lines[0][found.end() :].rstrip("\r")
    if len(lines) == 1:
        return [first]
    width = len(found[0].expandtabs(4))
    return [first, *(_dedented(line.rstrip("\r"), width) for line in lines[1:])]


def heading_text(line: str) -> str:
    """The words of a heading, from its line."""
    words = line.strip()
    if not HEADING.match(line):
        return words
    words = words.lstrip("#").strip()
    # A row of hashes may close a heading; one that is glued to a word is part of it.
    closed = words.rstrip("#")
    return closed.rstrip() if closed != words and closed[-1:] in " \t" else words


def starts_block(line: str) -> bool:
    """Whether a line opens something of its own, wherever it stands."""
    return bool(_opening(line))


def _rule(
    lines: Sequence[str], kind: str, start: int, end: int, above: Sequence[Heading]
) -> Rule:
    """The rule of one block."""
    return Rule(
        start=start,
        end=end,
        kind=kind,  # type: ignore[arg-type]
        text=bare(lines[start:end], kind),
        heading=tuple(h.text for h in above),
        above=tuple(h.start for h in above),
    )


def _loaded(place: Mapping[str, Any], lines: Sequence[str]) -> Rule:
    """One stored place with its words."""
    start, end, above = place["start"], place["end"], tuple(place["heading"])
    kind = _kind(lines, start)
    return Rule(
        id=place["id"],
        start=start,
        end=end,
        kind=kind,
        text=bare(lines[start:end], kind),
        heading=tuple(heading_text(lines[number]) for number in above),
        above=above,
    )


def _heading(lines: Sequence[str], start: int, end: int) -> Heading:
    """The heading of one block, hashed or underlined."""
    found = HEADING.match(lines[start])
    if found and end == start + 1:
        level = len(found[1])
    else:
        level = 1 if "=" in lines[start + 1] else 2
    return Heading(start=start, end=end, level=level, text=heading_text(lines[start]))


def _kind(lines: Sequence[str], start: int) -> Kind:
    """What kind of rule begins here."""
    kind = _opening(lines[start])
    if kind == "divider" and start == 0:
        return "front"
    if kind in ("code", "bullet", "table"):
        return kind  # type: ignore[return-value]
    return "paragraph"


def blocks(lines: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Kind and range of every block, in order; blank lines are in none."""
    position = _front(lines)
    if position:
        yield "front", 0, position
    while position < len(lines):
        if not lines[position].strip():
            position += 1
            continue
        kind, end = _block(lines, position)
        yield kind, position, end
        position = end


def _front(lines: Sequence[str]) -> int:
    """Where front matter ends; 0 when there is none."""
    if lines and lines[0].rstrip() == "---":
        for number, line in enumerate(lines[1:FRONT_LINES], start=1):
            if line.rstrip() in {"---", "..."}:
                return number + 1
    return 0


def _block(lines: Sequence[str], start: int) -> tuple[str, int]:
    """Kind and end of the block that starts here."""
    kind = _opening(lines[start])
    if kind == "code":
        return kind, fence_end(lines, start)
    if kind == "bullet":
        return kind, _bullet_end(lines, start)
    if kind == "table":
        return kind, _run_end(lines, start, table=True)
    if kind:
        return kind, start + 1
    if start + 1 < len(lines) and UNDERLINE.match(lines[start + 1]):
        return "heading", start + 2
    return "paragraph", _run_end(lines, start, table=False)


def _opening(line: str) -> str:
    """What a line opens, by how it begins; empty when it is text like any other."""
    first = line.lstrip(" \t")[:1]
    if not first or first.isalpha():
        return ""
    if first == "#":
        return "heading" if HEADING.match(line) else ""
    if first == "|":
        return "table"
    if first in "`~":
        return "code" if FENCE.match(line) else ""
    # Counting is quicker than matching, and nearly every line is a bullet.
    if first in "-*_" and line.count(first) > 2 and DIVIDER.match(line):
        return "divider"
    bullet = (first in "-*+" or first.isdigit()) and BULLET.match(line)
    return "bullet" if bullet else ""


def fence_end(lines: Sequence[str], start: int) -> int:
    """Behind the closing fence, or the last line when it never closes."""
    opened = FENCE.match(lines[start])
    mark = opened[1] if opened else "```"
    for number in range(start + 1, len(lines)):
        line = lines[number].strip()
        if line.startswith(mark) and not line.strip(mark[0]):
            return number + 1
    end = len(lines)
    while not lines[end - 1].strip():
        end -= 1
    return end


def _bullet_end(lines: Sequence[str], start: int) -> int:
    """Behind everything that is nested in, or continues, the bullet."""
    inside = _indent(lines[start]) + INDENT
    end = position = start + 1
    while position < len(lines):
        line = lines[position]
        if not line.strip():
            position += 1
            continue
        nested = line[0].isspace() and _indent(line) >= inside
        lazy = not nested and position == end and not starts_block(line)
        if not (nested or lazy):
            break
        position = fence_end(lines, position) if FENCE.match(line) else position + 1
        end = position
    return end


def _run_end(lines: Sequence[str], start: int, *, table: bool) -> int:
    """Behind a run of lines of one kind without a blank one."""
    end = start + 1
    while end < len(lines) and lines[end].strip():
        if lines[end].lstrip().startswith("|") != table:
            break
        if not table and starts_block(lines[end]):
            break
        end += 1
    return end


def _indent(line: str) -> int:
    """Columns of white space before a line begins."""
    if not line[:1].isspace():
        return 0
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _dedented(line: str, width: int) -> str:
    """A line moved left by at most so many columns of white space."""
    expanded = line.expandtabs(4) if line[:1] in " \t" else line
    return expanded[min(width, len(expanded) - len(expanded.lstrip())) :]
