"""The review desk beside its budgets: a browser deciding among 10,000, pages weighed."""

import contextlib
import shutil
import sys
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page, Response, sync_playwright

from tests.bench.figures import Figure, p50, p95
from tests.bench.installation import LARGE, Installation, Server
from tests.bench.load import HOST

TITLE = "The review desk, among 10,000 waiting proposals: pages, and a real browser"
DECISIONS = 40
MOST_QUERIES = 12
# Where, and how many kilobytes it may weigh once compressed.
PAGES = {
    "inbox": ("/inbox/", 60),
    "proposal": ("/proposals/{proposal}/", 120),
    "proposal, edit": ("/proposals/{proposal}/edit/", 0),
    "memory": ("/memory/{store}/", 0),
    "memory, blame": ("/memory/{store}/?view=blame", 0),
    "memory, what waits": ("/memory/{store}/agents/billing/ledger.md?view=raw", 0),
    "history": ("/history/{store}/", 0),
    "version": ("/history/{store}/1/", 0),
    "trace": ("/traces/{trace}/", 0),
}
# On every page: when a key was pressed, and when another proposal's name was painted.
WATCH = """
addEventListener("keydown", () => { sessionStorage.pressed = performance.timeOrigin + performance.now(); }, true);
(function look() {
  const name = document.querySelector("#main h1") && document.title.split(" ")[0];
  if (name && name !== sessionStorage.seen) requestAnimationFrame(() => {
    sessionStorage.seen = name;
    sessionStorage.painted = performance.timeOrigin + performance.now();
  });
  requestAnimationFrame(look);
})();
"""
TAKEN = """() => new Promise(resolve => (function look() {
  const taken = sessionStorage.painted - sessionStorage.pressed;
  taken > 0 ? resolve(taken) : requestAnimationFrame(look);
})())"""
PAINTED = """() => new Promise(resolve => new PerformanceObserver(list => {
  for (const entry of list.getEntriesByName("first-contentful-paint")) resolve(entry.startTime);
}).observe({ type: "paint", buffered: true }))"""


def measure(bench: Installation) -> Iterator[Figure]:
    database = bench.clone(bench.world(LARGE), "bench_desk")
    facts = bench.inside(database, "multiply", LARGE)
    facts["store"] = "support"
    facts["long"] = bench.inside(database, "long_trace")
    waiting = bench.inside(database, "submit", DECISIONS + 1)["proposals"]
    yield from weights(bench, database, facts)
    with bench.ours(database) as ours, signed_in(ours, facts) as page:
        if page is None:
            sys.stderr.write(
                "There is no Chromium here: the browser is not measured.\n"
            )
            return
        yield from in_a_browser(page, facts, waiting)


def weights(
    bench: Installation, database: str, facts: dict[str, Any]
) -> Iterator[Figure]:
    addresses = {name: path.format(**facts) for name, (path, _) in PAGES.items()}
    found = bench.inside(database, "weigh", facts["session"], *addresses.values())
    for name, address in addresses.items():
        most = PAGES[name][1]
        weight, queries = found[address]["kB"], found[address]["queries"]
        goal = f"< {most} kB" if most else ""
        yield Figure(f"{name}, compressed", "kB", weight, goal=goal)
        yield Figure("… queries", "", queries, goal=f"<= {MOST_QUERIES}")
    rendered = bench.inside(database, "render")
    yield Figure("diff of 500 rules, stored, to HTML", "ms", rendered, goal="< 50 ms")


def in_a_browser(
    page: Page, facts: dict[str, Any], waiting: list[int]
) -> Iterator[Figure]:
    taken, answered = [], []
    for key in waiting[1:]:
        page.goto(f"/proposals/{key}/")
        with page.expect_response("**/approve/") as answer:
            page.keyboard.press("a")
        page.wait_for_url(lambda url, key=key: f"/proposals/{key}/" not in url)
        taken.append(page.evaluate(TAKEN) / 1000)
        answered.append(served(answer.value))
    yield Figure("decision to next proposal painted, p50", "ms", p50(taken))
    yield Figure("… p95", "ms", p95(taken), goal="<= 300 ms")
    yield Figure("… of which the server's answer to the POST, p50", "ms", p50(answered))
    yield Figure("… p95", "ms", p95(answered), goal="<= 150 ms")
    response = page.goto(f"/traces/{facts['long']}/", wait_until="commit")
    assert response is not None
    painted = page.evaluate(PAINTED)
    yield Figure("trace of 2,000 steps of 3 kB, painted", "ms", painted, goal="< 2 s")
    size = len(response.body()) / 1000
    yield Figure("… its HTML", "kB", size, goal="< 1,000 kB")


def served(answer: Response) -> float:
    """Seconds until the first byte of an answer."""
    timing = answer.request.timing
    return (timing["responseStart"] - timing["requestStart"]) / 1000


@contextlib.contextmanager
def signed_in(server: Server, facts: dict[str, Any]) -> Iterator[Page | None]:
    """A browser with the operator's session; none where there is no Chromium."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        yield None
        return
    address = f"http://{HOST}:{server.port}"
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        context = browser.new_context(base_url=address)
        session = {"name": "sessionid", "value": facts["session"], "url": address}
        context.add_cookies([session])
        page = context.new_page()
        page.add_init_script(WATCH)
        yield page
        browser.close()
