"""Whether two wordings ask for the same thing, though they say it otherwise; pure.

Two measures, as two engines word things: the stems that both hold, and the pieces of
words. What says the opposite, or gives another number, is never the same.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from reviews.proposals import neighbours

# Shares of stems, and likeness of the pieces, from which on it is the same.
SAME_STEMS, SAME_PIECES = 0.7, 0.8
# And from which on it is worth a warning.
LIKE_STEMS, LIKE_PIECES = 0.5, 0.6
_PIECES = (3, 4, 5)
_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r'"[^"\n]*"|“[^”\n]*”')


def stems(one: str, other: str, besides: Collection[str] = ()) -> float:
    """Shared stems of what both advise, by all of them.

    What a tool is quoted with, and names in ``besides``, say nothing about the action.
    """
    left, right = (_action(text, besides) for text in (one, other))
    return len(left & right) / len(left | right) if left | right else 0.0


def pieces(text: str, others: Sequence[str]) -> list[float]:
    """How like each other text is, by the pieces of words that few of them have."""
    bags = [_bag(one) for one in (text, *others)]
    found = Counter(piece for bag in bags for piece in bag)
    weights = {
        piece: math.log((1 + len(bags)) / (1 + count)) + 1
        for piece, count in found.items()
    }
    own, *rest = [_normed(bag, weights) for bag in bags]
    return [
        sum(weight * other.get(piece, 0.0) for piece, weight in own.items())
        for other in rest
    ]


def opposed(one: str, other: str) -> bool:
    """Whether one forbids what the other asks for, or gives another number."""
    return neighbours.opposed(one, other)


def _action(text: str, besides: Collection[str]) -> frozenset[str]:
    bare = _QUOTED.sub(" ", text)
    for name in besides:
        bare = bare.replace(f"`{name}`", " ")
    # A rule that is nothing but a quotation is compared by it.
    return neighbours.content(bare) or neighbours.content(text)


def _bag(text: str) -> Counter[str]:
    words = (f" {word} " for word in _WORD.findall(text.lower()))
    return Counter(
        word[at : at + size]
        for word in words
        for size in _PIECES
        for at in range(max(0, len(word) - size + 1))
    )


def _normed(bag: Counter[str], weights: Mapping[str, float]) -> dict[str, float]:
    raw = {piece: (1 + math.log(n)) * weights[piece] for piece, n in bag.items()}
    length = math.sqrt(sum(value * value for value in raw.values()))
    return {piece: value / length for piece, value in raw.items()} if length else {}
