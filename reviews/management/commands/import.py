"""Take in the traces that people have on disk."""
# ruff: noqa: N999 - the command is called import

import argparse
import itertools
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from tqdm import tqdm

from reviews.errors import NotFound
from reviews.management.base import CONSOLE, Report, Scriptable, find_team
from reviews.memory import stores
from reviews.memory.models import Store
from reviews.teams import agents
from reviews.teams.models import Agent, Team
from reviews.traces import formats, intake
from reviews.traces.formats import Record, Unreadable
from reviews.traces.intake import Result

# Something was imported and something was left out: neither success nor refusal.
LEFT_OUT = 3
# So many problems are listed one by one; all are counted.
_LISTED = 1_000


class Command(Scriptable):
    help = (
        "Import traces from files and folders. Exit code 0: everything was taken in or "
        "was there already; 3: something was left out, as listed; 1: nothing was taken in."
    )

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("paths", metavar="PATH", nargs="+", type=Path)
        parser.add_argument("--agent", required=True, help="whose traces; made if new")
        parser.add_argument("--store", help="subscribe the agent to it; made if new")
        parser.add_argument("--format", choices=list(formats.FORMATS))
        parser.add_argument("--person", default="", help="where a trace names nobody")

    def handle(self, *args: Any, **options: Any) -> None:
        self.tally = Tally()
        super().handle(*args, **options)
        if self.tally.left_out:
            sys.exit(LEFT_OUT)

    def act(self, options: argparse.Namespace) -> Report:
        tally = self.tally
        found = self._found(options)
        # Nothing is made before there is something to import.
        first = next((entry for entry in found if isinstance(entry[1], Record)), None)
        if not tally.files:
            places = ", ".join(_named(path) for path in options.paths)
            kinds = ", ".join(formats.SUFFIXES)
            raise NotFound(
                f"No file to import in {places}: looked for {kinds}, and .gz."
            )
        if first is None:
            return Report(tally.sentences(), tally.facts(), done=False)
        team = find_team(options.team, founding=True)
        agent = self._agent(team, options.agent)
        if options.store:
            self._subscribe(team, agent, options.store)
        entries = itertools.chain([first], found)
        for file, result in intake.accept_stream(agent, entries, by=CONSOLE):
            tally.settle(file, result)
        return Report(tally.sentences(), tally.facts(), done=tally.taken > 0)

    def _found(
        self, options: argparse.Namespace
    ) -> Iterator[tuple[Path, Record | Unreadable]]:
        """Go through the files, with a bar where somebody watches."""
        every = formats.read_files(options.paths, format=options.format)
        self.tally.files = len(every)
        watched = sys.stderr.isatty() and not options.json
        with tqdm(unit=" traces", disable=not watched) as bar:
            for number, (file, entries) in enumerate(every, 1):
                bar.set_description(f"file {number} of {len(every)}", refresh=False)
                for entry in entries:
                    if isinstance(entry, Unreadable):
                        self.tally.miss(entry)
                        continue
                    bar.update()
                    self.tally.find(entry)
                    person = entry.person or options.person
                    yield file, msgspec.structs.replace(entry, person=person)

    def _agent(self, team: Team, name: str) -> Agent:
        known = Agent.objects.filter(team=team, name=name).first()
        if known is None:
            self.tally.made.append(f"agent {name}")
        return known or agents.create(team, name, by=CONSOLE)

    def _subscribe(self, team: Team, agent: Agent, name: str) -> None:
        store = Store.objects.filter(team=team, name=name).first()
        if store is None:
            store = stores.create(team, name, by=CONSOLE)
            self.tally.made.append(f"store {name}")
        stores.subscribe(agent, store, by=CONSOLE)


