"""The seed in the database, and people at their browsers, each signed in already."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from reviews.teams.models import Team, User
from tests.journeys.conftest import Complaints
from tests.journeys.scenarios import seed as seeds
from tests.journeys.scenarios import snapshots
from tests.journeys.scenarios.seed import Seed

# What takes longer than this is not slow but broken.
PATIENCE_MS = 10_000

_kept: snapshots.Rows = {}


@pytest.fixture
def seed(transactional_db: None) -> Seed:
    """Sown once in a process; every test finds it as it was then."""
    if _kept:
        snapshots.pour(_kept)
    else:
        seeds.sow()
        _kept.update(snapshots.keep())
    return seeds.find()


@pytest.fixture
def team(seed: Seed) -> Team:
    return seed.team


@pytest.fixture
def cast(seed: Seed) -> dict[str, User]:
    return dict(seed.people)


@pytest.fixture
def desk_of(
    browser: Browser, live_server: LiveServer, seed: Seed, complaints: Complaints
) -> Iterator[Callable[..., Page]]:
    """``desk_of("olga")``: a page of a browser in which she is signed in.

    Keywords go to the browser's context: ``java_script_enabled=False``, ``viewport={…}``.
    """
    contexts: list[BrowserContext] = []

    def sit(name: str, **context: Any) -> Page:
        door = Client()
        door.force_login(seed.people[name], "django.contrib.auth.backends.ModelBackend")
        contexts.append(browser.new_context(base_url=live_server.url, **context))
        session = door.cookies["sessionid"].value
        contexts[-1].add_cookies(
            [{"name": "sessionid", "value": session, "url": live_server.url}]
        )
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MS)
        complaints.listen(page)
        return page

    yield sit
    for each in contexts:
        each.close()
