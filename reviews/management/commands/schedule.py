"""Let a store dream by itself."""

import argparse

from reviews.dreams import schedules
from reviews.dreams.engines import registry
from reviews.dreams.models import Schedule
from reviews.errors import NotFound
from reviews.management.base import (
    CONSOLE,
    Report,
    Scriptable,
    find_person,
    find_store,
    find_team,
)
from reviews.memory.models import Store


class Command(Scriptable):
    help = "Set when a store dreams by itself, pause it, or say when it does next."

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("store", metavar="STORE")
        parser.add_argument(
            "--cron", metavar="EXPRESSION", help="five fields, as in '0 3 * * 1-5'"
        )
        parser.add_argument(
            "--timezone", metavar="ZONE", help="like Europe/Vienna; otherwise UTC"
        )
        parser.add_argument(
            "--off", action="store_true", help="keep the schedule, but pause it"
        )
        parser.add_argument(
            "--engine", choices=sorted(registry.ENGINES), help="what thinks then"
        )
        parser.add_argument("--by", metavar="USER", help="who sets it")

    def act(self, options: argparse.Namespace) -> Report:
        team = find_team(options.team)
        store = find_store(options.store, team)
        schedule = Schedule.objects.filter(store=store).first()
        if options.cron or options.timezone or options.off or options.engine:
            by = find_person(options.by, team, "administer") if options.by else CONSOLE
            schedule = schedules.keep(
                store,
                options.cron or _kept(schedule, store).cron,
                by=by,
                zone=options.timezone or (schedule.timezone if schedule else "UTC"),
                enabled=not options.off,
                engine=options.engine or _engine(schedule),
            )
        return _report(_kept(schedule, store), store)


def _kept(schedule: Schedule | None, store: Store) -> Schedule:
    if schedule is None:
        raise NotFound(f"{store.name} has no schedule yet: give one with --cron.")
    return schedule


def _engine(schedule: Schedule | None) -> str:
    return schedule.engine if schedule else registry.DEFAULT


def _report(schedule: Schedule, store: Store) -> Report:
    words = schedules.explain(schedule.cron)
    runs = schedules.next_runs(schedule.cron, schedule.timezone)
    warning = schedules.warning(schedule)
    facts = {
        "store": store.name,
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "engine": schedule.engine,
        "enabled": schedule.enabled,
        "words": words,
        "warning": warning,
        "next": [run.isoformat() for run in runs] if schedule.enabled else [],
    }
    if not schedule.enabled:
        return Report(
            [f"{store.name} does not dream by itself ({words}: paused)."], facts
        )
    lines = [
        f"{store.name} dreams by itself: {words}, {schedule.timezone}, with {schedule.engine}. Next:"
    ]
    lines += [f"  {run:%a %Y-%m-%d %H:%M %Z}" for run in runs]
    return Report([*lines, f"Warning: {warning}"] if warning else lines, facts)