class Tally:
    """What an import found and what became of it."""

    def __init__(self) -> None:
        self.files = self.records = self.empty = 0
        self.made: list[str] = []
        self.statuses: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.redactions: Counter[str] = Counter()
        self.unreadable: list[Unreadable] = []
        self.refused: list[tuple[Path, Result]] = []
        self.unread = 0

    @property
    def taken(self) -> int:
        """Traces that are in the tables now, by this import or an earlier one."""
        kept = ("stored", "extended", "duplicate")
        return sum(self.statuses[status] for status in kept)

    @property
    def left_out(self) -> int:
        """What was not taken in although it should have been."""
        return self.unread + self.statuses["conflict"] + self.statuses["invalid"]

    def find(self, record: Record) -> None:
        """Count a trace that was read."""
        self.records += 1
        kept = record.extra.get("unknown")
        if isinstance(kept, dict):
            self.unknown.update(kept)

    def miss(self, entry: Unreadable) -> None:
        """Count what was not read; a file without any run misses nothing."""
        if entry.empty:
            self.empty += 1
            return
        self.unread += 1
        if len(self.unreadable) < _LISTED:
            self.unreadable.append(entry)

    def settle(self, file: Path, result: Result) -> None:
        """Count what became of a trace."""
        self.statuses[result.status] += 1
        if result.status in ("stored", "extended"):
            self.redactions.update(result.redactions)
        if result.status in ("conflict", "invalid") and len(self.refused) < _LISTED:
            self.refused.append((file, result))

    def facts(self) -> dict[str, Any]:
        """Tell everything to a program."""
        return {
            "files": self.files,
            "records": self.records,
            "imported": self.statuses["stored"],
            "extended": self.statuses["extended"],
            "duplicates": self.statuses["duplicate"],
            "conflicts": self._refused("conflict"),
            "invalid": self._refused("invalid"),
            "unreadable": [_placed(entry) for entry in self.unreadable],
            "unreadable_count": self.unread,
            "empty_files": self.empty,
            "unknown_kept": dict(self.unknown),
            "redactions": dict(self.redactions),
            "made": self.made,
        }

    def _refused(self, status: str) -> list[dict[str, str]]:
        return [
            {
                "file": _named(file),
                "external_id": result.external_id,
                "field": result.field,
                "reason": result.reason,
            }
            for file, result in self.refused
            if result.status == status
        ]

    def sentences(self) -> list[str]:
        """Tell a person the same, the problems last."""
        counts = {
            "imported": self.statuses["stored"],
            "extended": self.statuses["extended"],
            "there already": self.statuses["duplicate"],
            "in conflict": self.statuses["conflict"],
            "invalid": self.statuses["invalid"],
        }
        told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
        lines = [f"Made the {thing}." for thing in self.made]
        found = f"{_counted(self.records, 'trace')} in {_counted(self.files, 'file')}"
        lines.append(f"{found}: {told}." if told else f"{found}.")
        if self.redactions:
            lines.append(f"Secrets taken out: {_listed(self.redactions)}.")
        if self.unknown:
            lines.append(f"Not understood, but kept: {_listed(self.unknown)}.")
        if self.empty:
            lines.append(f"Without any conversation: {_counted(self.empty, 'file')}.")
        for file, result in self.refused:
            place = f"{result.external_id} {result.field}".strip()
            lines.append(f"{result.status}: {file}: {place}: {result.reason}")
        for entry in self.unreadable:
            place = f"{entry.field}: " if entry.field else ""
            lines.append(
                f"unreadable: {entry.file}:{entry.line}: {place}{entry.reason}"
            )
        if self.unread > len(self.unreadable):
            lines.append(f"… and {self.unread - len(self.unreadable)} more.")
        return lines


def _placed(entry: Unreadable) -> dict[str, Any]:
    return {
        "file": _named(entry.file),
        "line": entry.line,
        "field": entry.field,
        "reason": entry.reason,
    }


def _named(file: Path | str) -> str:
    """A file's name as text, also where the disk holds bytes that are none."""
    return os.fsencode(file).decode("utf-8", "replace")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.most_common())
