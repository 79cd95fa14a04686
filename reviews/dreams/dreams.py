"""Dreams: started by whoever may, one at a time per store, and canceled.

What a started dream then does is in ``pipeline``; its row is the truth about it, a message
only hurries it on.
"""

from datetime import datetime
from functools import partial

from django.db import IntegrityError, transaction

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.dreams import endings, messages
from reviews.dreams.engines import registry
from reviews.dreams.models import Dream
from reviews.errors import DomainError, Invalid
from reviews.memory.models import Store

WINDOW_DAYS = 90
# Traces per shard: enough to be worth a message, few enough to be lost with a worker.
SHARD_SIZE = 250

UNFINISHED = [Dream.State.PENDING, Dream.State.RUNNING]


class AlreadyDreaming(DomainError):
    """The store is dreaming already."""

    code = "already-dreaming"


@transaction.atomic
def start(
    store: Store,
    *,
    by: Actor,
    engine: str = registry.DEFAULT,
    window_days: int = WINDOW_DAYS,
    trigger: Dream.Trigger = Dream.Trigger.MANUAL,
    due_at: datetime | None = None,
    here: bool = False,
) -> Dream:
    """Begin a dream over the traces of the last days; a second one at once is refused.

    Workers are told, unless whoever starts it will carry it through ``here``.
    """
    if not 1 <= window_days <= 3_660:
        raise Invalid("A window has between 1 and 3,660 days.", field="window_days")
    thinks = registry.get(engine)
    dream = Dream(
        store=store,
        by=str(by),
        trigger=trigger,
        engine=thinks.name,
        engine_version=thinks.version,
        settings={
            "window_days": window_days,
            "shard_size": SHARD_SIZE,
            "evaluator": thinks.evaluator,
            "thresholds": thinks.settings(),
        },
        base=store.head,
        due_at=due_at,
    )
    try:
        with transaction.atomic():
            dream.save(force_insert=True)
    except IntegrityError as error:
        raise _refusal(store) from error
    ledger.record(by, "dream.started", dream, team=store.team, engine=dream.engine)
    if not here:
        transaction.on_commit(partial(messages.send, messages.RUN, dream.pk))
    return dream


def cancel(dream: Dream, *, by: Actor, reason: str = "") -> Dream:
    """Stop a dream at its next step; what it has submitted stays proposed."""
    endings.cancel(dream, by=by, reason=reason)
    return dream


def unfinished(store: Store) -> Dream | None:
    """The dream that this store is in, if it is in one."""
    return Dream.objects.filter(store=store, state__in=UNFINISHED).first()


def _refusal(store: Store) -> AlreadyDreaming:
    running = unfinished(store)
    if running is None:
        return AlreadyDreaming(f"{store.name} has dreamt at this time already.")
    started = running.created_at.strftime("%H:%M")
    return AlreadyDreaming(
        f"{store.name} is dreaming already: dream {running.pk}, started at {started} UTC "
        f"by {running.by.partition(':')[2]}.",
        dream=running.pk,
        by=running.by,
    )
