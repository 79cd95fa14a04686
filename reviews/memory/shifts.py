"""Changes that matter more than their size: must to may, 24 to 4, a "not" that came.

Found by rule among the words that a diff marks, so that the one-word edit that turns a
guard around is told before all others. Words that both sides keep say nothing; neither
do rules that are new or gone as a whole, because a reader sees those.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from operator import attrgetter
from typing import Literal, NamedTuple

import msgspec

from reviews.memory import diffs, guards, marks
from reviews.memory import lines as texts
from reviews.memory.diffs import Diff
from reviews.memory.guards import Kind, Marker
from reviews.memory.lines import Range
from reviews.memory.marks import WORD, Replaced

Verb = Literal["weakens", "strengthens", "reverses", "changes", "adds", "drops"]

# In an edit of more words than this, what only came or went is plain to see.
SHORT = 4
# No word of ours is longer, so further away none can belong to an edit.
AROUND = 40


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """One change of what a rule demands; a side that has nothing is empty.

    Ranges are characters of the whole texts, lines count from 0.
    """

    kind: Kind
    verb: Verb
    was: str = ""
    becomes: str = ""
    old_range: Range | None = None
    new_range: Range | None = None
    old_line: int = 0
    new_line: int = 0
    # Whether less is demanded, or forbidden, than before.
    weakens: bool = False

    @property
    def sentence(self) -> str:
        """The shift in words, without a full stop."""
        became = f"{self.was} → {self.becomes}"
        match self.verb:
            case "adds" | "drops":
                what = "a number: " if self.kind == "number" else ""
                quoted = self.was or self.becomes
                return f"{self.verb} {what or '“'}{quoted}{'' if what else '”'}"
            case "changes":
                return f"changes a number: {became}"
            case "reverses":
                return f"reverses: {became}"
        return f"{self.verb} a guard: {became}"


class _Place(NamedTuple):
    """A text on one side of an edit, and where it stands in its whole text."""

    text: str
    line: int
    offset: int


def find(old: str, new: str) -> tuple[Shift, ...]:
    """What shifts from one text to another."""
    return within(diffs.compare(old, new), old, new)


def within(diff: Diff, old: str, new: str) -> tuple[Shift, ...]:
    """What shifts within a diff of these two texts, in the order of the new one."""
    a, b = texts.split(old), texts.split(new)
    at_old, at_new = texts.starts(a), texts.starts(b)
    found: list[Shift] = []
    for (i, i_end), (j, j_end), old_marks, new_marks in _reworded(diff):
        was = _Place("\n".join(a[i:i_end]), i, at_old[i])
        becomes = _Place("\n".join(b[j:j_end]), j, at_new[j])
        found += _of(was, becomes, old_marks, new_marks)
    return tuple(sorted(found, key=lambda s: (s.new_line, s.new_range or (0, 0))))


def _reworded(
    diff: Diff,
) -> Iterator[tuple[Range, Range, Sequence[Range], Sequence[Range]]]:
    """Lines of both sides that say the same thing differently, and their marks."""
    for pair in (*diff.pairs(), *diff.edited):
        old, new = (pair.old, pair.old + 1), (pair.new, pair.new + 1)
        yield old, new, pair.old_marks, pair.new_marks
    for flow in filter(attrgetter("reworded"), diff.flows()):
        yield flow.old, flow.new, flow.old_marks, flow.new_marks
    both = diff.old_size and diff.new_size
    if both and not (diff.large or diff.changed or diff.blocks()):
        # One rule that was written anew.
        yield diff.hunks[0].old, diff.hunks[0].new, (), ()


def _of(
    was: _Place, becomes: _Place, old_marks: Sequence[Range], new_marks: Sequence[Range]
) -> Iterator[Shift]:
    """The shifts of one line, or one flow."""
    whole = Replaced((0, len(was.text)), (0, len(becomes.text)))
    edits = [whole]
    if old_marks or new_marks:
        edits = list(marks.replaced(was.text, becomes.text, old_marks, new_marks))
    old = _markers(was.text, [edit.old for edit in edits])
    new = _markers(becomes.text, [edit.new for edit in edits])
    for edit in edits:
        size = max(_words(was.text, edit.old), _words(becomes.text, edit.new))
        here, old = _touched(old, edit.old)
        there, new = _touched(new, edit.new)
        for gone, come in _matched(here, there, short=size <= SHORT):
            if shift := _shift(gone, come):
                yield _placed(shift, gone, come, was, becomes)


def _markers(text: str, places: Sequence[Range]) -> list[Marker]:
    """The markers of a text, looked for only near where it was edited."""
    if len(text) <= 2 * AROUND:
        return guards.markers(text)
    found: list[Marker] = []
    end = 0
    for place in places:
        start = max(end, place[0] - AROUND)
        start = text.rfind(" ", end, start) + 1 or end
        end = text.find(" ", place[1] + AROUND)
        end = len(text) if end < 0 else end
        found += (
            marker._replace(start=start + marker.start, end=start + marker.end)
            for marker in guards.markers(text[start:end])
        )
    return found


def _touched(found: list[Marker], place: Range) -> tuple[list[Marker], list[Marker]]:
    """The markers that an edit touches, and those that stand behind it."""
    here = [m for m in found if m.start <= place[1] and m.end >= place[0]]
    return here, [marker for marker in found if marker.start > place[1]]


def _matched(
    old: list[Marker], new: list[Marker], *, short: bool
) -> Iterator[tuple[Marker | None, Marker | None]]:
    """What took whose place; in a short edit also what only came or went."""
    old, new = _without(old, new), _without(new, old)
    for group in dict.fromkeys(marker.group for marker in (*old, *new)):
        gone = [marker for marker in old if marker.group == group]
        come = [marker for marker in new if marker.group == group]
        if short or len(gone) == len(come):
            yield from zip_longest(gone, come)


def _without(found: list[Marker], others: list[Marker]) -> list[Marker]:
    """The markers whose like the other side does not have, or not as often."""
    left = Counter((other.group, other.value) for other in others)
    kept = []
    for marker in found:
        left[marker.group, marker.value] -= 1
        if left[marker.group, marker.value] < 0:
            kept.append(marker)
    return kept


def _shift(gone: Marker | None, come: Marker | None) -> Shift | None:
    """What it means that one marker took the place of another, or of nothing."""
    if gone and come:
        return _instead(gone, come)
    marker = gone or come
    if marker is None or not _speaks_alone(marker):
        return None
    return Shift(
        kind="negation" if _is_never(marker) else marker.kind,
        verb="drops" if gone else "adds",
        was=gone.text if gone else "",
        becomes=come.text if come else "",
        weakens=_demands(marker)
        if gone
        else marker.kind != "number" and not _demands(marker),
    )


def _instead(gone: Marker, come: Marker) -> Shift | None:
    """One marker in another's place."""
    verb: Verb = "weakens" if come.strength < gone.strength else "strengthens"
    if gone.kind == "number":
        verb = "changes"
    elif _is_never(gone) or _is_never(come) or gone.strength == come.strength:
        verb = "reverses"
    was, becomes = gone.text, come.text
    if gone.kind == "number":
        was, becomes = guards.compared(gone, come)
    return Shift(
        kind=gone.kind, verb=verb, was=was, becomes=becomes, weakens=verb == "weakens"
    )


