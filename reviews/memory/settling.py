"""What two sides made of one place: one text that loses nothing, if there is one."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from reviews.memory import rules

Side = Literal["ours", "theirs"]


class Change(NamedTuple):
    """What one side made of a range of the base."""

    start: int
    end: int
    lines: tuple[str, ...]


class Edit(NamedTuple):
    """A change, and whose it is."""

    start: int
    end: int
    lines: tuple[str, ...]
    side: Side


class Place(NamedTuple):
    """A range of the base where edits cannot be told apart, as all three have it."""

    start: int
    end: int
    base: tuple[str, ...]
    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    edits: tuple[Edit, ...]


def places(edits: Sequence[Edit], base: Sequence[str]) -> Iterator[Place]:
    """Every place that edits touch, in order; what is between is as in the base."""
    for group in _groups(edits, base):
        start, end = group[0].start, max(edit.end for edit in group)
        yield Place(
            start,
            end,
            tuple(base[start:end]),
            _side(group, "ours", base, start, end),
            _side(group, "theirs", base, start, end),
            tuple(group),
        )


def settled(place: Place) -> tuple[str, ...] | None:
    """One text for a place; None where somebody must choose."""
    ours, theirs = place.ours, place.theirs
    if theirs in (ours, place.base):
        return ours
    if ours == place.base:
        return theirs
    if _is_said_in(ours, [edit for edit in place.edits if edit.side == "theirs"]):
        return ours
    if _is_said_in(theirs, [edit for edit in place.edits if edit.side == "ours"]):
        return theirs
    if not place.base and _are_different_bullets(ours, theirs):
        return (*ours, *theirs)
    return None


def _groups(edits: Sequence[Edit], base: Sequence[str]) -> Iterator[list[Edit]]:
    """Edits that cannot be told apart: they overlap, or touch within one rule."""
    group: list[Edit] = []
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


def _is_apart(group: Sequence[Edit], end: int, edit: Edit, base: Sequence[str]) -> bool:
    """Whether an edit has nothing to do with the edits before it."""
    if edit.start != end:
        return edit.start > end
    if all(other.side == edit.side for other in group):
        return True
    others = [other for other in group if other.side != edit.side]
    both_insert = edit.start == edit.end and any(
        other.start == other.end == end for other in others
    )
    if both_insert or any(_share_words(edit, other) for other in others):
        return False
    return _begins_block(base, edit.start)


def _share_words(edit: Edit, other: Edit) -> bool:
    """Whether both write a line with something on it."""
    return any(line.strip() for line in {*edit.lines} & {*other.lines})


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


def _is_said_in(lines: Sequence[str], edits: Sequence[Edit]) -> bool:
    """Whether edits only add what these lines of the other side have already."""
    return all(
        edit.start == edit.end
        and any(line.strip() for line in edit.lines)
        and any(
            tuple(lines[at : at + len(edit.lines)]) == edit.lines
            for at in range(len(lines) - len(edit.lines) + 1)
        )
        for edit in edits
    )


def _side(
    group: Sequence[Edit], side: Side, base: Sequence[str], start: int, end: int
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
