"""A step's text as it is read: laid out, and cut where something begins or ends.

Quotes count code points of the text as it is stored, so a text that is quoted is never
laid out anew; lines of a patch, quotes and hits of a search may overlap as they like.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reviews.proposals.models import Evidence
from reviews.traces.steps import Step
from reviews.web.presenters.pieces import Piece, pieces

type Range = tuple[int, int]
type Tones = list[tuple[int, int, str]]

# Shorter arguments are as readable in the line in which they came.
SHORT = 80
# Longer patches are shown without colours: each line would be a piece of its own.
MOST_LINES = 3_000
_HUNK = re.compile(r"^@@ -\d+(,\d+)? \+\d+(,\d+)? @@", re.MULTILINE)
_SIGNS = {"+": "added", "-": "deleted", "@": "place"}
# The arguments of tools that replace one text by another.
_REPLACED = {"old_string": "new_string", "old_str": "new_str"}


@dataclass(frozen=True)
class Quoted:
    """A quote of a proposal in this trace, and whether the text still says it."""

    evidence: Evidence
    intact: bool
    # Its footnote: quotes are counted through the run.
    number: int = 0
    # It belongs to the proposal that the reader came from, if they came from one.
    ours: bool = True
    lit: bool = False


@dataclass(frozen=True)
class Passage:
    """A stretch of a step's text, and what it belongs to."""

    pieces: tuple[Piece, ...]
    # In a patch: added, deleted, or the place of a hunk.
    tone: str = ""
    quoted: bool = False
    # The quotes that begin here: their marks carry anchor and footnote.
    begins: tuple[Quoted, ...] = ()
    lit: bool = False
    dim: bool = False
    hit: bool = False

    @property
    def marked(self) -> bool:
        return self.quoted or self.hit


def laid_out(step: Step) -> tuple[str, Tones]:
    """A step's text for reading: JSON indented, arguments by name, patches coloured."""
    value = _value(step.text)
    if value is None:
        # What opens with empty lines says nothing by them.
        text = step.text.lstrip("\n")
        return text, tones_of(text)
    if step.kind == "tool_call" and isinstance(value, dict):
        lines = list(_arguments(value))
        return "".join(text for text, _ in lines).rstrip("\n"), _toned(lines)
    return json.dumps(value, ensure_ascii=False, indent=2), []


def tones_of(text: str) -> Tones:
    """The lines of a unified diff by what they do; none where it is no diff."""
    begun = _HUNK.search(text)
    if begun is None or text.count("\n") > MOST_LINES:
        return []
    lines = text[begun.start() :].splitlines(keepends=True)
    return _toned([(line, _SIGNS.get(line[0], "")) for line in lines], begun.start())


def passages(
    text: str,
    quotes: Sequence[Quoted] = (),
    tones: Tones | None = None,
    hits: Sequence[Range] = (),
) -> Iterator[Passage]:
    """Cut a text; what overlaps shares its passages."""
    tones = tones or []
    edges = {0, len(text)}
    edges.update(
        min(edge, len(text)) for start, end, _ in tones for edge in (start, end)
    )
    edges.update(edge for start, end in hits for edge in (start, end))
    for one in quotes:
        edges |= {one.evidence.start, one.evidence.end}
    of_tone, of_hit = _Cursor(tones), _Cursor([(s, e, "hit") for s, e in hits])
    for start, end in itertools.pairwise(sorted(edges)):
        over = [
            o for o in quotes if o.evidence.start <= start and end <= o.evidence.end
        ]
        yield Passage(
            # Trailing spaces are odd in memory; in a trace they are everyday.
            pieces=tuple(pieces(text[start:end], last=False)),
            tone=of_tone.at(start),
            quoted=bool(over),
            begins=tuple(o for o in over if o.evidence.start == start),
            lit=any(o.lit for o in over),
            dim=bool(over) and not any(o.ours for o in over),
            hit=bool(of_hit.at(start)),
        )


class _Cursor:
    """Ranges in order, asked about places in order."""

    def __init__(self, ranges: Tones) -> None:
        self._ranges = iter(ranges)
        self._now = next(self._ranges, None)

    def at(self, place: int) -> str:
        while self._now and self._now[1] <= place:
            self._now = next(self._ranges, None)
        return self._now[2] if self._now and self._now[0] <= place else ""


def _value(text: str) -> Any:
    """What the text says in JSON, if it is JSON that is worth laying out."""
    if text[:1] not in ("{", "[") or (len(text) < SHORT and "\n" not in text):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _arguments(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A call's arguments, one after the other; texts of several lines as they read."""
    new = {after for before, after in _REPLACED.items() if before in value}
    for name, told in value.items():
        if name in new:
            continue
        other = value.get(_REPLACED.get(name, ""))
        if isinstance(told, str) and isinstance(other, str):
            yield from _patch(told, other)
        elif (
            isinstance(told, str) and json.dumps(told, ensure_ascii=False)[1:-1] != told
        ):
            yield f"{name}:\n", ""
            yield "".join(f"  {line}\n" for line in told.split("\n")), ""
        else:
            yield f"{name}: {json.dumps(told, ensure_ascii=False, indent=2)}\n", ""


def _patch(old: str, new: str) -> Iterator[tuple[str, str]]:
    """What a replacement takes out and puts in, without the lines that stay at its ends."""
    before, after = old.split("\n"), new.split("\n")
    shared = itertools.takewhile(
        lambda pair: pair[0] == pair[1], zip(before, after, strict=False)
    )
    head = len(list(shared))
    ends = zip(reversed(before[head:]), reversed(after[head:]), strict=False)
    tail = len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], ends)))
    yield from (("  " + line + "\n", "") for line in before[:head])
    for lines, sign, tone in ((before, "-", "deleted"), (after, "+", "added")):
        gone = lines[head : len(lines) - tail]
        yield from ((f"{sign} {line}\n", tone) for line in gone)
    yield from (("  " + line + "\n", "") for line in before[len(before) - tail :])


def _toned(lines: Iterable[tuple[str, str]], at: int = 0) -> Tones:
    """Ranges of neighbouring lines of one tone."""
    found: Tones = []
    for tone, group in itertools.groupby(lines, key=lambda line: line[1]):
        end = at + sum(len(text) for text, _ in group)
        if tone:
            found.append((at, end, tone))
        at = end
    return found
