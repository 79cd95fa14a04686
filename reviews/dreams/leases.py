"""Who works on a dream or a shard right now, as its row says.

A worker claims a row by one conditional update and renews the claim while it lives. Past
``LEASE`` the row is free again: the tick sends it to another worker. Time is the
database's, so clocks of several machines need not agree.
"""

import contextlib
import logging
import os
import platform
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from reviews.dreams.models import Dream, Shard

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
_BEAT_SECONDS = 15.0

_UNDECIDED = [Dream.State.PENDING, Dream.State.RUNNING]


class LeaseLost(Exception):
    """The dream was canceled, or another worker has taken it over."""


@dataclass(frozen=True)
class Lease:
    """One worker's claim on a running dream."""

    dream: int
    worker: str

    def renew(self, **fields: Any) -> None:
        """Say that work goes on and note what is known; refuse once the claim is gone.

        Within a transaction the row stays locked to its end, so that whatever else the
        transaction writes is written by the one worker that has the dream.
        """
        mine = Dream.objects.filter(
            pk=self.dream, worker=self.worker, state=Dream.State.RUNNING
        )
        if not mine.update(leased_until=Now() + LEASE, **fields):
            raise LeaseLost(f"dream {self.dream}")

    def release(self) -> None:
        """Let anybody go on with the dream; for a minute nobody is asked to."""
        Dream.objects.filter(pk=self.dream, worker=self.worker).update(worker="")

    def rest(self, until: datetime) -> None:
        """Let the dream sleep until then: others are at work for it."""
        Dream.objects.filter(pk=self.dream, worker=self.worker).update(
            worker="", leased_until=None, wakes_at=until
        )


def claim(dream: int) -> Lease | None:
    """Take a dream that waits for a worker, or say that there is nothing to take."""
    lease = Lease(dream, f"{platform.node()[:60]}:{os.getpid()}:{uuid.uuid4().hex[:8]}")
    free = Dream.objects.filter(_awake(), pk=dream).filter(
        Q(state=Dream.State.PENDING)
        | Q(state=Dream.State.RUNNING) & (Q(worker="") | _over())
    )
    taken = free.update(
        state=Dream.State.RUNNING,
        worker=lease.worker,
        leased_until=Now() + LEASE,
        wakes_at=None,
    )
    return lease if taken else None


def claim_shard(shard: int) -> bool:
    """Take a shard of a running dream that nobody evaluates and that is not done."""
    return bool(_open_shard(shard).filter(_free()).update(leased_until=Now() + LEASE))


def renew_shard(shard: int) -> None:
    """Keep a shard and its dream alive; refuse once the shard is done or the dream over."""
    if not _open_shard(shard).update(leased_until=Now() + LEASE):
        raise LeaseLost(f"shard {shard}")
    Dream.objects.filter(shards=shard).update(leased_until=Now() + LEASE)


def check_shard(shard: int) -> None:
    """Refuse to go on once the shard is done or its dream over."""
    if not _open_shard(shard).exists():
        raise LeaseLost(f"shard {shard}")


def release_shard(shard: int) -> None:
    """Give a shard back, not done."""
    Shard.objects.filter(pk=shard, done_at=None).update(leased_until=None)


@contextlib.contextmanager
def kept(renew: Callable[[], object]) -> Iterator[None]:
    """Renew in the background: a long step of an engine must not look like a dead worker."""
    stop = threading.Event()
    heart = threading.Thread(target=_beat, args=(renew, stop), daemon=True)
    heart.start()
    try:
        yield
    finally:
        stop.set()
        heart.join()


def abandoned() -> QuerySet[Dream]:
    """Running dreams whose worker has not been heard of for the length of a lease."""
    return Dream.objects.filter(_awake(), state=Dream.State.RUNNING).filter(_free())


def unclaimed() -> QuerySet[Dream]:
    """Dreams that wait so long for a worker that their message may be lost."""
    return Dream.objects.filter(
        state=Dream.State.PENDING, created_at__lt=Now() - LEASE / 2
    )


def abandoned_shards() -> QuerySet[Shard]:
    """Shards that a worker took and did not finish in time."""
    return Shard.objects.filter(_over(), done_at=None, dream__state=Dream.State.RUNNING)


def alone(dream: Dream) -> bool:
    """Whether no worker has been seen on an unfinished dream for the length of a lease."""
    rows = Dream.objects.filter(_awake(), pk=dream.pk)
    heard = Q(state=Dream.State.PENDING, created_at__gte=Now() - LEASE) | Q(
        state=Dream.State.RUNNING, leased_until__gte=Now()
    )
    return rows.filter(state__in=_UNDECIDED).exclude(heard).exists()


def _open_shard(shard: int) -> QuerySet[Shard]:
    return Shard.objects.filter(
        pk=shard, done_at=None, dream__state=Dream.State.RUNNING
    )


def _awake() -> Q:
    return Q(wakes_at=None) | Q(wakes_at__lte=Now())


def _over() -> Q:
    return Q(leased_until__lt=Now())


def _free() -> Q:
    return Q(leased_until=None) | _over()


def _beat(renew: Callable[[], object], stop: threading.Event) -> None:
    try:
        while not stop.wait(_BEAT_SECONDS):
            try:
                renew()
            except DatabaseError as error:
                # A beat may be missed: the lease is as long as four of them.
                logger.warning("A lease was not renewed: %s", error)
                connection.close()
    except LeaseLost:
        # The worker finds out by itself at its next step.
        return
    finally:
        connection.close()
