"""Writing back, as workers do it: a tick finds every version that is not there yet."""

import logging

from celery import shared_task
from django.utils.module_loading import import_string

from reviews.dreams import messages
from reviews.dreams.asking import keys
from reviews.errors import DomainError
from reviews.mirrors import backlog

logger = logging.getLogger(__name__)


@shared_task(name=messages.PUSH, acks_late=True)
def push(store: int) -> None:
    """Write one store back, as far as it can be now."""
    # By name: it loads Anthropic's SDK.
    import_string("reviews.mirrors.writing.push")(store)


@shared_task(name="reviews.mirrors.tick")
def tick() -> None:
    """Write back whatever is behind, each store by itself."""
    behind = backlog.behind()
    if not behind or not _has_key():
        return
    for store in behind:
        try:
            push(store)
        except Exception:
            # The next store is another team's.
            logger.exception("Linked store %s could not be written back.", store)


def _has_key() -> bool:
    try:
        return keys.find() is not None
    except DomainError:
        return False
