"""What every test may ask for: a real PostgreSQL, and a real browser."""

import importlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from hypothesis import settings

from dreamboard import postgres

# Properties are tried on a machine that others use too: no example has a deadline. Whether
# a build passes must not depend on luck: PROPERTIES=random looks for new examples instead.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("random", deadline=None)
settings.load_profile(os.environ.get("PROPERTIES", "same"))


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A PostgreSQL of this process's own, which ends with it and leaves nothing."""
    # Not below pytest's own folder: its path may be too long for a socket.
    folder = Path(tempfile.mkdtemp(prefix="dbt-"))
    throwaway = postgres.Cluster(
        postgres.binaries(), folder / "data", folder, throwaway=True
    )
    throwaway.create()
    with (folder / "log").open("wb") as log:
        server = throwaway.start(log)
    try:
        throwaway.wait_until_ready(server)
        yield throwaway
    finally:
        postgres.stop(server)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(cluster: postgres.Cluster) -> None:
    """Point Django at the throwaway cluster; tests without a database start none."""
    connections["default"].settings_dict["HOST"] = str(cluster.sockets)


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    """No test is refused because others before it have signed in often."""
    cache.clear()


@pytest.fixture
def loopback(settings: Any) -> Iterator[Any]:
    """Anthropic's API on this machine, see ``tests.loopback``; it minds broken rules."""
    # By name: the SDK takes seconds to load, and most tests need none.
    fixtures = importlib.import_module("tests.loopback.fixtures")
    with fixtures.serving(settings) as api:
        yield api
    assert api.problems == []


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tests first: what a journey would take a minute to say, they say at once."""
    items.sort(key=lambda item: item.get_closest_marker("journey") is not None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what tests have measured; nothing depends on it."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "figure" and report.when == "call":
                terminalreporter.write_line(str(value))
