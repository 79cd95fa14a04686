"""The one place where Anthropic's SDK is given its key and its address."""

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit

import anthropic
import httpx2
from django.conf import settings

from reviews.dreams.asking import keys

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# A model may think for minutes before it says anything.
PATIENCE = 300.0


@contextlib.contextmanager
def connect(
    *, timeout: float = PATIENCE, retries: int = 2
) -> Iterator[anthropic.Anthropic]:
    """A client with our key, closed afterwards; refuses without a key.

    The SDK sleeps as long as ``retry-after`` says, if that is an hour: whoever must not
    sleep asks with ``retries=0`` and looks at ``failures``.
    """
    key = keys.needed()
    with anthropic.Anthropic(
        api_key=key.clear,
        base_url=settings.ANTHROPIC_BASE_URL or None,
        timeout=httpx2.Timeout(timeout, connect=10.0),
        max_retries=retries,
        http_client=_http(timeout),
    ) as api:
        yield api


def _http(timeout: float) -> httpx2.Client:
    """Follows no redirect: the key would go along to whatever host it names.

    For an address of this machine without the environment's proxies, which would swallow it.
    """
    host = urlsplit(settings.ANTHROPIC_BASE_URL).hostname or ""
    limits = httpx2.Timeout(timeout, connect=10.0)
    if host in _LOOPBACK:
        return httpx2.Client(trust_env=False, timeout=limits)
    return anthropic.DefaultHttpxClient(timeout=limits, follow_redirects=False)
