"""Let a store dream, and say what came of it."""

import argparse
import time
from collections.abc import Iterator
from typing import Any

from reviews.audit.actors import Actor
from reviews.dreams import dreams, leases, messages, pipeline
from reviews.dreams.engines import registry
from reviews.dreams.models import Dream, Finding
from reviews.management.base import (
    CONSOLE,
    Report,
    Scriptable,
    find_person,
    find_store,
    find_team,
)
from reviews.memory.models import Store

_GLANCE = 0.5  # seconds
_REFUSALS_SHOWN = 10


class Command(Scriptable):
    help = (
        "Read a store's new traces and propose what should change. Workers of a running "
        "`up` do it; without one this command does it itself."
    )

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("store", metavar="STORE")
        parser.add_argument(
            "--wait", action="store_true", help="with workers: stay until it has ended"
        )
        parser.add_argument(
            "--engine", default=registry.DEFAULT, choices=sorted(registry.ENGINES)
        )
        parser.add_argument("--by", metavar="USER", help="who starts it")
        parser.add_argument(
            "--window-days",
            type=int,
            default=dreams.WINDOW_DAYS,
            metavar="DAYS",
            help="read traces received in so many days (%(default)s)",
        )

    def act(self, options: argparse.Namespace) -> Report:
        team = find_team(options.team)
        store = find_store(options.store, team)
        by = find_person(options.by, team, "dream") if options.by else CONSOLE
        here = not messages.somebody_listens()
        dream = _abandoned(store) or dreams.start(
            store,
            by=by,
            engine=options.engine,
            window_days=options.window_days,
            here=here,
        )
        if here:
            self._say(options, f"Dream {dream.pk} of {store.name} runs here.")
            _run(dream, by)
        elif options.wait:
            self._follow(dream, options)
        else:
            return Report(
                [f"Dream {dream.pk} of {store.name} is under way."], facts_of(dream)
            )
        return Report(list(_lines(dream)), facts_of(dream), dream.state == "completed")

    def _follow(self, dream: Dream, options: argparse.Namespace) -> None:
        """Wait for the workers, stage by stage; they will go on without us."""
        stage = ""
        while dream.state in dreams.UNFINISHED:
            if dream.state == "running" and dream.stage != stage:
                stage = dream.stage
                self._say(options, f"{Dream.Stage(stage).label} …")
            time.sleep(_GLANCE)
            dream.refresh_from_db()

    def _say(self, options: argparse.Namespace, line: str) -> None:
        if not options.json:
            self.stdout.write(line)
            self.stdout.flush()


def facts_of(dream: Dream) -> dict[str, Any]:
    """What a program learns about a dream."""
    findings = dream.findings.order_by("position").select_related("proposal")
    return {
        "dream": dream.pk,
        "store": dream.store.name,
        "state": dream.state,
        "engine": f"{dream.engine}/{dream.engine_version}",
        "stages": {
            stage: dream.stages[stage]
            for stage in Dream.Stage.values
            if stage in dream.stages
        },
        "counts": dream.counts,
        "coverage": dream.coverage,
        "notes": dream.notes,
        "error": dream.error,
        "proposals": [
            {
                "id": finding.proposal.name,
                "result": finding.result,
                "statement": finding.statement,
            }
            for finding in findings
            if finding.proposal and finding.result != Finding.Result.REFUSED
        ],
        "refused": [
            {
                "statement": finding.statement,
                "code": finding.code,
                "reason": finding.reason,
                "family": finding.family,
                "kind": finding.kind,
                "counts": finding.counts,
            }
            for finding in findings
            if finding.result == Finding.Result.REFUSED
        ],
    }


def _run(dream: Dream, by: Actor) -> None:
    """Dream in this process; Ctrl-C cancels the dream, so that the next may start."""
    try:
        pipeline.run_inline(dream)
    except KeyboardInterrupt:
        dreams.cancel(dream, by=by, reason="Interrupted at the console.")


def _abandoned(store: Store) -> Dream | None:
    """A dream whose worker was killed: it goes on instead of standing in the way."""
    dream = dreams.unfinished(store)
    return dream if dream is not None and leases.alone(dream) else None


def _lines(dream: Dream) -> Iterator[str]:
    """What a person learns about a dream that has ended."""
    yield from dream.notes
    if dream.state != Dream.State.COMPLETED:
        yield f"Dream {dream.pk} {dream.state}. {dream.error}".strip()
    refused = 0
    for finding in dream.findings.order_by("position").select_related("proposal"):
        if finding.proposal and finding.result != Finding.Result.REFUSED:
            yield f"  {finding.proposal.name:<6} {finding.result}: {finding.statement}"
            continue
        refused += 1
        if refused <= _REFUSALS_SHOWN:
            yield f"  refused: {finding.statement} ({finding.reason})"
    if refused > _REFUSALS_SHOWN:
        yield f"  … and {refused - _REFUSALS_SHOWN} more; --json lists them."
