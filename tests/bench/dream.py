"""A dream over ten thousand example traces, another with nothing new, and the next night's."""

from collections.abc import Iterator
from typing import Any

from tests.bench.figures import Figure
from tests.bench.installation import LARGE, SMALL, Installation
from tests.bench.processor import cpu_of

TITLE = f"Dream over {LARGE:,} example traces, in one process, from and to the database"


def measure(bench: Installation) -> Iterator[Figure]:
    database = bench.clone(bench.world(LARGE), "bench_dream")
    used = cpu_of(bench.database.pid)
    first = bench.inside(database, "dream", "fresh")
    first["database"] = cpu_of(bench.database.pid) - used
    again = bench.inside(database, "dream")
    bench.inside(database, "example", LARGE + SMALL)
    nightly = bench.inside(database, "dream")
    for one in (first, again, nightly):
        if one["state"] != "completed":
            raise RuntimeError(f"A dream ended as {one['state']}.")
    yield from whole(first)
    yield Figure("second dream, nothing new", "s", again["seconds"])
    yield Figure(
        f"nightly increment of {SMALL:,}", "s", nightly["seconds"], goal="<= 15"
    )
    yield from stages(nightly)


def whole(dream: dict[str, Any]) -> Iterator[Figure]:
    rates = (LARGE / dream["seconds"], None, LARGE / dream["reading"])
    yield Figure("traces, limit: reading the steps", "traces/s", *rates, ">= 833")
    each = [dream[what] / LARGE * 1000 for what in ("processor", "database")]
    yield Figure("… processor of the dream", "ms/trace", each[0])
    yield Figure("… processor of the database", "ms/trace", each[1])
    yield Figure("peak memory of the process", "MB", dream["memory"], goal="<= 200")
    yield from stages(dream)


def stages(dream: dict[str, Any]) -> Iterator[Figure]:
    for name, seconds in dream["stages"].items():
        yield Figure(f"… {name}", "s", seconds)
