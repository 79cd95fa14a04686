"""What the pages of the desk ask, weigh and open: counted within the product."""

import gzip
import time
from typing import Any

from django.db import connection
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from reviews.examples import team
from reviews.memory import diffs
from reviews.traces import intake
from reviews.traces.models import Trace
from reviews.traces.steps import Record, Step
from reviews.web.presenters import diffs as shapes
from tests.bench.figures import p50
from tests.factories import SETUP

STEPS, BODY = 2_000, 3_000


def long_trace() -> int:
    """A run of two thousand steps of 3 kB in the example team; its key."""
    its = team.find()
    assert its is not None
    words = "Nothing of note happened here. " * (BODY // 30)
    steps = [
        Step(
            index,
            "message" if index % 2 else "tool_result",
            "agent" if index % 2 else "tool",
            f"{index}: {words}"[:BODY],
            "" if index % 2 else "look",
        )
        for index in range(STEPS)
    ]
    record = Record(external_id="two-thousand-steps", format="own", steps=steps)
    agent = its.agents.order_by("pk").first()
    assert agent is not None
    (taken,) = intake.accept(agent, [record], by=SETUP)
    assert taken.trace is not None
    return Trace.objects.get(pk=taken.trace).pk


def weigh(session: str, *addresses: str) -> dict[str, dict[str, float]]:
    """For each page how many queries it asks, and its kilobytes once compressed."""
    client = Client(headers={"host": "localhost"})
    client.cookies["sessionid"] = session
    found = {}
    for address in addresses:
        client.get(address)  # what is cached per process is not the page's
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address)
        if response.status_code != 200:
            raise RuntimeError(f"{address} answers {response.status_code}.")
        size = len(gzip.compress(response.content, 6)) / 1000
        found[address] = {"queries": len(captured), "kB": size}
    return found


def render() -> float:
    """A diff of 500 rules from its stored form to HTML, in milliseconds (p50)."""
    rules = [f"- Ask the customer about order {n} first." for n in range(500)]
    changed = [
        rule.replace("first", "at once") if n % 20 == 0 else rule
        for n, rule in enumerate(rules)
    ]
    before, after = "\n".join(rules), "\n".join(changed)
    # Which view of it is asked for stands in the address.
    request = RequestFactory().get("/")
    stored = diffs.dump(diffs.compare(before, after))

    def act() -> Any:
        change = shapes.present(before, after, path="/rules.md", stored=stored)
        context = {"change": change, "says": ""}
        return render_to_string("components/diff.html", context, request)

    spent = []
    for _ in range(20):
        began = time.perf_counter()
        act()
        spent.append(time.perf_counter() - began)
    return p50(spent)
