"""Name a version of a store, or take a name from it."""

import argparse

from reviews.errors import Invalid
from reviews.management.base import (
    CONSOLE,
    Report,
    Scriptable,
    find_person,
    find_store,
    find_team,
)
from reviews.memory import tags


class Command(Scriptable):
    help = "Name a version of a store; with --remove, take a name from it."

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("store", metavar="STORE")
        parser.add_argument(
            "version",
            metavar="VERSION",
            nargs="?",
            help="a number, head, a name that it has, or a day",
        )
        parser.add_argument("name", metavar="NAME", nargs="?")
        parser.add_argument(
            "--remove", metavar="NAME", help="take this name from its version"
        )
        parser.add_argument("--by", metavar="USER", help="whose act this is")

    def act(self, options: argparse.Namespace) -> Report:
        missing = options.name is None if not options.remove else options.version
        if missing:
            raise Invalid("Say which version gets which name, or --remove a name.")
        team = find_team(options.team)
        store = find_store(options.store, team)
        by = find_person(options.by, team, "name versions") if options.by else CONSOLE
        if options.remove:
            number = tags.number_of(store, options.remove)
            tags.take(store, options.remove, by=by)
            sentence = f"v{number} of {store} is no longer called {options.remove}."
            return Report([sentence], _facts(store.name, number, None))
        number = tags.number_of(store, options.version)
        tag = tags.give(store, number, options.name, by=by)
        sentence = f"v{number} of {store} is called {tag.name}."
        return Report([sentence], _facts(store.name, number, tag.name))


def _facts(store: str, version: int, name: str | None) -> dict[str, object]:
    return {"store": store, "version": version, "name": name}
