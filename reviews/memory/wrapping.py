"""Lines that break elsewhere and say the same: which old lines their words stood in.

Words are compared within each gap between two texts, so a paragraph may be re-wrapped
and reworded at once: the lines that only broke differently are told from the others.
A heading, a line of code or of a table, and the beginning of a bullet stand for
themselves: where these break, the meaning breaks.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rapidfuzz.distance import Indel

from reviews.memory import rules
from reviews.memory.diffs import Diff
from reviews.memory.lines import Range
from reviews.memory.rules import Rule

# Longer gaps are only looked at from both ends.
MAX_WORDS = 4000
LITERAL = {"code", "table", "front"}


class Word(NamedTuple):
    """One word, and the line that it stands in."""

    text: str
    line: int


class Side(NamedTuple):
    """One of the two texts: its lines, and those that are taken as they are."""

    lines: Sequence[str]
    literal: frozenset[int]

    @classmethod
    def of(cls, lines: Sequence[str], split: Sequence[Rule]) -> "Side":
        kept = (range(r.start, r.end) for r in split if r.kind in LITERAL)
        return cls(lines, frozenset(line for run in kept for line in run))

    def words(self, within: Range) -> list[Word]:
        """The words of these lines; what begins a block begins a line as well."""
        return [
            Word(text, line) for line in range(*within) for text in self._of_line(line)
        ]

    def _of_line(self, line: int) -> list[str]:
        text = self.lines[line]
        if line in self.literal:
            return [f"\n{text}"]
        if rules.HEADING.match(text):
            return [f"\n{text.strip()}"]
        words = text.split()
        if words and rules.starts_block(text):
            words[0] = f"\n{words[0]}"
        return words


def wrapped(
    old: Side, new: Side, diff: Diff, same: Mapping[int, int]
) -> dict[int, tuple[int, ...]]:
    """For each new line whose words all stood together before, the lines they were in.

    ``same`` has the lines that did not change at all. A line between two others that
    did not change stands for its neighbour.
    """
    if diff.large:
        return {}
    return {
        line: found
        for hunk in diff.hunks
        if hunk.old[0] < hunk.old[1] and hunk.new[0] < hunk.new[1]
        for line, found in _in_gap(old.words(hunk.old), new, hunk.new)
        if line not in same
    }


def align(a: Sequence[str], b: Sequence[str]) -> list[int | None]:
    """For each word of the second sequence, where the first has it, in rising order."""
    start, end = _ends(a, b)
    found: list[int | None] = [*range(start), *[None] * (len(b) - start)]
    shift = len(a) - len(b)
    for j in range(len(b) - end, len(b)):
        found[j] = j + shift
    middle = a[start : len(a) - end], b[start : len(b) - end]
    if all(middle) and max(map(len, middle)) <= MAX_WORDS:
        for code in Indel.opcodes(*middle):
            if code.tag == "equal":
                for step in range(code.src_end - code.src_start):
                    found[start + code.dest_start + step] = (
                        start + code.src_start + step
                    )
    return found


def _ends(a: Sequence[str], b: Sequence[str]) -> tuple[int, int]:
    """How many words both sequences begin with, and end with."""
    least = min(len(a), len(b))
    start = next((k for k in range(least) if a[k] != b[k]), least)
    rest = least - start
    end = next((k for k in range(rest) if a[-1 - k] != b[-1 - k]), rest)
    return start, end


def _in_gap(
    words: Sequence[Word], new: Side, within: Range
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The lines of one gap that only broke differently."""
    come = new.words(within)
    at = align([word.text for word in words], [word.text for word in come])
    first = 0
    for line in range(*within):
        last = first
        while last < len(come) and come[last].line == line:
            last += 1
        found = _together(words, at, first, last)
        if found:
            yield line, found
        first = last


def _together(
    words: Sequence[Word], at: Sequence[int | None], first: int, last: int
) -> tuple[int, ...]:
    """The old lines of a run of new words, if nothing in it or at its edges changed."""
    if first == last:
        return _between(words, at, first)
    start = at[first]
    if start is None or [*at[first:last]] != [*range(start, start + last - first)]:
        return ()
    end = start + last - 1 - first
    opens = start == 0 or words[start - 1].line != words[start].line
    closes = end == len(words) - 1 or words[end + 1].line != words[end].line
    # A neighbour that changed stands in another line, which answers for it.
    follows = first > 0 and at[first - 1] in {None, start - 1}
    precedes = last < len(at) and at[last] in {None, end + 1}
    if not ((opens or follows) and (closes or precedes)):
        return ()
    return tuple(dict.fromkeys(word.line for word in words[start : end + 1]))


def _between(
    words: Sequence[Word], at: Sequence[int | None], place: int
) -> tuple[int, ...]:
    """For a blank line, the line of the word before it, if the next one follows it."""
    before = at[place - 1] if place else None
    after = at[place] if place < len(at) else None
    if before is None or after != before + 1:
        return ()
    return (words[before].line,)
