"""List a store's proposals."""

import argparse
from collections.abc import Iterator
from typing import Any

from reviews.management.base import Report, Scriptable, find_store, find_team
from reviews.proposals import listings
from reviews.proposals.models import Proposal


class Command(Scriptable):
    help = "List a store's proposals with their rules, counts and evidence."

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("store", metavar="STORE")
        parser.add_argument(
            "--state", choices=Proposal.State.values, help="only those in this state"
        )

    def act(self, options: argparse.Namespace) -> Report:
        store = find_store(options.store, find_team(options.team))
        rows = Proposal.objects.filter(store=store).order_by("pk")
        if options.state:
            rows = rows.filter(state=options.state)
        proposals = list(rows.select_related("returned"))
        for proposal in proposals:
            proposal.store = store
        found = listings.of(proposals)
        facts = {"store": store.name, "head": store.head, "proposals": found}
        lines = [line for row in found for line in _lines(row)]
        return Report(lines or ["There are no such proposals."], facts)


def _lines(row: dict[str, Any]) -> Iterator[str]:
    risk = f"{row['risk']} risk"
    flags = f" ({', '.join(row['flags'])})" if row["flags"] else ""
    yield f"{row['id']}  {row['state']}  {risk}{flags}  {row['title']}"
    if row["because"]:
        yield f"    {row['because']}"
    for operation in row["operations"]:
        place = " > ".join([operation["path"], *operation["heading"]])
        quotes = len(operation["evidence"])
        words = operation["text"] or operation["before"]
        to = f" to {operation['new_path']}" if operation["new_path"] else ""
        yield f"    {operation['kind']} {place}{to}: {words} [{quotes} quoted]"
