"""Two texts that grew out of one, made into one again, or a conflict shown whole.

Changes at different lines are both kept, also next to each other, as long as a rule or
a paragraph begins between them. Two additions of whole bullets at one place are both
kept, ours first. Everything else that both sides touched is for a person to choose.

A proposal that was written against an older base is rebased: ours is the head, theirs
the proposal, and what the head changed beside the proposal's own places is named, since
a rule may mean something else next to other neighbours.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from reviews.errors import Invalid
from reviews.memory import lines as texts
from reviews.memory import matching, rules
from reviews.memory.lines import Range

Side = Literal["base", "ours", "theirs", "both"]
# As far as this around a place, a change is its neighbour's.
REACH = 3


class Written(msgspec.Struct, frozen=True):
    """What somebody typed for the place of a conflict."""

    text: str


Choice = Side | Written


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


class _Change(NamedTuple):
    """What one side made of a range of the base."""

    start: int
    end: int
    lines: tuple[str, ...]


class _Edit(NamedTuple):
    """A change, and whose it is."""

    start: int
    end: int
    lines: tuple[str, ...]
    side: Literal["ours", "theirs"]


def merge(base: str, ours: str, theirs: str) -> Merge:
    """Both sides' changes to the base in one text."""
    lines = texts.split(base)
    edits = sorted(
        [
            *(_Edit(*edit, "ours") for edit in _edits(lines, ours)),
            *(_Edit(*edit, "theirs") for edit in _edits(lines, theirs)),
        ],
        key=lambda edit: (edit.start, edit.end, edit.side, edit.lines),
    )
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


class Near(msgspec.Struct, frozen=True, array_like=True):
    """Something the head changed beside a proposal's place, as lines of both."""

    base: Range
    head: Range


class Rebase(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal's text carried over to a newer head."""

    merge: Merge
    near: tuple[Near, ...] = ()
    moved: bool = True

    @property
    def standing(self) -> Literal["unmoved", "clean", "near", "conflict"]:
        """Whether approvals may stay (clean) or somebody must look again (near)."""
        if not self.moved:
            return "unmoved"
        if self.merge.conflicts:
            return "conflict"
        return "near" if self.near else "clean"


def rebase(base: str, head: str, proposed: str, *, reach: int = REACH) -> Rebase:
    """Merge what was proposed against a base into the head that has moved since."""
    lines = texts.split(base)
    ours, theirs = set(_edits(lines, head)), list(_edits(lines, proposed))
    # What the head did just as it was proposed is no news.
    touched = [(edit.start, edit.end) for edit in theirs if edit not in ours]
    return Rebase(
        merge=merge(base, head, proposed),
        near=near(base, head, touched, reach=reach),
        moved=head != base,
    )


def near(
    base: str, head: str, places: Iterable[Range], *, reach: int = REACH
) -> tuple[Near, ...]:
    """What the head changed in these lines of the base, or so few lines from them."""
    a, b = texts.split(base), texts.split(head)
    windows = [(start - reach, end + reach) for start, end in places]
    return tuple(
        Near((gap.old_start, gap.old_end), (gap.new_start, gap.new_end))
        for gap in matching.gaps(matching.match(a, b), len(a), len(b))
        if any(gap.old_start < end and gap.old_end > start for start, end in windows)
    )


def surroundings(text: str, start: int, end: int, *, reach: int = REACH) -> str:
    """Some lines of a text with their neighbours: what a decision about them saw."""
    lines = texts.split(text)
    return texts.join(lines[max(0, start - reach) : end + reach])


def resolve(merged: Merge, choices: Sequence[Choice]) -> str:
    """The text with one choice made for each conflict, in order."""
    if len(choices) != len(merged.conflicts):
        raise Invalid(
            f"{len(merged.conflicts)} places need a choice, {len(choices)} were made."
        )
    chosen = iter(choices)
    lines: list[str] = []
    for piece in merged.pieces:
        lines += _chosen(piece, next(chosen)) if isinstance(piece, Conflict) else piece
    return texts.join(lines, ended=merged.ended)


def _chosen(conflict: Conflict, choice: Choice) -> Sequence[str]:
    """The lines that one choice puts where the conflict is."""
    match choice:
        case Written(text):
            return texts.split(text)
        case "base":
            return conflict.base
        case "ours":
            return conflict.ours
        case "theirs":
            return conflict.theirs
        case "both":
            return (*conflict.ours, *conflict.theirs)
    raise Invalid(f"{choice!r} is no way out of a conflict.")


def _edits(base: Sequence[str], text: str) -> Iterator[_Change]:
    """What one side made of the base."""
    lines = texts.split(text)
    for gap in matching.gaps(matching.match(base, lines), len(base), len(lines)):
        became = tuple(lines[gap.new_start : gap.new_end])
        yield _Change(gap.old_start, gap.old_end, became)


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
