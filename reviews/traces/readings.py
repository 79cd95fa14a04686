"""Which run of an agent took which version of a store: a bad rule's reach is a query."""

from collections.abc import Iterable

from django.db import connection, models

from reviews.memory.models import Store
from reviews.teams.models import Agent
from reviews.traces.models import Reading

# One statement, so one round trip. A reading may be lost with a crash of the server,
# a decision may not: only this transaction does not wait for the disk.
_RECORD = """
WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO reviews_reading AS reading
    (agent_id, store_id, number, run, day, count, trace_id)
SELECT %(agent)s, %(store)s, %(number)s, %(run)s::text, (now() AT TIME ZONE 'UTC')::date,
    1, (SELECT id FROM reviews_trace
        WHERE agent_id = %(agent)s AND external_id = %(run)s AND %(run)s <> '')
FROM quick
ON CONFLICT (agent_id, store_id, number, run, day) DO UPDATE
SET count = reading.count + 1, last_at = now()
"""
_LONGEST_RUN = 200


def record(agent: Agent, store: Store, number: int, *, run: str = "") -> None:
    """Note that an agent took a version; without a run, the day stands for it.

    ``run`` is the external id under which the run's trace will arrive; the two are
    joined whichever comes first.
    """
    with connection.cursor() as cursor:
        values = {"agent": agent.pk, "store": store.pk, "number": number}
        run = run.replace("\0", "")[:_LONGEST_RUN]
        cursor.execute(_RECORD, {**values, "run": run})


def of_version(store: Store, number: int) -> models.QuerySet[Reading]:
    """Find who read a version, latest first."""
    rows = Reading.objects.filter(store=store, number=number)
    return rows.select_related("agent").order_by("-last_at", "-id")


def since(store: Store, number: int) -> models.QuerySet[Reading]:
    """Find who read a version or a later one: the reach of what it brought."""
    rows = Reading.objects.filter(store=store, number__gte=number)
    return rows.select_related("agent").order_by("-last_at", "-id")


def of_traces(keys: Iterable[int]) -> dict[int, dict[str, int]]:
    """The newest version of each store, by name, that the runs of some traces took."""
    rows = Reading.objects.filter(trace__in=list(keys)).values_list(
        "trace", "store__name"
    )
    found: dict[int, dict[str, int]] = {}
    for trace, store, number in rows.annotate(newest=models.Max("number")):
        found.setdefault(trace, {})[store] = number
    return found


def reach(store: Store, number: int, until: int | None = None) -> dict[str, int]:
    """Count the runs and the agents that read a version (to another, inclusive)."""
    rows = Reading.objects.filter(
        store=store, number__gte=number, number__lte=until or number
    )
    return rows.aggregate(
        agents=models.Count("agent", distinct=True),
        runs=models.Count("id", filter=~models.Q(run="")),
        readings=models.Sum("count", default=0),
    )
