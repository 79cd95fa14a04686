"""Pages at 1,000 and at 10,000 rows, signed in, over HTTP, one after the other."""

import contextlib
from collections.abc import Iterator
from typing import Any

from tests.bench import load
from tests.bench.figures import Figure, p50, p95
from tests.bench.installation import LARGE, SMALL, Installation, Server
from tests.bench.load import Job, Outcome

TITLE = "Pages at 10,000 rows (and at 1,000), server time over one connection"
SECONDS = 2.4
PAGES = {
    "inbox": "/inbox/",
    "proposal": "/proposals/{proposal}/",
    "trace list": "/traces/",
    "trace list, text": "/traces/?q=refund",
    "trace": "/traces/{trace}/",
}
REFERENCES = {
    "inbox": "/inbox/?store={store}",
    "proposal": "/proposals/{proposal}/",
    "trace list": "/traces/?team={team}",
    "trace list, text": "",
    "trace": "/traces/{trace}/",
}


def measure(bench: Installation) -> Iterator[Figure]:
    with contextlib.ExitStack() as servers:
        sides: list[tuple[Server, Server, dict[str, Any]]] = []
        for rows in (SMALL, LARGE):
            database = bench.clone(bench.world(rows), f"bench_pages_{rows}")
            facts = bench.inside(database, "multiply", rows)
            ours = servers.enter_context(bench.ours(database))
            reference = servers.enter_context(bench.reference(database))
            sides.append((ours, reference, facts))
        for name in PAGES:
            yield from of_page(name, *sides)


def of_page(
    name: str,
    small: tuple[Server, Server, dict[str, Any]],
    large: tuple[Server, Server, dict[str, Any]],
) -> Iterator[Figure]:
    (few, _, few_facts), (many, bare, many_facts) = small, large
    at_few, at_many = load.in_turns(
        job(few, PAGES[name], few_facts), job(many, PAGES[name], many_facts)
    )
    theirs = (
        load.run(job(bare, REFERENCES[name], many_facts, SECONDS / 2)).expect(200)
        if REFERENCES[name]
        else None
    )
    yield from figures(name, at_few.expect(200), at_many.expect(200), theirs)


def figures(
    name: str, few: Outcome, many: Outcome, theirs: Outcome | None
) -> Iterator[Figure]:
    middle = p50(theirs.times) if theirs else None
    most = p95(theirs.times) if theirs else None
    cost = theirs.cost if theirs else None
    yield Figure(f"{name}, processor of the web", "ms", many.cost, cost)
    yield Figure("… p50", "ms", p50(many.times), middle)
    yield Figure("… p95", "ms", p95(many.times), most, goal="<= 60 ms")
    growth = p95(many.times) / p95(few.times)
    yield Figure("… p95 at 10,000 beside p95 at 1,000", "x", growth, goal="<= 1.5x")
    yield Figure("… and its processor", "x", many.cost / few.cost)


def job(
    server: Server, path: str, facts: dict[str, Any], seconds: float = SECONDS
) -> Job:
    headers = {"Cookie": f"sessionid={facts['session']}"}
    one = load.request("GET", path.format(**facts), **headers)
    return Job(server.port, [one], seconds=seconds, pid=server.pid)
