"""Traces stored per second over HTTP, and what one costs in processor and on disk."""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import batched
from typing import Any

import psycopg

from tests.bench import load
from tests.bench.figures import Figure
from tests.bench.installation import (
    EMPTY,
    Installation,
    Server,
    reference_tables,
)
from tests.bench.load import Job
from tests.bench.processor import cpu_of

TITLE = "Ingest over HTTP, example traces, until stored and searchable"
TRACES = 2_000
# Name, connections, traces in one request, how many traces in all, the goal.
SCENARIOS = [
    ("1 connection", 1, 1, 300, "reference; 80"),
    ("16 connections", 16, 1, 600, "reference; 140"),
    ("16 connections, 4 agents", 16, 1, 600, ""),
    ("batches of 10, 4 connections", 4, 10, 1_000, "reference; 190"),
    ("NDJSON of 100, 4 connections", 4, 100, TRACES, ">= 500"),
]


def measure(bench: Installation) -> Iterator[Figure]:
    lines = [line.encode() for line in bench.inside(EMPTY, "lines", TRACES)]
    database = bench.clone(EMPTY, "bench_ingest")
    senders = bench.inside(database, "senders", len(SCENARIOS) + 4)
    with bench.connect(database) as connection:
        reference_tables(connection)
        limit = copied(connection, lines)
    with bench.ours(database) as ours, bench.reference(database) as reference:
        for number, (name, connections, size, count, goal) in enumerate(SCENARIOS):
            tokens = senders[number : number + 1]
            if "4 agents" in name:
                tokens = senders[-4:]
            requests = posts(lines[:count], size, tokens)
            both = [
                Costs(bench, server, Job(server.port, requests, connections), size)
                for server in (ours, reference)
            ]
            in_turns(*both)
            rates = [costs.rate for costs in both]
            yield Figure(f"{name}", "traces/s", *rates, limit, goal)
            yield from costs_of(name, *both)
    with bench.connect(database) as connection:
        connection.execute("VACUUM ANALYZE")
        yield from sizes(connection, TRACES)


class Costs:
    """One side of a scenario: its requests, and what they took."""

    def __init__(
        self, bench: Installation, server: Server, job: Job, size: int
    ) -> None:
        self.bench, self.server, self.job, self.size = bench, server, job, size
        self.traces = 0
        self.seconds = self.web = self.database = 0.0
        self.waits = 0

    def send(self, requests: Sequence[bytes]) -> None:
        web, database = self.server.cpu, cpu_of(self.bench.database.pid)
        part = Job(self.job.port, list(requests), self.job.connections)
        outcome = load.run(part).expect(200)
        self.web += self.server.cpu - web
        self.database += cpu_of(self.bench.database.pid) - database
        self.seconds += outcome.seconds
        self.traces += len(outcome.times) * self.size
        self.waits += outcome.waits

    @property
    def rate(self) -> float:
        return self.traces / self.seconds


def in_turns(ours: Costs, reference: Costs) -> None:
    """Half of the requests each, twice: a busy moment meets both."""
    for turn in range(2):
        for side in (reference, ours):
            side.send(side.job.requests[turn::2])


def costs_of(name: str, ours: Costs, reference: Costs) -> Iterator[Figure]:
    for what in ("web", "database"):
        spent = [getattr(side, what) / side.traces * 1000 for side in (ours, reference)]
        yield Figure(f"… processor of the {what}", "ms/trace", *spent)
    if ours.waits:
        yield Figure("… times told to wait (429)", "", ours.waits)


def posts(lines: Sequence[bytes], size: int, tokens: Sequence[str]) -> list[bytes]:
    """Traces as requests, in turn by these agents."""
    return [
        load.request(
            "POST",
            "/api/traces",
            b"\n".join(some),
            Authorization=f"Bearer {tokens[number % len(tokens)]}",
            Content_Type="application/x-ndjson",
        )
        for number, some in enumerate(batched(lines, size, strict=False))
    ]


def copied(connection: "psycopg.Connection[Any]", lines: Sequence[bytes]) -> float:
    """COPY of one document per trace, committed: traces per second."""
    connection.execute("CREATE TABLE bench_limit (document text)")

    def copy() -> None:
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY bench_limit FROM STDIN") as rows,
        ):
            for line in lines:
                rows.write_row((line.decode(),))

    return len(lines) / seconds(copy)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def sizes(connection: "psycopg.Connection[Any]", limit: int) -> Iterator[Figure]:
    """Bytes on disk per trace, indexes included, with and without the text index."""

    def ask(query: str) -> float:
        row = connection.execute(query).fetchone()
        return float(row[0]) if row else 0.0

    ours = ask(
        "SELECT sum(pg_total_relation_size(oid)) / (SELECT count(*) FROM reviews_trace)"
        " / 1000 FROM pg_class WHERE relkind = 'r' AND relname ~ '^reviews_trace'"
    )
    words = ask(
        "SELECT (sum(pg_column_size(search)) + pg_relation_size('trace_search'))"
        " / count(*) / 1000 FROM reviews_trace"
    )
    theirs = ask(
        "SELECT pg_total_relation_size('bench_trace')"
        " / (SELECT count(*) FROM bench_trace)::float / 1000"
    )
    their_words = ask(
        "SELECT (sum(pg_column_size(search)) + pg_relation_size('bench_trace_search'))"
        " / count(*)::float / 1000 FROM bench_trace"
    )
    least = ask(f"SELECT pg_total_relation_size('bench_limit') / {limit}::float / 1000")
    yield Figure("on disk with the text index", "kB/trace", ours, theirs, least)
    without = (ours - words, theirs - their_words)
    yield Figure("on disk without it", "kB/trace", *without, least, "<= 16")
