"""Rules of the store that say nearly the same as a proposal, or the opposite.

Pure, and cautious on one side only: it would rather show a rule too many than hide the
one that contradicts. Two rules are compared by their content words; where these agree,
a different number with a unit, or a "never" against an "always", is a contradiction.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Literal, NamedTuple

from reviews.memory.blame import Authored
from reviews.memory.stems import stem

Kind = Literal["contradicts", "near-duplicate"]
# Shares of the content words of both that have to agree.
ALIKE, SAME_MATTER = 0.75, 0.6
# Fewer words in common are chance, unless they are all there is.
SHARED = 3
# As many are shown beside one operation.
MOST = 3

_WORD = re.compile(r"`[^`\n]+`|[^\W_][\w'-]*")
# Bounded, thus linear on a text that is nothing but digits.
_NUMBER = re.compile(r"(\d[\d.,]{0,30})\s{0,3}(%|€|\$|£|[a-z]{1,12}\b)", re.IGNORECASE)
_NEGATION = re.compile(
    r"\b(?:never|not|don't|doesn't|mustn't|shouldn't|cannot|can't|no|avoid|without"
    r"|refuse|stop)\b",
    re.IGNORECASE,
)
_STOP = frozenset({
    "a", "all", "always", "an", "and", "any", "are", "as", "at", "be", "been", "before",
    "by", "can", "cannot", "can't", "could", "do", "does", "doesn't", "don't", "each",
    "every", "for", "from", "has", "have", "if", "in", "into", "is", "it", "its", "may",
    "must", "mustn't", "never", "no", "not", "of", "on", "only", "or", "our", "shall",
    "should", "shouldn't", "so", "than", "that", "the", "their", "them", "then",
    "there", "they", "this", "to", "too", "use", "was", "we", "when", "which", "will",
    "with", "within", "without", "you", "your",
})  # fmt: skip


class Neighbour(NamedTuple):
    """A rule of the store, where it stands, and what it is to the proposal."""

    kind: Kind
    path: str
    # Counted from 1, as pages link to them.
    line: int
    last: int
    rule: str
    text: str
    alike: float


class _Words(NamedTuple):
    """What a text is compared by."""

    content: frozenset[str]
    numbers: frozenset[tuple[str, str]]
    negative: bool


def of(
    text: str, memories: Mapping[str, Authored], besides: Collection[str] = ()
) -> list[Neighbour]:
    """The rules nearest to a text, contradictions first; its own rule is left out."""
    wanted = _words(text)
    if not wanted.content:
        return []
    found = list(_near(text, wanted, memories, besides))
    return sorted(found, key=lambda one: (one.kind, -one.alike, one.path, one.line))[
        :MOST
    ]


def content(text: str) -> frozenset[str]:
    """The stems of the words that say what a text is about."""
    return _words(text).content


def opposed(one: str, other: str) -> bool:
    """Whether of two texts about one matter one denies the other, or numbers differ."""
    left, right = _words(one), _words(other)
    return left.negative != right.negative or _differ(left.numbers, right.numbers)


def _near(
    text: str,
    wanted: _Words,
    memories: Mapping[str, Authored],
    besides: Collection[str],
) -> Iterator[Neighbour]:
    for path, memory in memories.items():
        for rule in memory.rules:
            if rule.id in besides or rule.text.strip() == text.strip():
                continue
            other = _words(rule.text)
            alike = _alike(wanted.content, other.content)
            kind = _kind(wanted, other, alike)
            if kind:
                yield Neighbour(
                    kind, path, rule.start + 1, rule.end, rule.id, rule.text, alike
                )


def _kind(one: _Words, other: _Words, alike: float) -> Kind | None:
    shared = len(one.content & other.content)
    if alike < SAME_MATTER or (shared < SHARED and alike < 1):
        return None
    if one.negative != other.negative or _differ(one.numbers, other.numbers):
        return "contradicts"
    return "near-duplicate" if alike >= ALIKE else None


def _differ(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> bool:
    """Whether both give a number in one unit, and not the same."""
    units = {unit for _, unit in one} & {unit for _, unit in other}
    return any(
        {n for n, unit in one if unit == each}.isdisjoint(
            {n for n, unit in other if unit == each}
        )
        for each in units
    )


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared words by all words; 0 before anything is counted where sizes forbid it."""
    small, large = sorted((len(one), len(other)))
    if not small or small < SAME_MATTER * large:
        return 0.0
    return len(one & other) / len(one | other)


def _words(text: str) -> _Words:
    bare = _NUMBER.sub(" ", text)
    content = frozenset(
        stem(word.lower()) for word in _WORD.findall(bare) if word.lower() not in _STOP
    )
    numbers = frozenset(
        (number.rstrip(".,"), unit.lower()) for number, unit in _NUMBER.findall(text)
    )
    return _Words(content, numbers, len(_NEGATION.findall(text)) % 2 == 1)
