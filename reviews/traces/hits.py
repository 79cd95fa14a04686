"""Where words stand within one trace: in every step, also those a page leaves out.

Pure. What was typed is looked for as it stands; only if no step says that, the steps
that hold all of its words count.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reviews.traces.steps import Step

# What of a step is shown around its first hit.
_BEFORE, _AFTER = 50, 110


@dataclass(frozen=True)
class Hit:
    """A step that holds the words, how often, and its text around the first of them."""

    step: int
    count: int
    before: str
    match: str
    after: str


@dataclass(frozen=True)
class Found:
    """The steps that hold what was looked for."""

    hits: Sequence[Hit] = ()
    # What to mark in a text; None when nothing was looked for.
    pattern: re.Pattern[str] | None = None
    # The words stand apart from each other: nowhere as they were typed.
    apart: bool = False
    steps: frozenset[int] = field(default_factory=frozenset)

    @property
    def count(self) -> int:
        return sum(hit.count for hit in self.hits)


def find(steps: Sequence[Step], typed: str) -> Found:
    """Find the steps that say what was typed, whatever its case and spacing."""
    words = typed.split()
    if not words:
        return Found()
    phrase = re.compile(r"\s+".join(map(re.escape, words)), re.IGNORECASE)
    hits = list(_hits(steps, phrase))
    if hits or len(words) == 1:
        return _found(hits, phrase)
    each = [re.compile(re.escape(word), re.IGNORECASE) for word in words]
    holding = [s for s in steps if all(one.search(s.text) for one in each)]
    any_word = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
    return _found(list(_hits(holding, any_word)), any_word, apart=True)


def spans(text: str, pattern: re.Pattern[str] | None) -> list[tuple[int, int]]:
    """Where the words stand in a text."""
    return [found.span() for found in pattern.finditer(text)] if pattern else []


def _found(hits: list[Hit], pattern: re.Pattern[str], *, apart: bool = False) -> Found:
    return Found(hits, pattern, apart, frozenset(hit.step for hit in hits))


def _hits(steps: Sequence[Step], pattern: re.Pattern[str]) -> Iterator[Hit]:
    for step in steps:
        found = pattern.search(step.text)
        if found is None:
            continue
        start, end = found.span()
        yield Hit(
            step.index,
            sum(1 for _ in pattern.finditer(step.text)),
            _line(step.text[max(0, start - _BEFORE) : start]),
            found.group(),
            _line(step.text[end : end + _AFTER]),
        )


def _line(text: str) -> str:
    """In one line, with its outer spaces kept as one."""
    return re.sub(r"\s+", " ", text)
