"""Every page with real content, in both themes and on a small screen.

Pages are found by following links from the first one, so a new page is looked at as soon
as something leads to it: no serious finding of axe, no violation of the content policy,
nothing that makes a page scroll sideways at 320 px.
"""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import Resolver404, resolve
from playwright.sync_api import Page

from reviews.audit.actors import Actor
from reviews.dreams import dreams, pipeline
from reviews.examples import team as example
from reviews.teams.models import User
from reviews.web.context import SECTIONS

pytestmark = pytest.mark.django_db(transaction=True)

# Links to one view differ in what they ask for; so many kinds of them are looked at.
KINDS_PER_VIEW = 3
PUBLIC = ["/account/login/", "/account/password/reset/", "/no/such/page/"]
AXE = {
    "resultTypes": ["violations"],
    "runOnly": [
        "wcag2a",
        "wcag2aa",
        "wcag21a",
        "wcag21aa",
        "wcag22aa",
        "best-practice",
    ],
}


@pytest.fixture
def pages(cast: dict[str, User]) -> list[str]:
    """The addresses that links lead Max to in an example team that has dreamt."""
    by = Actor.person(cast["max"])
    team = example.create(by=by, traces=100)
    pipeline.run_inline(dreams.start(example.store_of(team), by=by))
    client = Client()
    client.force_login(cast["max"], "django.contrib.auth.backends.ModelBackend")
    client.post("/teams/choose/", {"team": team.pk})
    return list(walk(client))


def walk(client: Client) -> Iterator[str]:
    """Follow links breadth first; each kind of address once, a view some times."""
    seen: set[tuple[str, frozenset[str]]] = set()
    views: Counter[str] = Counter()
    waiting = deque(["/begin/", "/"])
    while waiting:
        address = waiting.popleft()
        kind = kind_of(address)
        if kind is None or kind in seen or views[kind[0]] >= KINDS_PER_VIEW:
            continue
        seen.add(kind)
        response = client.get(address)
        if response.status_code == 302:
            waiting.append(urljoin(address, response["Location"]))
            continue
        assert response.status_code == 200, address
        if "text/html" not in response["Content-Type"]:
            continue
        views[kind[0]] += 1
        yield address
        links = re.findall(r'<a\b[^>]*\shref="([^"]+)"', response.content.decode())
        waiting.extend(urljoin(address, unescape(link)) for link in links)


def kind_of(address: str) -> tuple[str, frozenset[str]] | None:
    """The view of an address and what it asks for; nothing for other sites and files."""
    parts = urlsplit(address)
    if parts.netloc:
        return None
    try:
        match = resolve(parts.path)
    except Resolver404:
        return None
    return match.view_name, frozenset(parse_qs(parts.query))


def test_links_lead_to_every_section(pages):
    found = {kind_of(page)[0] for page in pages}

    assert {f"web:{section.name}" for section in SECTIONS} <= found
    assert {
        "web:proposal",
        "web:trace",
        "web:dream",
        "web:memory",
        "web:history",
    } <= found
    assert {"web:settings-agent", "web:settings-store", "web:audit-entry"} <= found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_is_in_anybody_s_way(sign_in, pages, complaints, theme):
    page = sign_in("max", color_scheme=theme)

    found = {
        address: problems
        for address in [*PUBLIC, *pages]
        if (problems := problems_of(page, address, complaints))
    }

    assert found == {}


def problems_of(page: Page, address: str, complaints: list[str]) -> list[str]:
    """What axe finds serious, and what the page itself complains about."""
    complaints.clear()
    response = page.goto(address)
    page.wait_for_load_state("networkidle")
    said = [text for text in complaints if response.ok or "status of 4" not in text]
    results = Axe().run(page, options=AXE)
    return said + [
        f"{finding['id']} ({finding['impact']}): {finding['nodes'][0]['html'][:200]}"
        for finding in results.response["violations"]
        if finding["impact"] in ("serious", "critical")
    ]


def test_no_page_scrolls_sideways_on_a_small_screen(sign_in, pages):
    page = sign_in("max", viewport={"width": 320, "height": 640})
    beyond = "document.documentElement.scrollWidth - window.innerWidth"

    wide = {
        address: page.evaluate(beyond)
        for address in [*PUBLIC, *pages]
        if page.goto(address) and page.evaluate(beyond) > 0
    }

    assert wide == {}


def test_the_dialogs_and_menus_are_sound_too(sign_in, pages, complaints):
    page = sign_in("max")
    page.goto("/audit/")

    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys on this page").wait_for()
    results = Axe().run(page, options=AXE)

    assert [v["id"] for v in results.response["violations"]] == []
    assert complaints == []


def test_the_focus_is_never_lost(sign_in: Callable[..., Page], pages: list[str]):
    page = sign_in("max")
    page.goto("/audit/")
    page.get_by_role("button", name="Verify").focus()

    page.keyboard.press("Enter")
    page.locator("#report .notice").wait_for()

    assert page.evaluate("document.activeElement !== document.body")
