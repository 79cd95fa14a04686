"""What dreams left behind that were canceled, or whose worker never came back.

A dream that goes on looks after its own questions; nobody looks after these any more, and
what they had reserved must not be missing from the budget for ever.
"""

import logging
from datetime import timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from reviews.dreams.asking import batches, completions, keys, spending
from reviews.dreams.asking.failures import FAILING, failure_of
from reviews.dreams.models import Batch, Completion

logger = logging.getLogger(__name__)

# No call lasts longer; whoever made one has died by then.
_DEAD = timedelta(minutes=20)
_AT_WORK = ["pending", "running"]


def settle() -> None:
    """Free or pay what was reserved, and cancel batches that nobody waits for."""
    for row in _left_alone():
        completions.lose(row)
        spending.note(row.dream)
    look_after = _look_after if _have_key() else batches.later
    for batch in _left_batches():
        look_after(batch)


def _left_alone() -> QuerySet[Completion]:
    """Calls that were under way when their dream or replay ended, or their worker."""
    return (
        Completion.objects.filter(
            batch=None, state__in=completions.OPEN, created_at__lt=Now() - _DEAD
        )
        .exclude(dream__state__in=_AT_WORK)
        .exclude(replay__state__in=_AT_WORK)
    )


def _left_batches() -> list[Batch]:
    """Batches of dreams that are over, when it is time to look at them again."""
    rows = batches.outstanding(Batch.objects.all()).exclude(dream__state__in=_AT_WORK)
    return [batch for batch in rows if _due(batch)]


def _due(batch: Batch) -> bool:
    return batch.polled_at is None or batches.next_look(batch) <= timezone.now()


def _have_key() -> bool:
    try:
        return keys.find() is not None
    except keys.KeyUnreadable as refusal:
        logger.warning("%s", refusal.message)
        return False


def _look_after(batch: Batch) -> None:
    try:
        if batch.state == Batch.State.RUNNING:
            batches.cancel(batch)
    except FAILING as error:
        logger.warning("%s was not canceled: %s", batch, failure_of(error).sentence)
    if batches.attend(batch) is None:
        spending.note(batch.dream)
