"""Where a rule goes in a text, and how its lines look there.

A bullet is written as its neighbours are, behind the last of them; a heading that is
missing is created; a rule that leaves takes its blank line along.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from reviews.errors import DomainError, Invalid
from reviews.memory import lines as texts
from reviews.memory import rules
from reviews.memory.rules import BULLET, Heading, Outline, Rule

DEFAULT_LEVEL = 2
DEEPEST = 6
MARK_LENGTH = 12
# Behind this, an addition is the whole text of a memory that it begins.
WHOLE = "whole"


class PlaceUnclear(DomainError):
    """Nothing can be added at this place."""

    code = "place-unclear"


class Place(NamedTuple):
    """Behind which line to add, and what has to stand there first."""

    line: int
    missing: tuple[str, ...] = ()
    level: int = DEFAULT_LEVEL
    # Where others said, not the end of a section; ``top``: above the first rule of one.
    chosen: bool = False
    top: bool = False


def mark(text: str) -> str:
    """What a rule's words are known by where its id cannot be known yet."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:MARK_LENGTH]


def insert(
    text: str, heading: Sequence[str], after: str, behind: Sequence[str] = ()
) -> str:
    """The text with one more rule under a heading: behind the last one, or behind these.

    Of the marks in ``behind`` the first that is there counts, so that several additions
    come to stand in one order, whichever is made first.
    """
    lines = texts.split(text)
    ending = "\r" if lines and lines[0].endswith("\r") else ""
    outline = rules.outline(lines)
    place = beside(lines, outline, heading, behind) if behind else None
    place = place or find(lines, outline, heading)
    rule = _formatted(lines, outline, place, after)
    above, below = _around(lines, outline, place, rule)
    added = [line + ending for line in (*above, *rule, *below)]
    lines[place.line : place.line] = added
    starts = {rule.start for rule in rules.outline(lines).rules}
    if place.line + len(above) not in starts:
        raise PlaceUnclear("Something above it has no end, such as a code block.")
    return texts.join(lines)


def find(lines: Sequence[str], outline: Outline, heading: Sequence[str]) -> Place:
    """The place under a heading: the heading itself, its nearest parent, or the end."""
    if any("\n" in words or not words.strip() for words in heading):
        raise Invalid("A heading is one line with something on it.")
    if not heading:
        title = _title(outline)
        start = title.end if title else 0
        return Place(_behind(lines, start, _next_heading(lines, outline, start)))
    crumbs = _crumbs(outline)
    for known in range(len(heading), 0, -1):
        found = _under(crumbs, heading[:known])
        if found is not None:
            missing = tuple(heading[known:])
            end = (
                _section_end(lines, outline, found)
                if missing
                else _next_heading(lines, outline, found.end)
            )
            return Place(_behind(lines, found.end, end), missing, found.level + 1)
    return Place(_behind(lines, 0, len(lines)), tuple(heading), _top_level(outline))


def beside(
    lines: Sequence[str],
    outline: Outline,
    heading: Sequence[str],
    behind: Sequence[str],
) -> Place | None:
    """The place behind the first of these rules, else at the top of the section."""
    crumbs = _crumbs(outline)
    exact = [h for path, h in crumbs if path == tuple(map(_plain, heading))]
    if heading and not exact:
        last = _first_of(outline.rules, behind)
        parents = len(heading) - 1
        known = bool(parents) and _under(crumbs, heading[:-1]) is not None
        if last is None or (parents and not known):
            return None
        level = _level_of(crumbs, heading[:-1])
        return Place(last.end, tuple(heading[-1:]), level, chosen=True)
    section = exact[0].end if exact else 0
    end = _next_heading(lines, outline, section)
    here = [rule for rule in outline.rules if section <= rule.start < end]
    found = _first_of(here, behind)
    if found is not None:
        return Place(found.end, chosen=True)
    if here:
        return Place(here[0].start, chosen=True, top=True)
    return Place(section, chosen=True)


def reworded(lines: Sequence[str], rule: Rule, after: str) -> list[str]:
    """The lines of a rule in other words; lines that stay keep their layout."""
    old = lines[rule.start : rule.end]
    ending = "\r" if old[0].endswith("\r") else ""
    known = dict(zip(rules.bare_lines(old, rule.kind), old, strict=True))
    words = _words(after)
    marker = BULLET.match(old[0]) if rule.kind == "bullet" else None
    if marker is None or BULLET.match(words[0]):
        return [line + ending for line in words]
    width = len(marker[0].expandtabs(4))
    first = marker[0] if marker[3] else marker[0] + " "
    rest = [known.get(line, _indented(line, width) + ending) for line in words[1:]]
    return [first + words[0] + ending, *rest]


def remove(lines: list[str], rule: Rule) -> None:
    """Take a rule out, with the blank line that would be one too many."""
    start = rule.start
    del lines[start : rule.end]
    blank_above = start == 0 or not lines[start - 1].strip()
    blank_below = start == len(lines) or not lines[start].strip()
    if blank_above and blank_below:
        if start < len(lines):
            del lines[start]
        elif start:
            del lines[start - 1]


def _around(
    lines: Sequence[str], outline: Outline, place: Place, rule: Sequence[str]
) -> tuple[list[str], list[str]]:
    """What stands above and below a new rule: missing headings, blank lines."""
    if place.top:
        return [], _below_top(lines, outline, place, rule)
    above: list[str] = []
    for depth, words in enumerate(place.missing):
        level = min(place.level + depth, DEEPEST)
        above += ["", f"{'#' * level} {words.strip()}"]
    last = _last_rule(outline, place)
    continues = last is not None and last.kind == "bullet" and not above
    tight = continues and BULLET.match(rule[0]) is not None
    if not tight or _is_loose(outline, place):
        above.append("")
    if place.line == 0:
        del above[0]
    below = place.line < len(lines) and lines[place.line].strip() and not tight
    return above, [""] if below else []


