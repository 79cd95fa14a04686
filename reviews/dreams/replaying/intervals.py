"""How sure a share is: the interval of Wilson, which is honest for few and for none."""

import math
from typing import NamedTuple

# Of the standard normal distribution, for 95 %.
_Z = 1.959964


class Interval(NamedTuple):
    """A share, and between what it may well lie."""

    low: float
    share: float
    high: float


def wilson(times: int, of: int) -> Interval:
    """The interval of a share at 95 %; of nothing nobody knows anything."""
    if of <= 0:
        return Interval(0.0, 0.0, 1.0)
    share = times / of
    scale = 1 + _Z**2 / of
    middle = (share + _Z**2 / (2 * of)) / scale
    half = _Z * math.sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2)) / scale
    # Rounding must not leave the share outside.
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Interval(min(low, share), share, max(high, share))


def sign_test(improves: int, breaks: int) -> float:
    """How often chance alone would tip the changed situations as far to one side."""
    changed = improves + breaks
    if not changed:
        return 1.0
    tail: int = sum(
        math.comb(changed, k) for k in range(max(improves, breaks), changed + 1)
    )
    return min(1.0, 2.0 * tail / float(2**changed))
