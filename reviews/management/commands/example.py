"""Make the example team, or write its traces to a file."""

import argparse
import gzip
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from reviews.audit.actors import Actor
from reviews.errors import NotFound
from reviews.examples import generator, team
from reviews.management.base import CONSOLE, Report, Scriptable
from reviews.teams.models import Agent, User
from reviews.traces.models import Trace


class Command(Scriptable):
    help = (
        "Make an example team: people, agents, a store, and generated traces with planted"
        " mistakes. The same number gives the same traces everywhere."
    )
    in_team = False

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--traces",
            type=_amount,
            default=team.TRACES,
            metavar="N",
            help=f"{generator.FEWEST} to {generator.MOST} (%(default)s)",
        )
        parser.add_argument(
            "--out",
            type=Path,
            metavar="FILE",
            help="write the traces to FILE.ndjson[.gz] instead, and nothing else",
        )
        parser.add_argument("--by", metavar="USER", help="who becomes its admin")

    def act(self, options: argparse.Namespace) -> Report:
        with _progress(options) as told:
            if options.out:
                return _write(options.out, options.traces, told)
            return _create(options, told)


def _amount(text: str) -> int:
    """How many traces, within what is promised."""
    number = int(text)
    if not generator.FEWEST <= number <= generator.MOST:
        raise argparse.ArgumentTypeError(
            f"{number} is not between {generator.FEWEST} and {generator.MOST}"
        )
    return number


@contextmanager
def _progress(options: argparse.Namespace) -> Iterator[Callable[[int], object]]:
    """A bar where somebody watches; hears how many are done in all."""
    quiet = options.json or not sys.stderr.isatty()
    with tqdm(total=options.traces, unit=" traces", disable=quiet) as bar:
        yield lambda done: bar.update(done - bar.n)


def _write(file: Path, traces: int, told: Callable[[int], object]) -> Report:
    size = 0
    with gzip.open(file, "wb", 6) if file.suffix == ".gz" else file.open("wb") as out:
        for number, line in enumerate(generator.lines(traces), start=1):
            size += out.write(line + b"\n")
            if not number % 100:
                told(number)
    facts = {"file": str(file), "traces": traces, "bytes": size}
    return Report([f"Wrote {traces:,} traces to {file}."], facts)


def _create(options: argparse.Namespace, told: Callable[[int], object]) -> Report:
    existed = team.find() is not None
    made = team.create(by=_actor(options.by), traces=options.traces, told=told)
    store = team.store_of(made)
    agents = sorted(Agent.objects.filter(team=made).values_list("name", flat=True))
    traces = Trace.objects.filter(team=made).count()
    verb = "is there" if existed else "is made"
    done = (
        f"The team {made.slug} {verb}: {traces:,} traces of {len(agents)} agents,"
        f" store {store.name} at version {store.head}."
    )
    following = f"Next: manage.py dream {store.name} --team {made.slug} --wait"
    facts = {
        "team": made.slug,
        "store": store.name,
        "version": store.head,
        "agents": agents,
        "traces": traces,
        "existed": existed,
    }
    return Report([done, following], facts)


def _actor(name: str | None) -> Actor:
    if name is None:
        return CONSOLE
    user = User.objects.filter(username=name).first()
    if user is None:
        raise NotFound(f"There is no user “{name}”.")
    return Actor.person(user)
