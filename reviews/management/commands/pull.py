"""Take in the sessions of a linked store now."""

import argparse

from reviews.dreams.asking import keys
from reviews.dreams.hosted import sessions
from reviews.dreams.models import HostedStore
from reviews.errors import DomainError, Invalid
from reviews.management.base import Report, Scriptable, find_store, find_team


class PullingAlready(DomainError):
    """A worker is pulling for this store, or writing it back."""

    code = "pulling-already"


class Command(Scriptable):
    help = (
        "Pull the sessions of a store that is linked to one at Anthropic, and what was "
        "changed over there. Workers of a running `up` do it every five minutes."
    )

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("store", metavar="STORE")

    def act(self, options: argparse.Namespace) -> Report:
        store = find_store(options.store, find_team(options.team))
        if not HostedStore.objects.filter(store=store).exists():
            raise Invalid(f"{store.name} is linked to no store at Anthropic.")
        keys.needed()
        counts = sessions.pull(store.pk)
        if counts is None:
            raise PullingAlready(f"A worker is at {store.name} already.")
        problem = HostedStore.objects.get(store=store).pull_problem
        told = {
            "new": counts.get("stored", 0),
            "grown": counts.get("extended", 0),
            "there already": counts.get("duplicate", 0),
        }
        said = ", ".join(f"{count} {what}" for what, count in told.items() if count)
        lines = [f"Sessions: {said or 'nothing new'}."]
        if counts.get("proposals"):
            lines.append(f"Changed over there: {counts['proposals']} proposals.")
        if problem:
            lines.append(problem)
        facts = {"counts": counts, "problem": problem}
        return Report(lines, facts, done=not problem)
