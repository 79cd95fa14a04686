"""The counting engine, wherever a test dreams."""

import pytest

from reviews.dreams.engines import registry


@pytest.fixture(autouse=True)
def counting(monkeypatch):
    monkeypatch.setitem(registry.ENGINES, "counting", "tests.dreams.counting.Counting")
