"""Let a store dream, and say what came of it."""

import argparse
import time
from collections.abc import Iterator
from typing import Any

from reviews.audit.actors import Actor
from reviews.dreams import discards, dreams, leases, messages, offers, pipeline, waits
from reviews.dreams.engines import registry
from reviews.dreams.models import Dream, Finding
from reviews.errors import Invalid, NotFound
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
# What became of a proposal that is there.
_DONE = (Finding.Result.PROPOSED, Finding.Result.UPDATED)


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
            "--engine",
            choices=sorted(registry.ENGINES),
            help=f"what thinks; otherwise {registry.DEFAULT}, or that of the dream again",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="say what would be proposed, and propose nothing",
        )
        parser.add_argument(
            "--again",
            type=int,
            metavar="DREAM",
            help="over the same window as this dream, whether or not anything is new",
        )
        parser.add_argument(
            "--thresholds",
            choices=("now", "frozen"),
            default="now",
            help="with --again: as they are now, or as that dream had them",
        )
        parser.add_argument(
            "--discard",
            type=int,
            metavar="DREAM",
            help="dream nothing: take back what this dream proposed and nobody touched",
        )
        parser.add_argument(
            "--reason", default="", metavar="TEXT", help="with --discard: why"
        )
        parser.add_argument("--by", metavar="USER", help="who starts it")
        parser.add_argument(
            "--window-days",
            type=int,
            metavar="DAYS",
            help=f"read traces received in so many days ({dreams.WINDOW_DAYS})",
        )

    def act(self, options: argparse.Namespace) -> Report:
        team = find_team(options.team)
        store = find_store(options.store, team)
        if options.discard is not None:
            return _discard(store, options)
        by = find_person(options.by, team, "dream") if options.by else CONSOLE
        here = not messages.somebody_listens()
        if foreseen := _foreseen(store, options):
            self._say(options, foreseen)
        dream = _abandoned(store) or _begin(store, options, by=by, here=here)
        if here:
            self._say(options, f"Dream {dream.pk} of {store.name} runs here.")
            self._run(dream, options, by)
        elif options.wait:
            self._follow(dream, options)
        else:
            return Report(
                [f"Dream {dream.pk} of {store.name} is under way."], facts_of(dream)
            )
        return Report(list(_lines(dream)), facts_of(dream), dream.state == "completed")

    def _run(self, dream: Dream, options: argparse.Namespace, by: Actor) -> None:
        """Dream in this process; Ctrl-C cancels the dream, so that the next may start."""
        try:
            pipeline.run_inline(dream, tell=lambda said: self._say(options, said))
        except KeyboardInterrupt:
            dreams.cancel(dream, by=by, reason="Interrupted at the console.")

    def _follow(self, dream: Dream, options: argparse.Namespace) -> None:
        """Wait for the workers, stage by stage; they will go on without us."""
        stage = awaited = ""
        while dream.state in dreams.UNFINISHED:
            if dream.state == "running" and dream.stage != stage:
                stage = dream.stage
                self._say(options, f"{Dream.Stage(stage).label} …")
            if (said := waits.sentence(dream)) != awaited:
                awaited = said
                self._say(options, said or "It goes on.")
            time.sleep(_GLANCE)
            dream.refresh_from_db()

    def _say(self, options: argparse.Namespace, line: str) -> None:
        if not options.json:
            self.stdout.write(line)
            self.stdout.flush()


def _begin(
    store: Store, options: argparse.Namespace, *, by: Actor, here: bool
) -> Dream:
    """Start the dream that was asked for: a new one, or one with another's inputs."""
    dry, days = options.dry_run, options.window_days
    if options.again is None:
        engine = options.engine or registry.DEFAULT
        offers.check(store, engine)
        return dreams.start(
            store,
            by=by,
            engine=engine,
            window_days=dreams.WINDOW_DAYS if days is None else days,
            dry=dry,
            here=here,
        )
    if days is not None:
        raise Invalid("A dream again has the window of the other: leave out the days.")
    other = _find(store, options.again)
    engine = options.engine or other.engine
    offers.check(store, engine)
    thresholds = options.thresholds
    return dreams.again(
        other, by=by, engine=engine, thresholds=thresholds, dry=dry, here=here
    )


def _foreseen(store: Store, options: argparse.Namespace) -> str:
    """What is known before it starts of what it will cost."""
    other = Dream.objects.filter(store=store, pk=options.again).first()
    engine = options.engine or (other.engine if other else registry.DEFAULT)
    return next((o.foreseen for o in offers.of(store) if o.name == engine), "")


def _discard(store: Store, options: argparse.Namespace) -> Report:
    """Take back what is undecided of a dream, and say what is left as it is."""
    team = store.team
    by = find_person(options.by, team, "decide") if options.by else CONSOLE
    dream = _find(store, options.discard)
    done = discards.discard(dream, by=by, reason=options.reason)
    lines = [f"Discarded {proposal}: {proposal.title}" for proposal in done.open]
    lines += [f"Left: {proposal} {why}." for proposal, why in done.left]
    facts = {
        "dream": dream.pk,
        "discarded": [proposal.name for proposal in done.open],
        "left": {proposal.name: why for proposal, why in done.left},
    }
    return Report(lines, facts)


def _find(store: Store, key: int) -> Dream:
    found = Dream.objects.filter(store=store, pk=key).select_related("store__team")
    dream = found.first()
    if dream is None:
        raise NotFound(f"{store.name} has no dream {key}.")
    return dream


def facts_of(dream: Dream) -> dict[str, Any]:
    """What a program learns about a dream."""
    findings = dream.findings.order_by("position").select_related("proposal")
    return {
        "dream": dream.pk,
        "store": dream.store.name,
        "state": dream.state,
        "engine": f"{dream.engine}/{dream.engine_version}",
        "dry": dream.dry,
        "again_of": dream.again_of_id,
        "cost": dream.cost,
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
            if finding.proposal and finding.result in _DONE
        ],
        "would": [
            {
                "statement": finding.statement,
                "becomes": finding.code,
                "of": finding.proposal.name if finding.proposal else None,
                "counts": finding.counts,
                **finding.draft,
            }
            for finding in findings
            if finding.result == Finding.Result.WOULD
        ],
        "confirmed": [
            {"statement": finding.statement, "reason": finding.reason}
            for finding in findings
            if finding.result == Finding.Result.CONFIRMED
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
        if finding.proposal and finding.result in _DONE:
            yield f"  {finding.proposal.name:<6} {finding.result}: {finding.statement}"
            continue
        if finding.result != Finding.Result.REFUSED:
            yield f"  {finding.result}: {finding.statement}"
            continue
        refused += 1
        if refused <= _REFUSALS_SHOWN:
            yield f"  not proposed: {finding.statement} ({finding.reason})"
    if refused > _REFUSALS_SHOWN:
        yield f"  … and {refused - _REFUSALS_SHOWN} more; --json lists them."
