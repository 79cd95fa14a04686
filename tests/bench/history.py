"""A store with 1,000 memories and 100 versions of each: reading the past, adding to it."""

from collections.abc import Iterator

from tests.bench.figures import Figure
from tests.bench.installation import EMPTY, Installation

TITLE = "History of 1,000 memories x 100 versions, in process"


def measure(bench: Installation) -> Iterator[Figure]:
    found = bench.inside(bench.clone(EMPTY, "bench_history"), "remember")
    plain = found.pop("plain")
    goals = {"as-of reading": "<= 20 ms"}
    for name, (middle, most) in found.items():
        other = plain if "reading" in name or "bundle" in name else (None, None)
        goal = goals.get(name, "")
        yield Figure(f"{name}, p50", "ms", middle, other[0], goal=goal)
        yield Figure("… p95", "ms", most, other[1])
