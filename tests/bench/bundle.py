"""Agents reading memory: a bundle of 50 kB, and 304 for those who have it."""

from collections.abc import Iterator

from tests.bench import load
from tests.bench.figures import Figure, p50, p95
from tests.bench.installation import EMPTY, Installation, reference_tables
from tests.bench.load import Job

TITLE = "Agents reading a bundle of 50 kB"
SECONDS = 4.0


def measure(bench: Installation) -> Iterator[Figure]:
    database = bench.clone(EMPTY, "bench_bundle")
    reader = bench.inside(database, "reader")
    with bench.connect(database) as connection:
        reference_tables(connection)
        connection.execute(
            "INSERT INTO bench_bundle VALUES (%(store)s, %(etag)s, %(document)s)",
            reader,
        )
    path = f"/api/stores/{reader['store']}/bundle"
    door = {"Authorization": f"Bearer {reader['token']}"}
    kinds = {200: door, 304: door | {"If_None_Match": reader["etag"]}}
    with bench.ours(database) as ours, bench.reference(database) as reference:
        for status, headers in kinds.items():
            requests = [load.request("GET", path, **headers)]
            for connections in (1, 16):
                found = [
                    outcome.expect(status)
                    for outcome in load.in_turns(
                        *(
                            Job(server.port, requests, connections, SECONDS, server.pid)
                            for server in (ours, reference)
                        )
                    )
                ]
                name = f"{status}, {connections} connection{'s' * (connections > 1)}"
                rates = [outcome.rate for outcome in found]
                yield Figure(name, "requests/s", *rates, goal=">= 0.5x reference")
                yield Figure("… processor of the web", "ms", *(o.cost for o in found))
                yield Figure("… p50", "ms", *(p50(o.times) for o in found))
                goal = "<= 10 ms" if connections > 1 else ""
                yield Figure("… p95", "ms", *(p95(o.times) for o in found), goal=goal)
