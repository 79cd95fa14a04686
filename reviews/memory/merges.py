"""Two texts that grew out of one, made into one again, or a conflict shown whole.

Changes at different lines are both kept, also next to each other, as long as a rule or
a paragraph begins between them. Two additions of whole bullets at one place are both
kept, ours first. Everything else that both sides touched is for a person to choose.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from reviews.errors import Invalid
from reviews.memory import lines as texts
from reviews.memory import matching, rules

Side = Literal["base", "ours", "theirs"]


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """What both sides made of one place; ``line`` counts in the base."""

    line: int
    base: tuple[str, ...]
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of the merged text in order: lines that are settled, and conflicts."""

    pieces: tuple[tuple[str, ...] | Conflict, ...]
    ended: bool = True

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Conflict))

    @property
    def text(self) -> str | None:
        """The merged text; None while there are conflicts."""
        return None if self.conflicts else resolve(self, ())


class _Edit(NamedTuple):
    """A gap of one side: what it made of a range of the base."""

    start: int
    end: int
    side: Literal["ours", "theirs"]
    lines: tuple[str, ...]


def merge(base: str, ours: str, theirs: str) -> Merge:
    """Both sides' changes to the base in one text."""
    lines = texts.split(base)
    edits = sorted([*_edits(lines, ours, "ours"), *_edits(lines, theirs, "theirs")])
    pieces: list[tuple[str, ...] | Conflict] = []
    done = 0
    for group in _groups(edits, lines):
        start, end = group[0].start, max(edit.end for edit in group)
        pieces.append(tuple(lines[done:start]))
        pieces.append(_settled(group, lines, start, end))
        done = end
    pieces.append(tuple(lines[done:]))
    ended = _ended(base, ours, theirs)
    return Merge(pieces=tuple(piece for piece in pieces if piece), ended=ended)


def resolve(merged: Merge, choices: Sequence[Side]) -> str:
    """The text with one side chosen for each conflict, in order."""
    if len(choices) != len(merged.conflicts):
        raise Invalid(
            f"{len(merged.conflicts)} places need a choice, {len(choices)} were made."
        )
    chosen = iter(choices)
    lines: list[str] = []
    for piece in merged.pieces:
        if isinstance(piece, Conflict):
            sides = {"base": piece.base, "ours": piece.ours, "theirs": piece.theirs}
            lines += sides[next(chosen)]
        else:
            lines += piece
    return texts.join(lines, ended=merged.ended)


def _edits(
    base: Sequence[str], text: str, side: Literal["ours", "theirs"]
) -> Iterator[_Edit]:
    """What one side made of the base."""
    lines = texts.split(text)
    for gap in matching.gaps(matching.match(base, lines), len(base), len(lines)):
        became = tuple(lines[gap.new_start : gap.new_end])
        yield _Edit(gap.old_start, gap.old_end, side, became)


def _groups(edits: Sequence[_Edit], base: Sequence[str]) -> Iterator[list[_Edit]]:
    """Edits that cannot be told apart: they overlap, or touch within one rule."""
    group: list[_Edit] = []
    end = 0
    for edit in edits:
        if group and not _is_apart(group, end, edit, base):
            group.append(edit)
        else:
            if group:
                yield group
            group, end = [edit], 0
        end = max(end, edit.end)
    if group:
        yield group


def _is_apart(
    group: Sequence[_Edit], end: int, edit: _Edit, base: Sequence[str]
) -> bool:
    """Whether an edit has nothing to do with the edits before it."""
    if edit.start != end:
        return edit.start > end
    if all(other.side == edit.side for other in group):
        return True
    both_insert = edit.start == edit.end and any(
        other.start == other.end == end and other.side != edit.side for other in group
    )
    return not both_insert and _begins_block(base, edit.start)


def _begins_block(base: Sequence[str], line: int) -> bool:
    """Whether something of its own begins at this line of the base."""
    if line in (0, len(base)):
        return True
    here, above = base[line], base[line - 1]
    return (
        not here.strip()
        or not above.strip()
        or rules.HEADING.match(above) is not None
        or rules.starts_block(here)
    )


def _settled(
    group: Sequence[_Edit], base: Sequence[str], start: int, end: int
) -> tuple[str, ...] | Conflict:
    """One text for a group, if there is one that loses nothing."""
    before = tuple(base[start:end])
    ours = _side(group, "ours", base, start, end)
    theirs = _side(group, "theirs", base, start, end)
    if theirs in (ours, before):
        return ours
    if ours == before:
        return theirs
    if not before and _are_different_bullets(ours, theirs):
        return (*ours, *theirs)
    return Conflict(line=start, base=before, ours=ours, theirs=theirs)


def _side(
    group: Sequence[_Edit], side: Side, base: Sequence[str], start: int, end: int
) -> tuple[str, ...]:
    """What one side has where a group of edits stands."""
    lines: list[str] = []
    at = start
    for edit in group:
        if edit.side == side:
            lines += [*base[at : edit.start], *edit.lines]
            at = edit.end
    return (*lines, *base[at:end])


def _are_different_bullets(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether both are whole bullets and nothing else, with no bullet in common."""
    sides = [rules.outline(lines) for lines in (ours, theirs)]
    if any(side.headings for side in sides) or not (
        ours[0].strip() and theirs[0].strip()
    ):
        return False
    if any(rule.kind != "bullet" for side in sides for rule in side.rules):
        return False
    said = {rule.text for rule in sides[0].rules}
    return not said & {rule.text for rule in sides[1].rules}


def _ended(base: str, ours: str, theirs: str) -> bool:
    """Whether the merged text ends with a newline: whoever changed that has it."""
    was, we, they = (texts.is_ended(text) for text in (base, ours, theirs))
    return they if we == was else we
