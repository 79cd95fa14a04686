"""The server for a test, with Dreamboard's key and address pointed at it."""

import contextlib
from collections.abc import Iterator
from typing import Any

from tests.loopback.dreaming import Dreams, Sessions
from tests.loopback.messages import Batches, Messages
from tests.loopback.server import Loopback
from tests.loopback.stores import Stores


@contextlib.contextmanager
def serving(settings: Any) -> Iterator[Loopback]:
    """Every service there is, and the settings that lead to it."""
    with Loopback(Messages(), Batches(), Stores(), Dreams(), Sessions()) as api:
        settings.ANTHROPIC_API_KEY = api.key
        settings.ANTHROPIC_BASE_URL = api.url
        yield api
