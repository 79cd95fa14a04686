"""What changed inside a changed line: whole words, and no coincidences between them.

A shared word that is shorter than the edits around it is chance, not something kept;
white space and punctuation between two edits never are. What is marked is what a
reader would underline; where less than half is kept, nothing is marked at all.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
from rapidfuzz.distance import Indel

from reviews.memory.lines import Range
from reviews.memory.matching import common


def _combining() -> str:
    """Accents and vowel signs, which belong to the letter before them."""
    blocks = (range(0x300, 0x1E00), range(0x20D0, 0x2100))
    return "".join(
        chr(code)
        for block in blocks
        for code in block
        if unicodedata.category(chr(code)).startswith("M")
    )


# Scripts without spaces are marked character by character; 1,000.50 is one word.
_LETTER = rf"[\w{_combining()}]"
_WORD = (
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"
    rf"|\w{_LETTER}*(?:['\u2019]{_LETTER}+|(?<=\d)[.,:]\d{_LETTER}*)*"
)
WORD = re.compile(rf"{_WORD}|\s+|.", re.DOTALL)
# Where lines were wrapped, a break with its indentation is a space like any other.
FLOWING = re.compile(rf"[ \t\r]*\n[ \t>]*|[ \t]+|{_WORD}|\s|.", re.DOTALL)
SPACES = " \t\r\n>"
# A change of more words than this is not looked into, and nothing in it is marked.
MAX_WORDS = 4000
# Two lines that keep less than this part of their letters are two lines.
ALIKE = 0.5
# The only thing ever marked inside a word: an ending or a beginning this long.
AFFIX = 3


class Pair(msgspec.Struct, frozen=True, array_like=True):
    """A line that became another, with the words that only one of them has.

    Without marks on either side the two have too little in common to be read as one.
    """

    old: int
    new: int
    old_marks: tuple[Range, ...] = ()
    new_marks: tuple[Range, ...] = ()

    @property
    def rewritten(self) -> bool:
        """Whether there is nothing to underline."""
        return not (self.old_marks or self.new_marks)


class Marks(NamedTuple):
    """Ranges of characters (code points) that only one of two lines has."""

    old: tuple[Range, ...] = ()
    new: tuple[Range, ...] = ()


class Edit(NamedTuple):
    """One run of words that became another, as ranges of words."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


class Replaced(NamedTuple):
    """One run of characters and what stands there instead, as ranges of characters."""

    old: Range
    new: Range


def mark(old: str, new: str) -> Marks:
    """Mark the words that differ between two lines; the same from both directions."""
    return (
        Marks(*reversed(_marked(new, old))) if _turned(old, new) else _marked(old, new)
    )


def flow(old: str, new: str) -> Marks | None:
    """Mark the words that differ between two wrapped texts, breaks set aside.

    None where no break moved between words that both keep, or too little is kept:
    then the texts are not one text that was wrapped again.
    """
    if not _turned(old, new):
        return _flowed(old, new)
    found = _flowed(new, old)
    return Marks(found.new, found.old) if found else None


def replaced(
    old: str, new: str, old_marks: Sequence[Range], new_marks: Sequence[Range]
) -> Iterator[Replaced]:
    """Marks of both sides as replacements, where both keep the text between them."""
    wrapped = "\n" in old or "\n" in new
    at_old, at_new = (_places(old), _places(new)) if wrapped else (
        range(len(old) + 1), range(len(new) + 1)
    )  # fmt: skip
    was, becomes = _levels(at_old, old_marks), _levels(at_new, new_marks)
    i = j = 0
    while was or becomes:
        # Marks that stand behind the same kept words belong together.
        kept = min(
            was[0][0] - i if was else len(old),
            becomes[0][0] - j if becomes else len(new),
        )
        i, j = i + kept, j + kept
        i_end = was.pop(0)[1] if was and was[0][0] == i else i
        j_end = becomes.pop(0)[1] if becomes and becomes[0][0] == j else j
        yield Replaced((at_old[i], at_old[i_end]), (at_new[j], at_new[j_end]))
        i, j = i_end, j_end


def _places(text: str) -> list[int]:
    """Where each character starts, a stretch of white space counted as one."""
    places: list[int] = []
    for found in FLOWING.finditer(text):
        end = found.start() + 1 if found[0][0] in " \t\r\n" else found.end()
        places += range(found.start(), end)
    return [*places, len(text)]


def _levels(places: Sequence[int], ranges: Sequence[Range]) -> list[Range]:
    """Ranges of characters as ranges of places."""
    return [(bisect_left(places, s), bisect_left(places, e)) for s, e in ranges]


def _turned(old: str, new: str) -> bool:
    """Whether to look at two texts the other way, so that both ways agree."""
    return (len(old), old) > (len(new), new)