def _formatted(
    lines: Sequence[str], outline: Outline, place: Place, after: str
) -> list[str]:
    """The lines of a new rule: a bullet like its neighbours, unless it is a block."""
    words = _words(after)
    if rules.starts_block(words[0]):
        return words
    marker = "- "
    last = _last_rule(outline, place)
    if place.top:
        first = next(r for r in outline.rules if r.start == place.line)
        found = BULLET.match(lines[first.start])
        marker = f"{found[1]}{found[2]} " if found else marker
    if place.chosen and last and last.kind == "paragraph" and not place.missing:
        return words
    if last and last.kind == "bullet" and not place.missing:
        marker = _next_marker(lines[last.start])
    width = len(marker)
    return [marker + words[0], *(_indented(line, width) for line in words[1:])]


def _below_top(
    lines: Sequence[str], outline: Outline, place: Place, rule: Sequence[str]
) -> list[str]:
    """What keeps a new first rule apart from the one that was first."""
    first = next(i for i, r in enumerate(outline.rules) if r.start == place.line)
    bullets = BULLET.match(rule[0]) and outline.rules[first].kind == "bullet"
    pair = outline.rules[first : first + 2]
    loose = (
        len(pair) == 2
        and pair[1].kind == "bullet"
        and pair[0].above == pair[1].above
        and pair[0].end < pair[1].start
    )
    return [] if bullets and not loose else [""]


def _first_of(among: Sequence[Rule], behind: Sequence[str]) -> Rule | None:
    """The last rule that the first known mark stands for."""
    by_mark = {mark(rule.text): rule for rule in among}
    return next((by_mark[one] for one in behind if one in by_mark), None)


def _level_of(
    crumbs: Sequence[tuple[tuple[str, ...], Heading]], above: Sequence[str]
) -> int:
    """The level of a new heading below these, as deep as its sisters are."""
    sought = tuple(_plain(words) for words in above)
    sisters = [h.level for path, h in crumbs if path[:-1] == sought]
    if sisters:
        return sisters[-1]
    parent = _under(crumbs, above) if above else None
    return parent.level + 1 if parent else DEFAULT_LEVEL


def _next_marker(line: str) -> str:
    """The marker of the bullet after this one."""
    found = BULLET.match(line)
    mark = found[2] if found else "-"
    if mark[:-1].isdigit():
        mark = f"{int(mark[:-1]) + 1}{mark[-1]}"
    return f"{found[1] if found else ''}{mark} "


def _words(after: str) -> list[str]:
    """The lines of a rule's new text."""
    lines = [line.rstrip("\r") for line in after.strip("\r\n").split("\n")]
    return [lines[0].lstrip(), *lines[1:]]


def _indented(line: str, width: int) -> str:
    """A line moved right, unless there is nothing on it."""
    return " " * width + line if line.strip() else line


def _last_rule(outline: Outline, place: Place) -> Rule | None:
    """The rule right above a place."""
    return next((r for r in reversed(outline.rules) if r.end == place.line), None)


def _is_loose(outline: Outline, place: Place) -> bool:
    """Whether the bullets above a place have blank lines between them."""
    before = [r for r in outline.rules if r.end <= place.line][-2:]
    if len(before) < 2 or {r.kind for r in before} != {"bullet"}:
        return False
    return before[0].end < before[1].start and before[0].above == before[1].above


def _title(outline: Outline) -> Heading | None:
    """The heading that names the whole text, if one does."""
    tops = [h for h in outline.headings if h.level == 1]
    return tops[0] if len(tops) == 1 and tops[0] is outline.headings[0] else None


def _top_level(outline: Outline) -> int:
    """The level of a heading that stands under no other (but the title)."""
    if _title(outline):
        return DEFAULT_LEVEL
    return min((h.level for h in outline.headings), default=DEFAULT_LEVEL)


def _crumbs(outline: Outline) -> list[tuple[tuple[str, ...], Heading]]:
    """Every heading with the words from the outermost down to it."""
    crumbs = []
    above: tuple[Heading, ...] = ()
    for heading in outline.headings:
        above = rules.under(above, heading)
        crumbs.append((tuple(_plain(h.text) for h in above), heading))
    return crumbs


def _under(
    crumbs: Sequence[tuple[tuple[str, ...], Heading]], heading: Sequence[str]
) -> Heading | None:
    """The first heading at exactly this path, else the first whose path ends so."""
    sought = tuple(_plain(words) for words in heading)
    exact = [found for path, found in crumbs if path == sought]
    ending = [found for path, found in crumbs if path[-len(sought) :] == sought]
    return next(iter(exact or ending), None)


def _plain(words: str) -> str:
    """A heading for comparing: without case, emphasis and closing colon."""
    return words.strip(" \t*_`:#").casefold()


def _next_heading(lines: Sequence[str], outline: Outline, start: int) -> int:
    """Where the next heading of any level stands."""
    return next((h.start for h in outline.headings if h.start >= start), len(lines))


def _section_end(lines: Sequence[str], outline: Outline, heading: Heading) -> int:
    """Where the next heading stands that is no deeper than this one."""
    return next(
        (
            h.start
            for h in outline.headings
            if h.start > heading.start and h.level <= heading.level
        ),
        len(lines),
    )


def _behind(lines: Sequence[str], start: int, end: int) -> int:
    """Behind the last line of a range with something on it."""
    while end > start and not lines[end - 1].strip():
        end -= 1
    return end
