"""Schedules: when a store dreams by itself, as a cron expression in a time zone.

A due time makes one dream at most, however many ticks see it, and a backlog makes one:
the next time is counted from now.
"""

import logging
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from django.db import transaction
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.dreams import dreams, offers
from reviews.dreams.engines import registry
from reviews.dreams.models import Dream, Schedule
from reviews.errors import DomainError, Invalid
from reviews.memory.models import Store

logger = logging.getLogger(__name__)

CLOCK = Actor.system("schedule")

# For people who do not speak cron.
PRESETS = {
    "0 3 * * *": "Every night",
    "0 3 * * 1-5": "Weekday nights",
    "0 3 * * 1": "Monday nights",
    "0 */6 * * *": "Every six hours",
}

# What a scheduled dream comes to while its engine cannot ask.
_UNTIL = {
    "claude": "Until then its dreams are the offline engine's alone, and each says so.",
    "hosted": "Until then its dreams fail, and each says why.",
}


class BadSchedule(Invalid):
    """The schedule cannot be read."""

    code = "bad-schedule"


@transaction.atomic
def keep(
    store: Store,
    cron: str,
    *,
    by: Actor,
    zone: str = "UTC",
    enabled: bool = True,
    engine: str = registry.DEFAULT,
) -> Schedule:
    """Set when a store dreams by itself and what thinks then, or pause it."""
    registry.get(engine)
    cron = " ".join(cron.split())
    following = next_runs(cron, zone, count=1)
    schedule, _ = Schedule.objects.update_or_create(
        store=store,
        defaults={
            "cron": cron,
            "timezone": zone,
            "engine": engine,
            "enabled": enabled,
            "next_at": following[0],
        },
    )
    ledger.record(
        by,
        "schedule.changed",
        store,
        team=store.team,
        cron=cron,
        timezone=zone,
        engine=engine,
        enabled=enabled,
    )
    return schedule


def warning(schedule: Schedule) -> str:
    """What keeps its engine from thinking, and what its dreams come to; "" for nothing.

    Kept all the same: whoever sets up an installation may bring the key last.
    """
    engine = schedule.engine
    missing = offers.missing(schedule.store, engine) if schedule.enabled else ""
    return f"{missing} {_UNTIL[engine]}" if missing else ""


def explain(cron: str) -> str:
    """The expression in words: "At 03:00 on Monday through Friday"."""
    return _parsed(cron, timezone.now()).explain()


def next_runs(
    cron: str, zone: str, *, count: int = 3, after: datetime | None = None
) -> list[datetime]:
    """The next times, in the schedule's own zone; refuse what never comes."""
    now = (after or timezone.now()).astimezone(_zone(zone))
    runs = list(islice(_parsed(cron, now), count))
    if not runs:
        raise BadSchedule("This time never comes.", field="cron")
    return runs


def start_due() -> list[Dream]:
    """Start a dream for every schedule whose time has come, each once."""
    started = []
    while (found := _start_one()) is not None:
        started.extend(found)
    return started


@transaction.atomic
def _start_one() -> list[Dream] | None:
    """Start the dream that has been due the longest; None when none is due."""
    now = timezone.now()
    schedule = (
        Schedule.objects.select_for_update(skip_locked=True, of=["self"])
        .filter(enabled=True, next_at__lte=now)
        .order_by("next_at", "pk")
        .first()
    )
    if schedule is None:
        return None
    due_at = schedule.next_at
    # From now, not from then: after a night without power one dream is enough.
    schedule.next_at = next_runs(schedule.cron, schedule.timezone, count=1, after=now)[
        0
    ]
    schedule.save(update_fields=["next_at"])
    try:
        with transaction.atomic():
            return [
                dreams.start(
                    schedule.store,
                    by=CLOCK,
                    engine=schedule.engine,
                    trigger=Dream.Trigger.SCHEDULE,
                    due_at=due_at,
                )
            ]
    except DomainError as refusal:
        # One store that cannot dream now must not keep the others from it.
        logger.warning("The dream due at %s was left out: %s", due_at, refusal.message)
        return []


def _parsed(cron: str, moment: datetime) -> CronSim:
    fields = cron.split()
    if len(fields) != 5:
        raise BadSchedule(
            "A schedule has five fields: minute, hour, day of month, month, day of week.",
            field="cron",
        )
    try:
        return CronSim(cron, moment)
    except CronSimError as error:
        wrong = str(error).removeprefix("Bad ").replace("-", " ")
        raise BadSchedule(f"The {wrong} cannot be read.", field="cron") from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadSchedule(
            f"“{name}” is no time zone: write one like Europe/Vienna.", field="timezone"
        ) from error
