"""Hold what agents read of a store at one version, or let them read on."""

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
from reviews.memory import stores, tags


class Command(Scriptable):
    help = "Let agents read an old version of a store until --thaw."

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("store", metavar="STORE")
        parser.add_argument(
            "version",
            metavar="VERSION",
            nargs="?",
            help="a number, a name, or a day: the newest before it ended",
        )
        parser.add_argument(
            "--thaw", action="store_true", help="let agents read the head again"
        )
        parser.add_argument("--reason", default="")
        parser.add_argument("--by", metavar="USER", help="whose act this is")

    def act(self, options: argparse.Namespace) -> Report:
        if bool(options.version) == options.thaw:
            raise Invalid("Say which version agents should read, or --thaw; not both.")
        team = find_team(options.team)
        store = find_store(options.store, team)
        by = find_person(options.by, team, "administer") if options.by else CONSOLE
        if options.thaw:
            held = store.frozen_at
            stores.thaw(store, by=by, reason=options.reason)
            # Doing it twice is doing it once, and is told as what it was.
            again = "again" if held else "as before"
            sentence = f"Agents read the head of {store} {again}: v{store.head}."
        else:
            number = tags.number_of(store, options.version)
            stores.freeze(store, number, by=by, reason=options.reason)
            sentence = f"Agents read v{number} of {store} from their next reading on."
        facts = {"store": store.name, "head": store.head, "frozen_at": store.frozen_at}
        return Report([sentence], facts)
