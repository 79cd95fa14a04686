"""Sentences that mean one thing, brought together: n-grams of their stems, average linkage.

Own code: the one algorithm is a hundred lines, and a stack of numerics for it would weigh
three hundred megabytes. The outcome does not depend on the order of what is given.
"""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

Key = tuple[str, ...]

# Characters of an n-gram, within words.
_GRAMS = (3, 4, 5)
# A gram in more keys than this tells nothing, and would cost a square of them.
_MOST_KEYS_OF_A_GRAM = 400


def cluster(
    weights: Mapping[Key, int], *, distance: float, most: int
) -> list[list[Key]]:
    """Groups of keys whose mean distance is at most ``distance``, each in order.

    ``weights`` says how often each was said; beyond ``most`` keys only the most frequent
    are looked at. Distance is one minus the cosine of sublinear TF-IDF vectors.
    """
    keys = sorted(weights, key=lambda key: (-weights[key], key))[:most]
    near = _similarities(sorted(keys), 1 - distance)
    groups = _linked(near, 1 - distance)
    ordered = sorted(keys)
    return [sorted(ordered[number] for number in group) for group in groups]


def _similarities(keys: Sequence[Key], floor: float) -> list[dict[int, float]]:
    """For each key the others that it shares a telling gram with, by cosine."""
    grams = [Counter(_grams(key)) for key in keys]
    spread = Counter(gram for counted in grams for gram in counted)
    total = len(keys)
    holders: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, counted in enumerate(grams):
        vector = {
            gram: (1 + math.log(times))
            * (math.log((1 + total) / (1 + spread[gram])) + 1)
            for gram, times in sorted(counted.items())
        }
        length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
        for gram, value in vector.items():
            holders[gram].append((number, value / length))
    near: list[dict[int, float]] = [defaultdict(float) for _ in keys]
    for _, held in sorted(holders.items()):
        if len(held) > _MOST_KEYS_OF_A_GRAM:
            continue
        for place, (one, weight) in enumerate(held):
            row = near[one]
            for other, its in held[place + 1 :]:
                row[other] += weight * its
    both: list[dict[int, float]] = [{} for _ in keys]
    for one, row in enumerate(near):
        for other, value in row.items():
            if value > floor / 4:
                both[one][other] = both[other][one] = value
    return both


def _linked(near: list[dict[int, float]], floor: float) -> list[list[int]]:
    """Average linkage down to a similarity; pairs that share nothing count as zero."""
    members = {number: [number] for number in range(len(near))}
    rows = {number: dict(row) for number, row in enumerate(near)}
    heap = [
        (-value, one, other)
        for one, row in rows.items()
        for other, value in row.items()
        if one < other and value >= floor
    ]
    heapq.heapify(heap)
    following = len(near)
    while heap:
        _, one, other = heapq.heappop(heap)
        if one not in members or other not in members:
            continue
        ours, theirs = members.pop(one), members.pop(other)
        row, second = rows.pop(one), rows.pop(other)
        a, b = len(ours), len(theirs)
        joined: dict[int, float] = {}
        for third in sorted((row.keys() | second.keys()) & members.keys()):
            mean = (a * row.get(third, 0.0) + b * second.get(third, 0.0)) / (a + b)
            joined[third] = mean
            rows[third].pop(one, None)
            rows[third].pop(other, None)
            rows[third][following] = mean
            if mean >= floor:
                heapq.heappush(heap, (-mean, third, following))
        members[following] = sorted([*ours, *theirs])
        rows[following] = joined
        following += 1
    return sorted(members.values())


def _grams(key: Key) -> list[str]:
    return [
        padded[place : place + size]
        for word in key
        for padded in (f" {word} ",)
        for size in _GRAMS
        for place in range(max(1, len(padded) - size + 1))
    ]
