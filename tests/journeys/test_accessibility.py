"""Every page with real content, in both themes and on a small screen, and what opens on it.

Pages are those of the URL configuration and those that links lead to, so a new page is
looked at as soon as it has an address: no finding of axe, no violation of the
content policy, nothing that makes a page scroll sideways at 320 px, and every control a
link, a button or a field that does its work without script as well.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve
from playwright.sync_api import Page, expect

from reviews.audit.actors import Actor
from reviews.dreams import dreams, pipeline
from reviews.examples import team as example
from reviews.proposals import decisions
from reviews.proposals.models import Proposal
from reviews.teams import tokens
from reviews.teams.models import Team, User
from reviews.web.context import SECTIONS
from tests.conventions.test_access import addresses
from tests.journeys import soundness

pytestmark = pytest.mark.django_db(transaction=True)

# Links to one view differ in what they ask for; so many kinds of them are looked at.
KINDS_PER_VIEW = 4
PUBLIC = ["/account/login/", "/account/password/reset/", "/no/such/page/"]


@pytest.fixture
def pages(cast: dict[str, User]) -> list[str]:
    """The addresses that links lead to in an example team that dreamt and decided."""
    by = Actor.person(cast["max"])
    team = example.create(by=by, traces=100)
    tokens.issue(team.agents.first(), ["read-memory"], by=by)
    pipeline.run_inline(dreams.start(example.store_of(team), by=by))
    applied, rejected, held, *_ = Proposal.objects.order_by("pk")
    decisions.approve(applied, by=by, reason="It keeps happening.", hold=0)
    decisions.reject(rejected, by=by, reason="One person's habit.")
    decisions.approve(held, by=by, hold=3600)
    client = Client()
    client.force_login(cast["max"], "django.contrib.auth.backends.ModelBackend")
    client.post("/teams/choose/", {"team": team.pk})
    return list(walk(client, ["/begin/", "/", *configured(client, team)]))


def configured(client: Client, team: Team) -> Iterator[str]:
    """The addresses of the URL configuration that answer with a page."""
    for address in addresses(team).values():
        response = client.get(address)
        if response.status_code == 200 and is_page(response):
            yield address


def is_page(response: Any) -> bool:
    """Whether it is a whole page, not a fragment or a file."""
    html = "text/html" in response["Content-Type"]
    return html and response.content.lstrip()[:9].lower() == b"<!doctype"


def walk(client: Client, begin: list[str]) -> Iterator[str]:
    """Follow links breadth first; each kind of address once, a view some times."""
    seen: set[tuple[str, frozenset[str]]] = set()
    views: Counter[str] = Counter()
    waiting = deque(begin)
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
        if not is_page(response):
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
    """What the page complains about when it is opened, and what is wrong with it then."""
    complaints.clear()
    response = page.goto(address)
    said = [text for text in complaints if response.ok or "status of 4" not in text]
    return said + soundness.problems(page)


def test_the_dialogs_are_sound_too(sign_in, complaints):
    page = sign_in("max")
    page.goto("/audit/")

    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys on this page").wait_for()

    assert soundness.problems(page) == []
    assert complaints == []


def test_the_focus_is_never_lost(sign_in):
    page = sign_in("max")
    page.goto("/audit/")
    button = page.get_by_role("button", name="Verify")
    button.focus()

    page.keyboard.press("Enter")
    page.locator("#report .notice").wait_for()

    expect(button).to_be_focused()
