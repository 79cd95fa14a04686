"""What changed inside a changed line: whole words, and no coincidences between them.

A shared word that is shorter than the edits around it is chance, not something kept;
white space and punctuation between two edits never are. What is marked is what a
reader would underline.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz.distance import Indel

from reviews.memory.lines import Range

# Scripts without spaces are marked character by character.
WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|\w+(?:['\u2019]\w+)*|\s+|."
)
# Beyond this many words a line is a document; all of it is marked.
MAX_WORDS = 4000


class Marks(NamedTuple):
    """Ranges of characters (code points) that only one of two lines has."""

    old: tuple[Range, ...]
    new: tuple[Range, ...]


class Edit(NamedTuple):
    """One run of words that became another, as ranges of words."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def mark(old: str, new: str) -> Marks:
    """Mark the words that differ between two lines; the same from both directions."""
    if (len(old), old) > (len(new), new):
        return Marks(*reversed(mark(new, old)))
    a, b = WORD.findall(old), WORD.findall(new)
    if max(len(a), len(b)) > MAX_WORDS:
        return Marks(_whole(old), _whole(new))
    edits = [_trimmed(edit, a, b) for edit in _meaningful(_edits(a, b), a, b)]
    at_old, at_new = _offsets(a), _offsets(b)
    return Marks(
        old=_ranges(at_old, [(e.old_start, e.old_end) for e in edits]),
        new=_ranges(at_new, [(e.new_start, e.new_end) for e in edits]),
    )


def _edits(a: Sequence[str], b: Sequence[str]) -> list[Edit]:
    """Everything between the words that both lines share, in order."""
    edits: list[Edit] = []
    old_end = new_end = 0
    for code in Indel.opcodes(a, b):
        if code.tag == "equal":
            if code.src_start > old_end or code.dest_start > new_end:
                edits.append(Edit(old_end, code.src_start, new_end, code.dest_start))
            old_end, new_end = code.src_end, code.dest_end
    if len(a) > old_end or len(b) > new_end:
        edits.append(Edit(old_end, len(a), new_end, len(b)))
    return edits


def _meaningful(edits: list[Edit], a: Sequence[str], b: Sequence[str]) -> list[Edit]:
    """Edits joined over what they share only by chance."""
    kept: list[Edit] = []
    for following in edits:
        edit = following
        while kept and _by_chance(kept[-1], edit, a, b):
            before = kept.pop()
            edit = Edit(before.old_start, edit.old_end, before.new_start, edit.new_end)
        kept.append(edit)
    return kept


def _by_chance(before: Edit, after: Edit, a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether the words between two edits are too little to have been kept."""
    between = a[before.old_end : after.old_start]
    if not any(word[0].isalnum() for word in between):
        return True
    shared = sum(map(len, between))
    return shared <= _weight(before, a, b) and shared <= _weight(after, a, b)


def _weight(edit: Edit, a: Sequence[str], b: Sequence[str]) -> int:
    """Characters on the larger side of an edit."""
    return max(
        sum(map(len, a[edit.old_start : edit.old_end])),
        sum(map(len, b[edit.new_start : edit.new_end])),
    )


def _trimmed(edit: Edit, a: Sequence[str], b: Sequence[str]) -> Edit:
    """The edit without words that both its sides begin or end with."""
    i, i_end, j, j_end = edit
    while i < i_end and j < j_end and a[i] == b[j]:
        i, j = i + 1, j + 1
    while i < i_end and j < j_end and a[i_end - 1] == b[j_end - 1]:
        i_end, j_end = i_end - 1, j_end - 1
    return Edit(i, i_end, j, j_end)


def _offsets(words: Sequence[str]) -> list[int]:
    """Where each word starts, and where the last one ends."""
    offsets = [0]
    for word in words:
        offsets.append(offsets[-1] + len(word))
    return offsets


def _ranges(offsets: Sequence[int], ranges: list[Range]) -> tuple[Range, ...]:
    """Ranges of words as ranges of characters, without the empty ones."""
    return tuple((offsets[start], offsets[end]) for start, end in ranges if start < end)


def _whole(line: str) -> tuple[Range, ...]:
    """A mark over a whole line."""
    return ((0, len(line)),) if line else ()
