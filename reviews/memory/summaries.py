"""What a diff does, in plain words that are computed and never made up.

"Changes 1 word: “within 24 h” → “within 4 h”." One word on each side of a short change
is quoted with it, because "24 → 4" alone tells a reader nothing. What turns a rule
around comes first, in its own words.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reviews.memory import guards, marks, oddities, shifts
from reviews.memory import lines as texts
from reviews.memory.diffs import Diff
from reviews.memory.lines import Range
from reviews.memory.marks import WORD
from reviews.memory.rules import bare
from reviews.memory.shifts import Shift

# So many examples are quoted, so much of each.
EXAMPLES = 2
MAX_QUOTE = 60
# They are chosen among so many.
QUOTABLE = 200
# Up to this many words a change is quoted with its neighbours.
SHORT = 2


class Replaced(NamedTuple):
    """One run of words and what stands there instead; either may be empty."""

    before: str
    after: str


class _Reworded(NamedTuple):
    """A line, or several that flow, whose words changed."""

    old: str
    new: str
    old_marks: Sequence[Range]
    new_marks: Sequence[Range]

    @property
    def words(self) -> int:
        """Words lost or gained, whichever is more."""
        return max(_words(self.old, self.old_marks), _words(self.new, self.new_marks))


def summary(diff: Diff, old: str, new: str) -> str:
    """One or more sentences; what was not looked at in detail is only counted."""
    if not diff:
        return "Changes nothing."
    if diff.large:
        gone, come = diff.deleted + diff.changed, diff.added + diff.changed
        return f"A large change: {_lines(gone)} deleted, {come:,} added."
    a, b = texts.split(old), texts.split(new)
    sentences = [
        *_shifted(shifts.within(diff, old, new)),
        *_reworded(list(_rewordings(diff, a, b))),
        *_rewritten(diff, a, b),
        *_moved(diff),
        *_by_itself(diff, a, b),
    ]
    sentences += _wrapped(diff, alone=not sentences)
    if not sentences:
        verb = "Adds" if diff.new_ended else "Takes away"
        sentences = [f"{verb} the newline at the end."]
    return " ".join([*sentences, *_odd(diff, old, new)])


def _shifted(found: Sequence[Shift]) -> Iterator[str]:
    """What turns a rule around; a number is quoted with its neighbours instead."""
    told = list(dict.fromkeys(_told(s) for s in found if s.kind != "number"))
    yield from told[:EXAMPLES]
    if len(told) > EXAMPLES:
        yield f"And {len(told) - EXAMPLES:,} more like that."


def _told(shift: Shift) -> str:
    """A shift as a sentence."""
    verb = shift.verb.capitalize()
    if not (shift.was and shift.becomes):
        return f"{verb} {_quoted(shift.was or shift.becomes)}."
    guard = "" if shift.verb == "reverses" else " a guard"
    return f"{verb}{guard}: {_quoted(shift.was)} → {_quoted(shift.becomes)}."


def _rewordings(diff: Diff, a: Sequence[str], b: Sequence[str]) -> Iterator[_Reworded]:
    """Everything whose words are marked."""
    for pair in (*diff.pairs(), *diff.edited):
        if not pair.rewritten:
            yield _Reworded(a[pair.old], b[pair.new], pair.old_marks, pair.new_marks)
    for flow in diff.flows():
        if flow.reworded:
            was, becomes = a[slice(*flow.old)], b[slice(*flow.new)]
            yield _Reworded(
                "\n".join(was), "\n".join(becomes), flow.old_marks, flow.new_marks
            )


def _reworded(found: Sequence[_Reworded]) -> Iterator[str]:
    """The sentence about words that changed."""
    if not found:
        return
    count = sum(reworded.words for reworded in found)
    if not count:
        yield f"Changes only layout or punctuation in {_lines(len(found))}."
        return
    runs = [run for reworded in found for run in _runs(reworded)]
    # Numbers first: one that changed is the easiest to miss.
    quoted = [_in_context(*run) for run in runs[:QUOTABLE]]
    quoted.sort(key=lambda run: not _has_number(run))
    shown = "; ".join(map(_example, quoted[:EXAMPLES]))
    yield f"Changes {_counted(count, 'word')}: {shown}{_more(runs)}."


def _runs(reworded: _Reworded) -> Iterator[tuple[str, Range, str, Range]]:
    """Each replacement with words in it, as ranges of both texts."""
    old, new, old_marks, new_marks = reworded
    for edit in marks.replaced(old, new, old_marks, new_marks):
        if old[slice(*edit.old)].split() != new[slice(*edit.new)].split():
            yield old, edit.old, new, edit.new


def _has_number(run: Replaced) -> bool:
    found = guards.markers(run.before) + guards.markers(run.after)
    return any(marker.kind == "number" for marker in found)


def _example(replaced: Replaced) -> str:
    """One replacement in words."""
    if not replaced.before:
        return f"adds {_quoted(replaced.after)}"
    if not replaced.after:
        return f"drops {_quoted(replaced.before)}"
    return f"{_quoted(replaced.before)} → {_quoted(replaced.after)}"


def _rewritten(diff: Diff, a: Sequence[str], b: Sequence[str]) -> Iterator[str]:
    """The sentence about lines that keep too little to be told word by word."""
    pairs = [pair for pair in diff.pairs() if pair.rewritten]
    if pairs:
        was, becomes = _line(a[pairs[0].old]), _line(b[pairs[0].new])
        more = _more(pairs, shown=1)
        yield f"Rewrites {_lines(len(pairs))}: {was} → {becomes}{more}."


def _moved(diff: Diff) -> Iterator[str]:
    """The sentences about lines that stand elsewhere."""
    if len(diff.moves) == 1:
        (move,) = diff.moves
        place = f"from line {move.old + 1:,} to line {move.new + 1:,}"
        yield f"Moves {_lines(move.size)} {place}."
    elif diff.moves:
        count = sum(move.size for move in diff.moves)
        yield f"Moves {_lines(count)} in {len(diff.moves):,} blocks."
    if diff.edited:
        place = f"from line {diff.edited[0].old + 1:,}{_more(diff.edited, shown=1)}"
        yield f"Moves and rewords {_lines(len(diff.edited))}, {place}."


def _wrapped(diff: Diff, *, alone: bool) -> Iterator[str]:
    """The sentence about lines that only break elsewhere."""
    if diff.rewrapped:
        lines = _lines(diff.rewrapped)
        yield (
            f"Re-wraps {lines}, no wording change."
            if alone
            else f"Re-wraps {lines} more."
        )


def _odd(diff: Diff, old: str, new: str) -> Iterator[str]:
    """The sentence about characters that could deceive."""
    names = [odd.name for odd in oddities.come(diff, old, new) if odd.grave]
    if names:
        yield f"Brings in {names[0]}{_more(names, shown=1)}."


def _by_itself(diff: Diff, a: Sequence[str], b: Sequence[str]) -> Iterator[str]:
    """The sentences about lines that nothing on the other side explains."""
    come = _without_counterpart(diff, b, new=True)
    gone = _without_counterpart(diff, a, new=False)
    if len(come) == len(b) and len(gone) == len(a) and _worded(come) and _worded(gone):
        yield f"Rewrites it: {_line(_worded(gone)[0])} → {_line(_worded(come)[0])}."
    else:
        yield from _about("Adds", come)
        yield from _about("Deletes", gone)


def _without_counterpart(diff: Diff, lines: Sequence[str], *, new: bool) -> list[str]:
    """The lines of one side that nothing on the other side explains."""
    side = 1 if new else 0
    known = {pair[side] for pair in diff.alike()}
    for flow in diff.flows():
        known.update(range(*(flow.new if new else flow.old)))
    for move in diff.moves:
        start = move.new if new else move.old
        known.update(range(start, start + move.size))
    ranges = (hunk.new if new else hunk.old for hunk in diff.hunks)
    return [lines[n] for place in ranges for n in range(*place) if n not in known]


def _about(verb: str, lines: Sequence[str]) -> Iterator[str]:
    """How many lines, and the first of them."""
    if worded := _worded(lines):
        first = next(filter(_says_something, worded), worded[0])
        more = _more(worded, shown=1)
        yield f"{verb} {_lines(len(worded))}: {_line(first)}{more}."
    elif lines:
        yield f"{verb} {_counted(len(lines), 'blank line')}."


def _says_something(line: str) -> bool:
    return any(letter.isalnum() for letter in line)


def _worded(lines: Sequence[str]) -> list[str]:
    """The lines with anything on them."""
    return [line for line in lines if line.strip()]


def _in_context(old: str, before: Range, new: str, after: Range) -> Replaced:
    """A replacement with its neighbouring words when it is short itself."""
    gone, come = old[slice(*before)], new[slice(*after)]
    if max(len(gone.split()), len(come.split())) > SHORT:
        return Replaced(gone.strip(), come.strip())
    ahead = _last_word(old[max(0, before[0] - MAX_QUOTE) : before[0]])
    behind = _first_word(old[before[1] : before[1] + MAX_QUOTE])
    return Replaced((ahead + gone + behind).strip(), (ahead + come + behind).strip())


def _last_word(text: str) -> str:
    """From the last word to the end."""
    words = WORD.findall(text)
    for index in range(len(words) - 1, -1, -1):
        if words[index][0].isalnum():
            return "".join(words[index:])
    return ""


def _first_word(text: str) -> str:
    """From the beginning through the first word."""
    words = WORD.findall(text)
    for index, word in enumerate(words):
        if word[0].isalnum():
            return "".join(words[: index + 1])
    return ""


def _words(line: str, ranges: Sequence[Range]) -> int:
    """Words within these ranges."""
    return sum(
        word[0].isalnum()
        for start, end in ranges
        for word in WORD.findall(line[start:end])
    )


def _line(line: str) -> str:
    """A whole line as an example."""
    return _quoted(bare([line.strip()], "bullet"))


def _quoted(text: str) -> str:
    """A piece of text as an example, cut where it gets long."""
    text = " ".join(text.split()).removesuffix(".")
    return f"“{text if len(text) <= MAX_QUOTE else text[: MAX_QUOTE - 1] + '…'}”"


def _more(things: Sequence[object], *, shown: int = EXAMPLES) -> str:
    """How many were not quoted."""
    return f" and {len(things) - shown:,} more" if len(things) > shown else ""


def _lines(count: int) -> str:
    return _counted(count, "line")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
