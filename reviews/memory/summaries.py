"""What a diff does, in plain words that are computed and never made up.

"Changes 1 word: “within 24 h” → “within 4 h”." One word on each side of a short change
is quoted with it, because "24 → 4" alone tells a reader nothing.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reviews.memory import lines as texts
from reviews.memory.diffs import Diff
from reviews.memory.lines import Range
from reviews.memory.marks import WORD, Pair
from reviews.memory.rules import bare

# So many examples are quoted, so much of each.
EXAMPLES = 2
MAX_QUOTE = 60
# Up to this many words a change is quoted with its neighbours.
SHORT = 2


class Replaced(NamedTuple):
    """One run of words and what stands there instead; either may be empty."""

    before: str
    after: str


def summary(diff: Diff, old: str, new: str) -> str:
    """One or more sentences; what was not looked at in detail is only counted."""
    if not diff:
        return "Changes nothing."
    if diff.large:
        gone, come = diff.deleted + diff.changed, diff.added + diff.changed
        return f"A large change: {_lines(gone)} deleted, {come:,} added."
    a, b = texts.split(old), texts.split(new)
    sentences = [*_changed(diff, a, b), *_added(diff, b), *_deleted(diff, a)]
    if not sentences:
        verb = "Adds" if diff.new_ended else "Takes away"
        sentences = [f"{verb} the newline at the end."]
    return " ".join(sentences)


def changed_words(pair: Pair, old: str, new: str) -> int:
    """Words that one line lost or gained, whichever is more."""
    return max(_words(old, pair.old_marks), _words(new, pair.new_marks))


def _changed(diff: Diff, a: Sequence[str], b: Sequence[str]) -> Iterator[str]:
    """The sentence about lines that became others."""
    pairs = [pair for hunk in diff.hunks for pair in hunk.pairs]
    if not pairs:
        return
    count = sum(changed_words(pair, a[pair.old], b[pair.new]) for pair in pairs)
    if not count:
        yield f"Changes only layout or punctuation in {_lines(len(pairs))}."
        return
    runs = [
        (old, before, new, after)
        for old, new, pair in ((a[pair.old], b[pair.new], pair) for pair in pairs)
        for before, after in _runs(old, new, pair)
        if old[slice(*before)].split() != new[slice(*after)].split()
    ]
    shown = "; ".join(_example(_in_context(*run)) for run in runs[:EXAMPLES])
    yield f"Changes {_counted(count, 'word')}: {shown}{_more(runs)}."


def _example(replaced: Replaced) -> str:
    """One replacement in words."""
    if not replaced.before:
        return f"adds {_quoted(replaced.after)}"
    if not replaced.after:
        return f"drops {_quoted(replaced.before)}"
    return f"{_quoted(replaced.before)} → {_quoted(replaced.after)}"


def _added(diff: Diff, b: Sequence[str]) -> Iterator[str]:
    """The sentence about lines that are new."""
    paired = {pair.new for hunk in diff.hunks for pair in hunk.pairs}
    lines = (number for hunk in diff.hunks for number in range(*hunk.new))
    yield from _about("Adds", [b[number] for number in lines if number not in paired])


def _deleted(diff: Diff, a: Sequence[str]) -> Iterator[str]:
    """The sentence about lines that are gone."""
    paired = {pair.old for hunk in diff.hunks for pair in hunk.pairs}
    lines = (number for hunk in diff.hunks for number in range(*hunk.old))
    yield from _about(
        "Deletes", [a[number] for number in lines if number not in paired]
    )


def _about(verb: str, lines: Sequence[str]) -> Iterator[str]:
    """How many lines, and the first of them."""
    worded = [line for line in lines if line.strip()]
    if worded:
        first = _quoted(bare([worded[0].strip()], "bullet"))
        yield f"{verb} {_lines(len(worded))}: {first}{_more(worded, shown=1)}."
    elif lines:
        yield f"{verb} {_counted(len(lines), 'blank line')}."


def _runs(old: str, new: str, pair: Pair) -> Iterator[tuple[Range, Range]]:
    """Where one line was replaced, and by what of the other."""
    i = j = 0
    was, becomes = list(pair.old_marks), list(pair.new_marks)
    while was or becomes:
        # Marks of both sides that stand behind the same kept words belong together.
        kept = min(
            was[0][0] - i if was else len(old),
            becomes[0][0] - j if becomes else len(new),
        )
        before = was.pop(0) if was and was[0][0] == i + kept else (i + kept, i + kept)
        after = (
            becomes.pop(0)
            if becomes and becomes[0][0] == j + kept
            else (j + kept, j + kept)
        )
        yield before, after
        i, j = before[1], after[1]


def _in_context(old: str, before: Range, new: str, after: Range) -> Replaced:
    """A replacement with its neighbouring words when it is short itself."""
    gone, come = old[slice(*before)], new[slice(*after)]
    if max(len(gone.split()), len(come.split())) > SHORT:
        return Replaced(gone.strip(), come.strip())
    ahead = _last_word(old[: before[0]])
    behind = _first_word(old[before[1] :])
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
