"""What workers do for linked stores; a tick finds whatever a message did not."""

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone
from django.utils.module_loading import import_string

from reviews.dreams import messages
from reviews.dreams.asking import keys
from reviews.dreams.hosted import bills, remains, sessions
from reviews.dreams.models import HostedStore
from reviews.errors import DomainError

# So often the sessions of a linked store are asked for.
EVERY = timedelta(minutes=5)

logger = logging.getLogger(__name__)


@shared_task(name=messages.PULL, acks_late=True)
def pull(store: int) -> None:
    """Take in what is new over there for one store."""
    sessions.pull(store)


@shared_task(name="reviews.dreams.hosted.tick")
def tick() -> None:
    """Settle bills, pull what is due, cancel over there what is over here, put away."""
    bills.catch_up()
    if not _has_key():
        return
    if remains.exist():
        # By name: it loads Anthropic's SDK.
        import_string("reviews.dreams.hosted.remains.settle")()
    due = HostedStore.objects.filter(pulled_at=None) | HostedStore.objects.filter(
        pulled_at__lt=timezone.now() - EVERY
    )
    for store in list(due.values_list("pk", flat=True)):
        try:
            sessions.pull(store)
        except Exception:
            # The next store is another team's.
            logger.exception("Linked store %s could not be pulled.", store)


def _has_key() -> bool:
    try:
        return keys.find() is not None
    except DomainError as refusal:
        logger.warning("Linked stores wait: %s", refusal.message)
        return False
