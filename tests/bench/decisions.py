"""Deciding among ten thousand proposals: one reviewer, then eight at once."""

import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from tests.bench import load
from tests.bench.figures import Figure, p50, p95
from tests.bench.installation import LARGE, Installation, reference_tables
from tests.bench.load import Job

TITLE = "Decisions among 10,000 waiting proposals, over HTTP"
# Reviewers at once, and how many they decide.
SCENARIOS = [(1, 80), (8, 240)]
CSRF = "a" * 32


def measure(bench: Installation) -> Iterator[Figure]:
    database = bench.clone(bench.world(LARGE), "bench_decisions")
    facts = bench.inside(database, "multiply", LARGE)
    waiting = bench.inside(database, "submit", sum(n for _, n in SCENARIOS))
    with bench.connect(database) as connection:
        reference_tables(connection)
        connection.execute(
            "INSERT INTO bench_item SELECT unnest(%s::bigint[]), 'open'",
            [waiting["proposals"]],
        )
    yield Figure("submitting one proposal, p50", "ms", waiting["p50"])
    proposals = iter(waiting["proposals"])
    with bench.ours(database) as ours, bench.reference(database) as reference:
        for reviewers, count in SCENARIOS:
            requests = [approval(next(proposals), facts) for _ in range(count)]
            found = [
                outcome.expect(303)
                for outcome in load.in_turns(
                    *(
                        Job(server.port, requests, reviewers, pid=server.pid)
                        for server in (ours, reference)
                    )
                )
            ]
            name = f"approve, {reviewers} reviewer{'s' * (reviewers > 1)}"
            goal = ">= 100/s" if reviewers > 1 else ""
            yield Figure(name, "per s", *(o.rate for o in found), goal=goal)
            yield Figure("… processor of the web", "ms", *(o.cost for o in found))
            yield Figure("… p50", "ms", *(p50(o.times) for o in found))
            goal = "<= 60 ms" if reviewers == 1 else ""
            yield Figure("… p95", "ms", *(p95(o.times) for o in found), goal=goal)
    applied = bench.inside(database, "apply")
    yield Figure("its version, when the hold ends, p50", "ms", applied["p50"])
    yield Figure("… p95", "ms", applied["p95"], goal="<= 60 ms")


def approval(proposal: int, facts: dict[str, Any]) -> bytes:
    form = {"reason": "Seen twice.", "request": str(uuid.uuid4())}
    return load.request(
        "POST",
        f"/proposals/{proposal}/approve/",
        urlencode(form).encode(),
        Cookie=f"sessionid={facts['session']}; csrftoken={CSRF}",
        X_CSRFToken=CSRF,
        Content_Type="application/x-www-form-urlencoded",
    )
