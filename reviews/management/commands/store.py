"""Begin a store from files that people have already written, or make an empty one."""

import argparse
from pathlib import Path

import msgspec

from reviews.management.base import CONSOLE, Report, Scriptable, find_person, find_team
from reviews.memory import stores
from reviews.memory.stores import Imported


class Command(Scriptable):
    help = "Make a store; with --from, begin it with a CLAUDE.md or a memory folder."

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME")
        parser.add_argument(
            "--from",
            dest="source",
            metavar="DIR|FILE",
            type=Path,
            help="the files that become version 1",
        )
        parser.add_argument("--by", metavar="USER", help="whose decision this is")

    def act(self, options: argparse.Namespace) -> Report:
        team = find_team(options.team, founding=True)
        by = find_person(options.by, team, "edit memory") if options.by else CONSOLE
        if options.source is None:
            store = stores.create(team, options.name, by=by)
            return Report(
                [f"Made the store {store.name} of team {team.slug}; it is empty."],
                {"store": store.name, "team": team.slug, "version": 0},
            )
        store, imported = stores.begin(team, options.name, options.source, by=by)
        facts = {
            "store": store.name,
            "team": team.slug,
            "version": imported.version.number,
            "digest": imported.version.digest,
            "memories": list(imported.paths),
            "rules": imported.rules,
            "unreadable": msgspec.to_builtins(imported.unreadable),
        }
        return Report(
            self._sentences(store.name, imported), facts, done=not imported.unreadable
        )

    def _sentences(self, store: str, imported: Imported) -> list[str]:
        """What became of the files, those that were left out last."""
        what = f"{_counted(len(imported.paths), 'memory', 'memories')}, "
        what += _counted(imported.rules, "rule", "rules")
        return [
            f"{store} is at version {imported.version.number}: {what}.",
            *(f"Left out: {file.reason}" for file in imported.unreadable),
        ]


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
