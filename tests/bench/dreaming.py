"""Dreams within one process, and what they took."""

import resource
import time
from datetime import datetime
from typing import Any

from django.db import connection

from reviews.audit.actors import Actor
from reviews.dreams import dreams, pipeline
from reviews.dreams.models import Digest, Signal
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


def dream(fresh: str = "") -> dict[str, Any]:
    """Dream over the example's traces in a store of its own; ``fresh`` forgets digests."""
    store = _store()
    if fresh:
        with connection.cursor() as cursor:
            tables = (Digest._meta.db_table, Signal._meta.db_table)
            cursor.execute(f"TRUNCATE {', '.join(tables)}")
            cursor.execute("ANALYZE")
    started = dreams.start(store, by=BY, here=True)
    began, used = time.perf_counter(), time.process_time()
    ended = pipeline.run_inline(started)
    seconds, processor = time.perf_counter() - began, time.process_time() - used
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "state": ended.state,
        "seconds": seconds,
        "processor": processor,
        "memory": memory,
        "counts": ended.counts,
        "stages": {
            name: _seconds(stage)
            for name, stage in ended.stages.items()
            if isinstance(stage, dict) and "started" in stage
        },
        "reading": _reading_only(store) if fresh else 0.0,
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


def _reading_only(store: Store) -> float:
    """The limit: every step of every trace read and decoded, and nothing else."""
    keys = list(Trace.objects.order_by("id").values_list("id", flat=True))
    began = time.perf_counter()
    assert sum(len(steps) for _, steps in bodies.with_steps(keys))
    return time.perf_counter() - began
