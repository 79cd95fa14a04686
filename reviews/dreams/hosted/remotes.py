"""A client whose failures are sentences."""

import contextlib
from collections.abc import Iterator

import anthropic

from reviews.dreams.asking import client
from reviews.dreams.asking.failures import failure_of
from reviews.dreams.hosted.doors import RemoteAway, RemoteGone

# Seconds for one answer: these are small requests.
PATIENCE = 60.0


@contextlib.contextmanager
def connect() -> Iterator[anthropic.Anthropic]:
    """One client for one task; nothing is tried twice here, the next tick does that."""
    try:
        with client.connect(timeout=PATIENCE, retries=0) as api:
            yield api
    except anthropic.NotFoundError as error:
        raise RemoteGone(failure_of(error).sentence) from error
    except anthropic.APIError as error:
        failure = failure_of(error)
        raise RemoteAway(
            failure.sentence, kind=failure.kind, wait=failure.wait
        ) from error
