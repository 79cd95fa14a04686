"""A real browser on a real server: Debian's Chromium, the cast, and what the page said."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from reviews.teams.models import Team, User
from tests import factories

# Playwright runs an event loop in this thread, which Django's ORM would refuse.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# Each look that does not find what it expects describes the whole page once, for its
# message. Of two thousand steps on a busy machine that takes longer than the usual
# five seconds, and nobody would look a second time.
expect.set_options(timeout=30_000)

CHROMIUM = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (found := shutil.which(name))
    ),
    "",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is a journey; those with a browser are skipped where none is."""
    here = Path(__file__).parent
    for item in items:
        if here not in item.path.parents:
            continue
        item.add_marker(pytest.mark.journey)
        if "sign_in" in getattr(item, "fixturenames", ()) and not CHROMIUM:
            item.add_marker(pytest.mark.skip(reason="there is no Chromium here"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": CHROMIUM, "args": ["--no-sandbox"]}


@pytest.fixture
def team(transactional_db: None) -> Team:
    return factories.a_team("support")


@pytest.fixture
def cast(team: Team) -> dict[str, User]:
    return factories.the_cast(team)


class Complaints(list[str]):
    """What a page complained about: policy violations, errors, failed scripts."""

    def listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on(
            "console",
            lambda said: self.append(said.text) if said.type == "error" else None,
        )


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


def let_it_finish() -> None:
    """Wait for requests that are still answered: emptying tables would block with them."""
    statement = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend' AND state <> 'idle'"""
    ends = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < ends:
            cursor.execute(statement)
            if cursor.fetchone() == (0,):
                return
            time.sleep(0.02)


@pytest.fixture
def sign_in(
    browser: Browser,
    live_server: LiveServer,
    cast: dict[str, User],
    complaints: Complaints,
) -> Iterator[Callable[..., Page]]:
    """``sign_in("ada")``: a page of her own browser, behind the door.

    Keywords go to the browser's context: ``color_scheme="dark"``, ``viewport={…}``.
    """
    contexts: list[BrowserContext] = []

    def enter(name: str = "ada", **context: Any) -> Page:
        contexts.append(browser.new_context(base_url=live_server.url, **context))
        page = contexts[-1].new_page()
        complaints.listen(page)
        page.goto("/account/login/")
        page.get_by_label("Username or email").fill(name)
        page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "login" not in url)
        return page

    yield enter
    for each in contexts:
        each.close()
    let_it_finish()
