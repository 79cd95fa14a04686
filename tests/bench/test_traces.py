"""Intake and the list of traces beside what PostgreSQL could do at most, in one run.

``pytest tests/bench/test_traces.py -n0 -s`` prints the figures; ``TRACES=10000`` for more.
Absolute times depend on the machine and on who else uses it: the ratios count.
"""

import os
import time
from collections.abc import Callable
from itertools import batched

import pytest
from django.db import connection

from reviews.audit.actors import Actor
from reviews.examples import generator
from reviews.teams.models import Agent
from reviews.traces import intake, payloads, search
from reviews.traces.search import Filters
from tests.factories import a_team, an_agent

pytestmark = pytest.mark.django_db(transaction=True)
TRACES = int(os.environ.get("TRACES", "1000"))
BY = Actor("agent", "bench")


def show(line: str) -> None:
    print(f"\n  {line}", end="")  # noqa: T201 - figures are what it is for


def rate(count: int, work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def p95(work: Callable[[], object], times: int = 40) -> float:
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return sorted(spent)[int(times * 0.95)] * 1000


def take(agent: Agent, lines: list[bytes], size: int) -> None:
    for some in batched(lines, size, strict=False):
        results = intake.accept(agent, [payloads.decode(line) for line in some], by=BY)
        assert {result.status for result in results} == {"stored"}


def copy(lines: list[bytes]) -> None:
    """Store each line as a document of its own, with nothing else: the limit."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_limit (document text)")
        with cursor.copy("COPY bench_limit FROM STDIN") as rows:
            for line in lines:
                rows.write_row((line.decode(),))
        cursor.execute("DROP TABLE bench_limit")


def test_intake_is_within_a_few_times_of_copy():
    lines = list(generator.lines(TRACES))
    size = sum(map(len, lines)) / TRACES / 1000
    limit = rate(TRACES, lambda: copy(lines))
    large = rate(TRACES, lambda: take(an_agent(), lines, 200))
    small = rate(TRACES, lambda: take(an_agent(), lines, 10))

    show(f"intake of {TRACES} traces of {size:.0f} kB, traces/s, one connection")
    show(f"COPY of one document each, the limit  {limit:6.0f}")
    show(f"batches of 200, searchable            {large:6.0f}  {limit / large:.1f}x")
    show(f"batches of 10, searchable             {small:6.0f}  {limit / small:.1f}x")
    assert large > limit / 8


def test_the_list_and_the_search_do_not_slow_down_with_the_rows():
    team = a_team()
    take(an_agent(team, "bench"), list(generator.lines(TRACES)), 200)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE reviews_trace")
    lists = {
        "newest": Filters(),
        "by agent": Filters(agent="bench"),
        "by outcome": Filters(outcome="failure"),
        "no hit": Filters(text="zzyzx"),
        "common word": Filters(text="refund"),
    }

    show(f"a page of {search.SIZE} of {TRACES} traces, p95 in ms, in process")
    for name, filters in lists.items():
        spent = p95(lambda given=filters: search.page(search.find(team, given)))
        show(f"{name:12} {spent:6.1f}")
        assert spent < 200
