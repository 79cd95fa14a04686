"""Print the memory that an agent reads, at the head or as it once was."""

import argparse
from datetime import datetime
from typing import Any

import msgspec
from django.core.management.base import CommandParser
from django.utils import timezone

from reviews.errors import Invalid
from reviews.management.base import Report, Scriptable, find_store, find_team
from reviews.memory import bundles
from reviews.memory.bundles import Bundle


class Command(Scriptable):
    help = "Print what agents read from a store: every memory, with its path above it."

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        # Every command has a --version that prints Django's; here it means ours.
        kwargs["conflict_handler"] = "resolve"
        return super().create_parser(prog_name, subcommand, **kwargs)

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("store", metavar="STORE")
        parser.add_argument("--version", type=int, metavar="N", dest="number")
        parser.add_argument("--as-of", metavar="TIME", help="a moment, as ISO 8601")
        parser.add_argument("--person", default="", help="with this person's memories")
        parser.add_argument("--agent", default="", help="with this agent's memories")

    def act(self, options: argparse.Namespace) -> Report:
        store = find_store(options.store, find_team(options.team))
        wanted = bundles.find(
            store,
            version=options.number,
            as_of=_moment(options.as_of),
            person=options.person,
            agent=options.agent,
        )
        bundle = bundles.read(wanted)
        return Report(_lines(bundle), msgspec.to_builtins(bundle))


def _moment(text: str | None) -> datetime | None:
    """A moment as people and programs write it; without a zone, in the server's."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise Invalid(f"{text!r} is no time; write 2026-11-26T15:00.") from wrong
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _lines(bundle: Bundle) -> list[str]:
    """The bundle as text: which version, then each memory below its path."""
    frozen = ", frozen" if bundle.frozen else ""
    title = f"{bundle.store} version {bundle.version}{frozen}"
    texts = [f"==> {memory.path} <==\n{memory.text}" for memory in bundle.memories]
    return [title, *("\n" + text.rstrip("\n") for text in texts)]
