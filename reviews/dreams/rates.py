"""How an agent's runs go, week by week: the same signals that dreams read, and nothing written.

Shares are of runs, with both numbers, so that a quiet week does not look like a change.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import msgspec
from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncWeek

from reviews.dreams.models import Signal
from reviews.teams.models import Agent
from reviews.traces.models import Trace

WEEKS = 12
# Patterns listed, and the days that they are counted over.
MOST_PATTERNS, PATTERN_DAYS = 20, 28


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """One week of an agent, from Monday, UTC."""

    start: datetime
    runs: int = 0
    rated: int = 0
    failed: int = 0
    calls: int = 0
    errors: int = 0
    # Runs with at least one signal of a kind, by kind.
    runs_with: dict[str, int] = msgspec.field(default_factory=dict)


class Seen(msgspec.Struct, frozen=True):
    """A signal that comes back: its kind and key, and in how many runs and groups."""

    kind: str
    key: str
    runs: int
    groups: int


def weeks_of(agent: Agent, now: datetime) -> list[Week]:
    """The last weeks, oldest first, quiet ones among them; two queries."""
    monday = (now - timedelta(days=now.weekday())).astimezone(UTC)
    first = monday.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(
        weeks=WEEKS - 1
    )
    runs = _runs(agent, first)
    signals = _signals(agent, first)
    starts = [first + timedelta(weeks=number) for number in range(WEEKS)]
    return [
        Week(start=start, runs_with=signals.get(start, {}), **runs.get(start, {}))
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


def _signals(agent: Agent, since: datetime) -> dict[datetime, dict[str, int]]:
    rows = (
        Signal.objects.filter(trace__agent=agent, trace__happened_at__gte=since)
        .annotate(week=TruncWeek("trace__happened_at", tzinfo=UTC))
        .values("week", "kind")
        .annotate(runs=Count("trace", distinct=True))
        .order_by("week", "kind")
    )
    found: defaultdict[datetime, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row["week"]][row["kind"]] = row["runs"]
    return found
