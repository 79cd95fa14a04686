"""The cast at their browsers, and a count of what a page asks the database."""

from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviews.teams.models import Team, User
from reviews.web import alarms
from tests import factories


@pytest.fixture(autouse=True)
def calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has just looked for alarms, so that pages cost what they cost."""
    monkeypatch.setattr(alarms, "_seen", (monotonic() + 3_600, False))


@pytest.fixture
def team(db: None) -> Team:
    return factories.a_team("support")


@pytest.fixture
def cast(team: Team) -> dict[str, User]:
    return factories.the_cast(team)


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def as_ada(cast: dict[str, User]) -> Client:
    return _signed_in(cast["ada"])


@pytest.fixture
def as_bob(cast: dict[str, User]) -> Client:
    return _signed_in(cast["bob"])


@pytest.fixture
def as_lin(cast: dict[str, User]) -> Client:
    return _signed_in(cast["lin"])


@pytest.fixture
def as_max(cast: dict[str, User]) -> Client:
    return _signed_in(cast["max"])


@pytest.fixture
def as_vera(cast: dict[str, User]) -> Client:
    return _signed_in(cast["vera"])


@pytest.fixture
def as_eve(cast: dict[str, User]) -> Client:
    return _signed_in(cast["eve"])


@pytest.fixture
def flat_queries(as_max: Client) -> Callable[..., None]:
    """``flat_queries(url, add_row)``: as many queries for ten rows as for two."""

    def check(
        url: str, add_row: Callable[[], Any], client: Client = as_max, most: int = 14
    ) -> None:
        for _ in range(2):
            add_row()
        few = _queries(client, url)
        for _ in range(8):
            add_row()
        many = _queries(client, url)
        assert len(many) == len(few), "\n".join(["more rows, more queries:", *many])
        assert len(many) <= most, "\n".join(many)

    return check


def _queries(client: Client, url: str) -> list[str]:
    client.get(url)  # what is cached per process is not the page's
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == 200, url
    return [query["sql"] for query in captured]


def htmx(ask: Callable[..., Any], url: str, data: Any = None, **headers: str) -> Any:
    """Ask as htmx does: ``htmx(client.post, url, {...})``."""
    named = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{url}"}
    return ask(url, data, headers=named | headers)
