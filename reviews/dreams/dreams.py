"""Dreams: started by whoever may, one at a time per store, started again, and canceled.

What a started dream then does is in ``pipeline``; its row is the truth about it, a message
only hurries it on.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Literal

from django.conf import settings
from django.db import IntegrityError, transaction

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.dreams import discards, endings, messages
from reviews.dreams.engines import Engine, registry
from reviews.dreams.models import Dream
from reviews.errors import DomainError, Invalid
from reviews.memory.models import Store

WINDOW_DAYS = 90
# Traces per shard: enough to be worth a message, few enough to be lost with a worker.
SHARD_SIZE = 250

UNFINISHED = [Dream.State.PENDING, Dream.State.RUNNING]

# Whether a dream that is dreamt again judges by today's thresholds, or by those of then.
Thresholds = Literal["now", "frozen"]


class AlreadyDreaming(DomainError):
    """The store is dreaming already."""

    code = "already-dreaming"


class NotOver(DomainError):
    """The dream has not ended yet."""

    code = "not-over"


@transaction.atomic
def start(
    store: Store,
    *,
    by: Actor,
    engine: str = registry.DEFAULT,
    window_days: int = WINDOW_DAYS,
    dry: bool = False,
    trigger: Dream.Trigger = Dream.Trigger.MANUAL,
    due_at: datetime | None = None,
    here: bool = False,
) -> Dream:
    """Begin a dream over the traces of the last days; a second one at once is refused.

    A ``dry`` one says what it would propose. Workers are told, unless whoever starts it
    will carry it through ``here``.
    """
    if not 1 <= window_days <= 3_660:
        raise Invalid("A window has between 1 and 3,660 days.", field="window_days")
    thinks = registry.get(engine)
    dream = Dream(
        store=store,
        dry=dry,
        trigger=trigger,
        settings=_frozen(thinks, window_days, _limits(thinks)),
        due_at=due_at,
    )
    return _begin(dream, thinks, by=by, here=here)


@transaction.atomic
def again(
    dream: Dream,
    *,
    by: Actor,
    engine: str = "",
    thresholds: Thresholds = "now",
    dry: bool = False,
    here: bool = False,
) -> Dream:
    """Dream over the same window once more, with whatever engine; memory is read as it is now.

    Thresholds of then (``frozen``) are those that the engine still knows, and belong to
    the engine that had them.
    """
    if dream.state in UNFINISHED:
        raise NotOver(f"Dream {dream.pk} has not ended yet.", dream=dream.pk)
    thinks = registry.get(engine or dream.engine)
    limits = _limits(thinks)
    if thresholds == "frozen":
        limits |= _limits_of(dream, thinks, limits)
    once_more = Dream(
        store=dream.store,
        dry=dry,
        again_of=dream,
        settings=_frozen(thinks, dream.settings["window_days"], limits),
        window_start=dream.window_start,
        watermark=dream.watermark,
    )
    return _begin(once_more, thinks, by=by, here=here)


def cancel(dream: Dream, *, by: Actor, reason: str = "", keep: bool = True) -> Dream:
    """Stop a dream at its next step; what it has proposed stays, unless it is not to be kept.

    The store is free at once, whatever the dream's worker is doing.
    """
    endings.cancel(dream, by=by, reason=reason)
    if not keep and discards.of(dream).open:
        discards.discard(
            dream, by=by, reason=reason or f"Dream {dream.pk} was canceled."
        )
    return dream


def unfinished(store: Store) -> Dream | None:
    """The dream that this store is in, if it is in one."""
    return Dream.objects.filter(store=store, state__in=UNFINISHED).first()


def _begin(dream: Dream, thinks: Engine, *, by: Actor, here: bool) -> Dream:
    """Write a dream down if its store is awake, and hurry its workers."""
    dream.by, dream.base = str(by), dream.store.head
    dream.engine, dream.engine_version = thinks.name, thinks.version
    try:
        with transaction.atomic():
            dream.save(force_insert=True)
    except IntegrityError as error:
        raise _refusal(dream.store) from error
    facts: dict[str, Any] = {"dry": True} if dream.dry else {}
    if dream.again_of_id:
        facts["again_of"] = dream.again_of_id
    team = dream.store.team
    ledger.record(by, "dream.started", dream, team=team, engine=dream.engine, **facts)
    if not here:
        transaction.on_commit(partial(messages.send, messages.RUN, dream.pk))
    return dream


def _limits(thinks: Engine) -> dict[str, Any]:
    """What the engine judges by, and the words that are one in this place."""
    words = {"synonyms": settings.SYNONYMS} if settings.SYNONYMS else {}
    return thinks.settings() | words


def _frozen(
    thinks: Engine, window_days: int, limits: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything by which the dream will judge, to its end."""
    return {
        "window_days": window_days,
        "shard_size": SHARD_SIZE,
        "evaluator": thinks.evaluator,
        "thresholds": dict(limits),
    }


def _limits_of(
    dream: Dream, thinks: Engine, known: Mapping[str, Any]
) -> dict[str, Any]:
    if thinks.name != dream.engine:
        raise Invalid(
            f"The thresholds of {dream.engine} say nothing to {thinks.name}: "
            "choose today's.",
            field="thresholds",
        )
    frozen = dream.settings["thresholds"]
    # A table is no threshold: it tells what the engine is made of, as of now.
    return {
        name: value
        for name, value in frozen.items()
        if name in known and not isinstance(value, Mapping)
    }


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
