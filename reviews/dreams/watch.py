"""The watch over dreams whose worker died or whose message got lost."""

from collections.abc import Iterator

from reviews.dreams import endings, leases
from reviews.dreams.messages import RUN, SHARD
from reviews.dreams.models import Dream


def lost() -> Iterator[tuple[str, int]]:
    """Messages to send again: dreams and shards that nobody works on any more."""
    for dream in leases.unclaimed():
        yield RUN, dream.pk
    for dream in leases.abandoned():
        # Without a worker's name it only waits for its shards' turn: nobody died.
        if not (dream.worker and _given_up(dream)):
            yield RUN, dream.pk
    for shard in leases.abandoned_shards().select_related("dream"):
        if not _given_up(shard.dream):
            yield SHARD, shard.pk


def _given_up(dream: Dream) -> bool:
    stage = Dream.Stage(dream.stage).label.lower()
    return endings.stumble(
        dream, f"Its worker was lost while {stage}.", most=endings.MOST_LOSSES
    )
