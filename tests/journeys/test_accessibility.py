"""Every page with real content, in both themes and on a small screen.

Pages are found by following links from the first one, so a new page is looked at as soon
as something leads to it: no serious finding of axe, no violation of the content policy,
nothing that makes a page scroll sideways at 320 px.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import Resolver404, resolve
from playwright.sync_api import Page, expect

from reviews.audit.actors import Actor
from reviews.dreams import dreams, pipeline
from reviews.examples import team as example
from reviews.proposals import decisions
from reviews.proposals.models import Proposal
from reviews.teams.models import User
from reviews.web.context import SECTIONS

pytestmark = pytest.mark.django_db(transaction=True)

# Links to one view differ in what they ask for; so many kinds of them are looked at.
KINDS_PER_VIEW = 4
PUBLIC = ["/account/login/", "/account/password/reset/", "/no/such/page/"]
STANDARDS = [
    "wcag2a",
    "wcag2aa",
    "wcag21a",
    "wcag21aa",
    "wcag22aa",
    "best-practice",
]


@pytest.fixture
def pages(cast: dict[str, User]) -> list[str]:
    """The addresses that links lead to in an example team that dreamt and decided."""
    by = Actor.person(cast["max"])
    team = example.create(by=by, traces=100)
    pipeline.run_inline(dreams.start(example.store_of(team), by=by))
    applied, rejected, held, *_ = Proposal.objects.order_by("pk")
    decisions.approve(applied, by=by, reason="It keeps happening.", hold=0)
    decisions.reject(rejected, by=by, reason="One person's habit.")
    decisions.approve(held, by=by, hold=3600)
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


def test_every_page_can_be_used_by_everybody(sign_in, pages, complaints):
    page = sign_in("max", reduced_motion="reduce")

    found = {
        address: problems
        for address in [*PUBLIC, *pages]
        if (problems := problems_of(page, address, complaints))
    }

    assert found == {}
    views = {kind_of(address)[0] for address in pages}
    assert {f"web:{section.name}" for section in SECTIONS} <= views
    assert {
        "web:proposal",
        "web:trace",
        "web:dream",
        "web:memory",
        "web:version",
    } <= views
    assert {"web:compare", "web:rollback", "web:settings-agent"} <= views


def problems_of(page: Page, address: str, complaints: list[str]) -> list[str]:
    """What the page complains about, what axe finds serious, what is too wide."""
    complaints.clear()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light")
    response = page.goto(address)
    said = [text for text in complaints if response.ok or "status of 4" not in text]
    light = findings(page, {"runOnly": STANDARDS})
    # Only colours differ in the dark.
    page.emulate_media(color_scheme="dark")
    dark = findings(page, {"runOnly": ["color-contrast"]})
    page.set_viewport_size({"width": 320, "height": 640})
    beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    wide = [f"{beyond} px too wide at 320 px"] if beyond > 0 else []
    return said + light + [f"in the dark: {finding}" for finding in dark] + wide


def findings(page: Page, options: dict[str, Any]) -> list[str]:
    results = Axe().run(page, options={"resultTypes": ["violations"]} | options)
    return [
        f"{finding['id']} ({finding['impact']}): {finding['nodes'][0]['html'][:200]}"
        for finding in results.response["violations"]
        if finding["impact"] in ("serious", "critical")
    ]


def test_the_dialogs_are_sound_too(sign_in, complaints):
    page = sign_in("max")
    page.goto("/audit/")

    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys on this page").wait_for()

    assert findings(page, {"runOnly": STANDARDS}) == []
    assert complaints == []


def test_the_focus_is_never_lost(sign_in):
    page = sign_in("max")
    page.goto("/audit/")
    button = page.get_by_role("button", name="Verify")
    button.focus()

    page.keyboard.press("Enter")
    page.locator("#report .notice").wait_for()

    expect(button).to_be_focused()
