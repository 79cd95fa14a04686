"""How an agent's runs go, week by week: what evaluators say of them, and nothing written.

Shares come with both their numbers, so that a quiet week does not look like a change: of
the runs to which a score applies, or of the calls, failures or rules that it is about.
"""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import msgspec
from django.db import connection
from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncWeek

from reviews.dreams.models import Episode, Signal
from reviews.teams.models import Agent
from reviews.traces.models import Trace

WEEKS = 12
# Patterns listed, and the days that they are counted over.
MOST_PATTERNS, PATTERN_DAYS = 20, 28


_SCORES = """
SELECT date_trunc('week', day)::date AS week, score.name,
    sum((score.ground->>'part')::int), sum((score.ground->>'of')::int)
FROM reviews_episode, jsonb_each(grounds) AS score (name, ground)
WHERE agent_id = %s AND day >= %s GROUP BY week, score.name
"""


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """One week of an agent, from Monday, UTC."""

    start: datetime
    runs: int = 0
    rated: int = 0
    failed: int = 0
    calls: int = 0
    errors: int = 0
    # Runs that have been evaluated.
    told: int = 0
    # By score: part and whole.
    scores: dict[str, tuple[int, int]] = msgspec.field(default_factory=dict)


class Seen(msgspec.Struct, frozen=True):
    """A signal that comes back: its kind and key, and in how many runs and groups."""

    kind: str
    key: str
    runs: int
    groups: int


def weeks_of(agent: Agent, now: datetime) -> list[Week]:
    """The last weeks, oldest first, quiet ones among them; three queries."""
    monday = (now - timedelta(days=now.weekday())).astimezone(UTC)
    first = monday.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(
        weeks=WEEKS - 1
    )
    runs, told, found = _runs(agent, first), _told(agent, first), _scores(agent, first)
    starts = [first + timedelta(weeks=number) for number in range(WEEKS)]
    return [
        Week(
            start=start,
            told=told.get(start.date(), 0),
            scores=found.get(start.date(), {}),
            **runs.get(start, {}),
        )
        for start in starts
    ]


def patterns_of(agent: Agent, now: datetime) -> list[Seen]:
    """What came back most in the last days: by runs, most first."""
    since = now - timedelta(days=PATTERN_DAYS)
    found = (
        Signal.objects.filter(trace__agent=agent, trace__happened_at__gte=since)
        .exclude(kind__in=("blind-retry", "wish"))
        .values("kind", "key")
        .annotate(
            runs=Count("trace", distinct=True),
            groups=Count("trace__group", distinct=True),
        )
        .filter(runs__gt=1)
        .order_by("-runs", "kind", "key")
    )
    return [Seen(**row) for row in found[:MOST_PATTERNS]]


def _runs(agent: Agent, since: datetime) -> dict[datetime, dict[str, int]]:
    rows = (
        Trace.objects.filter(agent=agent, happened_at__gte=since)
        .annotate(week=TruncWeek("happened_at", tzinfo=UTC))
        .values_list("week")
        .annotate(
            runs=Count("pk"),
            rated=Count("pk", filter=~Q(outcome="")),
            failed=Count("pk", filter=Q(outcome="failure")),
            calls=Sum("call_count"),
            errors=Sum("error_count"),
        )
        .order_by("week")
    )
    names = ("runs", "rated", "failed", "calls", "errors")
    return {week: dict(zip(names, counts, strict=True)) for week, *counts in rows}


def _told(agent: Agent, since: datetime) -> dict[date, int]:
    rows = Episode.objects.filter(agent=agent, day__gte=since.date())
    weeks = rows.annotate(week=TruncWeek("day")).values_list("week")
    return dict(weeks.annotate(told=Count("pk")).order_by("week"))


def _scores(agent: Agent, since: datetime) -> dict[date, dict[str, tuple[int, int]]]:
    found: defaultdict[date, dict[str, tuple[int, int]]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_SCORES, [agent.pk, since.date()])
        for week, name, part, whole in cursor.fetchall():
            found[week][name] = (part, whole)
    return found
