"""The traces that a dream reads: those of a store's subscribers, none missed.

A window is closed before it is read: intake of an agent runs under a lock and takes its
time of receipt there, so that everything received up to the closing moment is visible.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection, models, transaction

from reviews.memory.models import Store, Subscription
from reviews.traces import intake
from reviews.traces.models import Trace


def close(store: Store) -> datetime:
    """Wait for intakes that are under way and name a moment up to which all is there."""
    agents = sorted(_subscribers(store))
    with transaction.atomic(), connection.cursor() as cursor:
        # The clock first: whoever comes after it may take a later time, not an earlier.
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
        for agent in agents:
            cursor.execute(
                "SELECT pg_advisory_xact_lock_shared(%s, %s)", [intake.LOCK, agent]
            )
    return moment


def traces(
    store: Store,
    *,
    until: datetime,
    after: datetime | None = None,
    start: datetime | None = None,
) -> models.QuerySet[Trace]:
    """Find what a store's subscribers left, received after one moment until another.

    ``start`` leaves out what happened before it, however late it came.
    """
    rows = Trace.objects.filter(
        agent__in=_subscribers(store), received_at__lte=until
    ).defer("search")
    if after is not None:
        rows = rows.filter(received_at__gt=after)
    if start is not None:
        rows = rows.filter(happened_at__gte=start)
    return rows


def keys(rows: models.QuerySet[Trace], size: int = 500) -> Iterator[list[int]]:
    """Walk a window in the order of keys, a bounded piece at a time."""
    last = 0
    ordered = rows.order_by("id").values_list("id", flat=True)
    while piece := list(ordered.filter(id__gt=last)[:size]):
        yield piece
        last = piece[-1]


def _subscribers(store: Store) -> list[int]:
    rows = Subscription.objects.filter(store=store).order_by("agent_id")
    return list(rows.values_list("agent_id", flat=True))
