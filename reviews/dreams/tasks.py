"""What workers are asked to do: each task takes a key, and its row says the rest."""

from datetime import timedelta

from celery import shared_task
from django.utils.module_loading import import_string

from reviews.dreams import (
    episodes,
    messages,
    pipeline,
    replays,
    schedules,
    shards,
    watch,
)
from reviews.dreams.asking import oracles


@shared_task(name=messages.RUN, acks_late=True)
def run(pk: int) -> None:
    """Carry a dream as far as it can go now."""
    for waiting in pipeline.advance(pk):
        messages.send(messages.SHARD, waiting)


@shared_task(name=messages.SHARD, acks_late=True)
def shard(pk: int) -> None:
    """Evaluate a shard; whoever ends the last one lets the dream go on."""
    dream = shards.evaluate(pk)
    if dream is not None:
        messages.send(messages.RUN, dream)


@shared_task(name=messages.REPLAY, acks_late=True)
def replay(pk: int) -> None:
    """Try a proposal out, or go on with it."""
    replays.run(pk)


@shared_task(name="reviews.dreams.tick")
def tick() -> None:
    """Start what is due, and send again what was lost."""
    schedules.start_due()
    for task, pk in watch.lost():
        messages.send(task, pk)
    for pk in replays.lost():
        messages.send(messages.REPLAY, pk)


@shared_task(name="reviews.dreams.episodes")
def tell(minutes: int | None = None) -> None:
    """Tell traces, dream or no dream: those of the last minutes, or whichever are left."""
    recent = None if minutes is None else timedelta(minutes=minutes)
    episodes.catch_up(recent=recent)


@shared_task(name="reviews.dreams.settle")
def settle() -> None:
    """Look after questions to models that no dream waits for any more."""
    if oracles.leftovers():
        # By name: it loads Anthropic's SDK, which most workers never need.
        import_string("reviews.dreams.asking.remnants.settle")()