def _marked(old: str, new: str) -> Marks:
    """As ``mark``, in one fixed direction."""
    a, b = WORD.findall(old), WORD.findall(new)
    ahead = common(a, b)
    behind = common(a[ahead:][::-1], b[ahead:][::-1])
    inner_a, inner_b = a[ahead : len(a) - behind], b[ahead : len(b) - behind]
    if max(len(inner_a), len(inner_b)) > MAX_WORDS:
        return Marks()
    edits = [Edit(*(ahead + at for at in e)) for e in _edits(inner_a, inner_b)]
    found = _ranges(edits, a, b)
    return found if _likeness(found, old, new) >= ALIKE else Marks()


def _flowed(old: str, new: str) -> Marks | None:
    """As ``flow``, in one fixed direction."""
    a, b = FLOWING.findall(old), FLOWING.findall(new)
    words = [_levelled(word) for word in a], [_levelled(word) for word in b]
    if words[0] != words[1] and max(len(a), len(b)) > MAX_WORDS:
        return None
    edits = _edits(*words) if words[0] != words[1] else []
    if not _break_moved(edits, a, b):
        return None
    found = _ranges(edits, a, b)
    return found if _likeness(found, old, new) >= ALIKE else None


def _levelled(word: str) -> str:
    """Any stretch of plain white space as one space."""
    return " " if word[0] in " \t\r\n" else word


def _break_moved(edits: Sequence[Edit], a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether a line ends between two kept words on one side only."""
    i = j = 0
    for edit in (*edits, Edit(len(a), len(a), len(b), len(b))):
        # What stands beside an edit may have come or gone with it.
        kept = edit.old_start - i
        inner = zip(a[i:][1 : kept - 1], b[j:][1 : kept - 1], strict=True)
        if kept > 1 and any(("\n" in was) != ("\n" in new) for was, new in inner):
            return True
        i, j = edit.old_end, edit.new_end
    return False


def _edits(a: Sequence[str], b: Sequence[str]) -> list[Edit]:
    """What a reader would call the edits between two lines of words."""
    return [_trimmed(edit, a, b) for edit in _meaningful(_differing(a, b), a, b)]


def _differing(a: Sequence[str], b: Sequence[str]) -> list[Edit]:
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
    shared = _letters(between)
    return shared <= _weight(before, a, b) and shared <= _weight(after, a, b)


def _weight(edit: Edit, a: Sequence[str], b: Sequence[str]) -> int:
    """Characters on the larger side of an edit."""
    return max(
        _letters(a[edit.old_start : edit.old_end]),
        _letters(b[edit.new_start : edit.new_end]),
    )


def _letters(words: Sequence[str]) -> int:
    return sum(map(len, words))


def _trimmed(edit: Edit, a: Sequence[str], b: Sequence[str]) -> Edit:
    """The edit without words that both its sides begin or end with."""
    i, i_end, j, j_end = edit
    while i < i_end and j < j_end and a[i] == b[j]:
        i, j = i + 1, j + 1
    while i < i_end and j < j_end and a[i_end - 1] == b[j_end - 1]:
        i_end, j_end = i_end - 1, j_end - 1
    return Edit(i, i_end, j, j_end)


def _likeness(found: Marks, old: str, new: str) -> float:
    """What part of both texts is kept, white space left out."""
    whole = _solid(old) + _solid(new)
    lost = sum(_solid(old[start:end]) for start, end in found.old)
    lost += sum(_solid(new[start:end]) for start, end in found.new)
    return 1 - lost / whole if whole else 1.0


def _solid(text: str) -> int:
    """Characters that can be seen."""
    return sum(map(len, text.split()))


def _ranges(edits: Sequence[Edit], a: Sequence[str], b: Sequence[str]) -> Marks:
    """Edits as ranges of characters on each side, without the empty ones."""
    at_old, at_new = _offsets(a), _offsets(b)
    old, new = [], []
    for edit in edits:
        i, i_end = at_old[edit.old_start], at_old[edit.old_end]
        j, j_end = at_new[edit.new_start], at_new[edit.new_end]
        if edit.old_end - edit.old_start == 1 == edit.new_end - edit.new_start:
            ahead, behind = _shared(a[edit.old_start], b[edit.new_start])
            i, i_end, j, j_end = i + ahead, i_end - behind, j + ahead, j_end - behind
        old.append((i, i_end))
        new.append((j, j_end))
    return Marks(*(tuple(r for r in side if r[0] < r[1]) for side in (old, new)))


def _shared(was: str, becomes: str) -> tuple[int, int]:
    """How much of a word's beginning or end stays, when it only got an affix."""
    short, long = sorted((was, becomes), key=len)
    if len(short) < AFFIX or len(long) - len(short) < AFFIX or not long.isalpha():
        return 0, 0
    if long.startswith(short):
        return len(short), 0
    return (0, len(short)) if long.endswith(short) else (0, 0)


def _offsets(words: Sequence[str]) -> list[int]:
    """Where each word starts, and where the last one ends."""
    offsets = [0]
    for word in words:
        offsets.append(offsets[-1] + len(word))
    return offsets