def _speaks_alone(marker: Marker) -> bool:
    """Whether it means something that this came or went, and nothing instead of it."""
    if marker.kind == "number":
        return any(letter.isdigit() for letter in marker.text)
    return marker.kind != "scope" or marker.group in {"only", "exception"}


def _is_never(marker: Marker) -> bool:
    return marker.group == "frequency" and marker.strength == guards.NEVER


def _demands(marker: Marker) -> bool:
    """Whether a rule with this demands more than one without it."""
    if marker.group == "modality":
        return marker.strength >= guards.BARE
    if marker.group == "frequency":
        return marker.strength > guards.BARE or _is_never(marker)
    return marker.group in {"negation", "only"}


def _placed(
    shift: Shift, gone: Marker | None, come: Marker | None, was: _Place, becomes: _Place
) -> Shift:
    """A shift with the places of its words in the whole texts."""
    old, new = gone.start if gone else 0, come.start if come else 0
    return msgspec.structs.replace(
        shift,
        old_range=(was.offset + gone.start, was.offset + gone.end) if gone else None,
        new_range=(becomes.offset + come.start, becomes.offset + come.end)
        if come
        else None,
        old_line=was.line + was.text.count("\n", 0, old),
        new_line=becomes.line + becomes.text.count("\n", 0, new),
    )


def _words(text: str, place: Range) -> int:
    """Words within a range of characters."""
    return sum(word[0].isalnum() for word in WORD.findall(text, *place))
