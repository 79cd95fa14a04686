"""A dream over many example traces by two workers, one with nothing new, and the next night's.

``SIZE=100000`` for as many traces; ten thousand otherwise.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.bench import peers
from tests.bench.figures import Figure
from tests.bench.installation import LARGE, SMALL, Installation
from tests.bench.processor import cpu_of

SIZE = int(os.environ.get("SIZE", LARGE))
WORKERS = 2
# Whose steps are read to know the limit.
_READ = 2_000
TITLE = (
    f"Dream over {SIZE:,} example traces, {WORKERS} workers, from and to the database"
)


def measure(bench: Installation) -> Iterator[Figure]:
    database = bench.bulk(SIZE)
    yield from full(bench, database)
    again, _ = carried(bench, database)
    yield Figure("second dream, nothing new", "s", again["seconds"])
    bench.inside(database, "load", SIZE, SIZE + SMALL)
    yield from nightly(bench, database)
    yield from peers.measure(SMALL)


def full(bench: Installation, database: str) -> Iterator[Figure]:
    """Everything from nothing: evaluated by several workers, then folded by one."""
    used = cpu_of(bench.database.pid)
    ended, workers = carried(bench, database, "fresh")
    goal = f"<= {120 * SIZE / 100_000:.0f}"
    yield Figure("whole dream", "s", ended["seconds"], goal=goal)
    yield Figure("… evaluating", "s", _longest(workers))
    processor = sum(one["processor"] for one in workers) / SIZE
    limit = bench.inside(database, "reading", _READ) / _READ
    yield Figure(
        "… processor of evaluating, limit: reading the steps", "ms/trace",
        processor * 1000, None, limit * 1000,
    )  # fmt: skip
    yield from _after(ended)
    database_used = (cpu_of(bench.database.pid) - used) / SIZE * 1000
    yield Figure("… processor of the database", "ms/trace", database_used)
    peak = max(one["memory"] for one in workers)
    yield Figure("peak memory of a worker", "MB", peak, goal="<= 200")
    yield Figure("peak memory of the reducer", "MB", ended["memory"], goal="<= 400")


def nightly(bench: Installation, database: str) -> Iterator[Figure]:
    """A thousand more traces."""
    ended, workers = carried(bench, database)
    label = f"nightly increment of {SMALL:,} on {SIZE:,}"
    yield Figure(label, "s", ended["seconds"], goal="<= 15")
    yield Figure("… evaluating", "s", _longest(workers))
    yield from _after(ended)
    yield Figure("… peak memory", "MB", ended["memory"], goal="<= 400")


def carried(
    bench: Installation, database: str, *fresh: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A dream from its start to its end: what the last process took, and each worker.

    As the broker's workers carry it: several evaluate, and whoever is last folds.
    """
    begun = bench.inside(database, "begin", *fresh)
    workers: list[dict[str, Any]] = []
    if begun["shards"]:
        with ThreadPoolExecutor(WORKERS) as pool:
            tasks = [
                pool.submit(bench.inside, database, "evaluate", begun["dream"])
                for _ in range(WORKERS)
            ]
            workers = [task.result() for task in tasks]
    ended = _completed(bench.inside(database, "finish", begun["dream"]))
    seconds = begun["seconds"] + _longest(workers) + ended["seconds"]
    return ended | {"seconds": seconds}, workers


def _longest(workers: list[dict[str, Any]]) -> float:
    return max((one["seconds"] for one in workers), default=0.0)


def _completed(dream: dict[str, Any]) -> dict[str, Any]:
    if dream["state"] != "completed":
        raise RuntimeError(f"A dream ended as {dream['state']}.")
    return dream


def _after(dream: dict[str, Any]) -> Iterator[Figure]:
    yield Figure("… processor of one worker from then on", "s", dream["processor"])
    for name, seconds in dream["stages"].items():
        yield Figure(f"… {name}", "s", seconds)
