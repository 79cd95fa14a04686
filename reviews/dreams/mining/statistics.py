"""The three tests that decide: Fisher's, Benjamini and Hochberg's, Cochran-Mantel-Haenszel's.

Own code, since nothing else of a scientific stack would be used; held against textbook
values and properties in the tests.
"""

from collections.abc import Mapping, Sequence
from math import erfc, exp, lgamma, sqrt

import msgspec

Table = tuple[int, int, int, int]


class Strata(msgspec.Struct, frozen=True):
    """What a stratified comparison came to."""

    p: float
    odds: float
    # Difference of the shares, weighted by strata.
    difference: float


def fisher(a: int, b: int, c: int, d: int) -> float:
    """The one-sided p of a table with at least ``a`` in its first cell.

    Rows: with the feature (a, b) and without (c, d); columns: failing and fine.
    """
    row, column, total = a + b, a + c, a + b + c + d
    if not row or not column:
        return 1.0
    scale = _choose(total, column)
    top = min(row, column)
    terms = (
        exp(_choose(row, k) + _choose(total - row, column - k) - scale)
        for k in range(a, top + 1)
    )
    return min(1.0, sum(terms))


def benjamini_hochberg(values: Sequence[float]) -> list[float]:
    """The q value of each p, in their order."""
    order = sorted(range(len(values)), key=lambda index: values[index], reverse=True)
    adjusted = [1.0] * len(values)
    least = 1.0
    for place, index in enumerate(order):
        least = min(least, values[index] * (len(values) / (len(values) - place)))
        adjusted[index] = least
    return adjusted


def mantel_haenszel(tables: Mapping[Table, int]) -> Strata:
    """Compare two arms over strata: one-sided p with continuity, pooled odds, difference.

    Each table, with how many strata have it: without (bad, fine), with (bad, fine); odds
    above 1 mean that being without goes with being bad.
    """
    seen = expected = variance = upper = lower = weighted = weights = 0.0
    for (a, b, c, d), times in tables.items():
        n = a + b + c + d
        without, with_, bad, fine = a + b, c + d, a + c, b + d
        if n < 2 or not without or not with_:
            continue
        seen += times * a
        expected += times * without * bad / n
        variance += times * without * with_ * bad * fine / (n * n * (n - 1))
        upper += times * a * d / n
        lower += times * b * c / n
        weight = times * without * with_ / n
        weighted += weight * (a / without - c / with_)
        weights += weight
    if not variance or seen <= expected:
        return Strata(1.0, 1.0, 0.0)
    z = max(0.0, seen - expected - 0.5) / sqrt(variance)
    odds = upper / lower if lower else float("inf")
    return Strata(0.5 * erfc(z / sqrt(2)), odds, weighted / weights)


def _choose(n: int, k: int) -> float:
    if k < 0 or k > n:
        return float("-inf")
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
