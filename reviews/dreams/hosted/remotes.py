"""A client whose failures are sentences."""

import contextlib
import logging
from collections.abc import Iterator

import anthropic

from reviews.dreams.asking import client
from reviews.dreams.asking.failures import UNREADABLE, failure_of, why_unreadable
from reviews.dreams.hosted.doors import RemoteAway, RemoteGone

logger = logging.getLogger(__name__)

# What comes of an answer that is none: a page of a proxy, or values of other kinds.
_UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
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
    except _UNREADABLE as error:
        logger.exception("An answer of Anthropic's could not be read.")
        raise RemoteAway(
            UNREADABLE.sentence, kind="unreadable", why=why_unreadable(error)
        ) from error
