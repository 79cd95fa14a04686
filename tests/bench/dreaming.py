"""Dreams within one process, and what they took."""

import os
import resource
import time
from datetime import datetime
from typing import Any

from django.db import connection

from reviews.audit.actors import Actor
from reviews.dreams import dreams, pipeline, shards
from reviews.dreams.models import Digest, Dream, Episode, Signal
from reviews.examples import team
from reviews.memory import stores
from reviews.memory.models import Store
from reviews.teams.models import Agent
from reviews.traces import bodies
from reviews.traces.models import Trace

BY = Actor.system("bench")
NAME = "bench"


def propose() -> int:
    """Let the example's store dream, so that there is something to decide."""
    its = team.find()
    assert its is not None
    dream = dreams.start(team.store_of(its), by=BY, here=True)
    return int(pipeline.run_inline(dream).counts["proposals"])


def begin(fresh: str = "") -> dict[str, Any]:
    """Start a dream in a store of its own and cut its traces; ``fresh`` forgets digests."""
    store = _store()
    if fresh:
        with connection.cursor() as cursor:
            tables = (Digest, Signal, Episode)
            names = ", ".join(table._meta.db_table for table in tables)
            cursor.execute(f"TRUNCATE {names}")
            cursor.execute("ANALYZE")
    started = dreams.start(store, by=BY, here=True)
    began = time.perf_counter()
    waiting = pipeline.advance(started.pk)
    return {"dream": started.pk, "shards": len(waiting)} | _used(began)


def evaluate(dream: str) -> dict[str, Any]:
    """Take shards of a dream, one after the other, until none is left: one worker."""
    began, done = time.perf_counter(), 0
    its = Dream.objects.get(pk=dream)
    while waiting := shards.waiting(its):
        # Two workers begin at two places, and meet as seldom as the broker's would.
        shards.evaluate(waiting[os.getpid() % len(waiting)], tries=1)
        done += 1
    return {"shards": done} | _used(began)


def finish(dream: str) -> dict[str, Any]:
    """Carry a dream on to its end, all that is not evaluated included."""
    began = time.perf_counter()
    ended = pipeline.run_inline(Dream.objects.get(pk=dream))
    return {
        "state": ended.state,
        "counts": ended.counts,
        "stages": {
            name: _seconds(stage)
            for name, stage in ended.stages.items()
            if isinstance(stage, dict) and "started" in stage
        },
    } | _used(began)


def reading(count: str) -> float:
    """The limit: every step of so many traces read and decoded, and nothing else."""
    keys = list(Trace.objects.order_by("id").values_list("id", flat=True)[: int(count)])
    began = time.process_time()
    assert sum(len(steps) for _, steps in bodies.with_steps(keys))
    return time.process_time() - began


def _used(began: float) -> dict[str, float]:
    """What this process took: by the clock, of the processor, and of memory at its peak."""
    return {
        "seconds": time.perf_counter() - began,
        "processor": time.process_time(),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _store() -> Store:
    its = team.find()
    assert its is not None
    known = Store.objects.filter(team=its, name=NAME).first()
    if known is not None:
        return known
    store = stores.create(its, NAME, by=BY)
    for agent in Agent.objects.filter(team=its):
        stores.subscribe(agent, store, by=BY)
    return store


def _seconds(stage: dict[str, str]) -> float:
    times = [datetime.fromisoformat(stage[name]) for name in ("started", "ended")]
    return (times[1] - times[0]).total_seconds()
