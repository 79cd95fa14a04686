"""The example team: people, agents, a store with a few rules, and traces to dream of.

Made once; asked again, it says what is there, or adds the traces that are missing.
"""

from collections.abc import Callable, Iterator
from itertools import batched
from pathlib import Path

from django.db import connection, transaction

from reviews.audit.actors import Actor
from reviews.errors import Invalid
from reviews.examples import cast, generator
from reviews.memory import stores
from reviews.memory.models import Store
from reviews.teams import agents, members
from reviews.teams.models import Agent, Membership, Team, User
from reviews.traces import intake
from reviews.traces.models import Trace
from reviews.traces.steps import Record

SLUG = "example"
NAME = "Harbour (example)"
STORE = "support"
TRACES = 300
# What the team had written by hand before: version 1 of the store.
MEMORY = Path(__file__).parent / "memory"
# Some of the people can be found under People; they cannot sign in.
_ROLES = {
    "noor": Membership.Role.OPERATOR,
    "marta": Membership.Role.OPERATOR,
    "dana": Membership.Role.OPERATOR,
    "leila": Membership.Role.LEAD,
}
# So many are generated and handed to intake at a time.
_CHUNK = 1_000


def create(
    *, by: Actor, traces: int = TRACES, told: Callable[[int], object] = lambda _: None
) -> Team:
    """Make the example team with this many traces, or bring it to as many.

    Whoever acts becomes its admin; at the console, whoever is an admin elsewhere.
    ``told`` hears how many traces were taken in, as they are.
    """
    if not generator.FEWEST <= traces <= generator.MOST:
        raise Invalid(
            f"The example has {generator.FEWEST} to {generator.MOST:,} traces.",
            traces=traces,
        )
    team = _found(by)
    _take_in(team, traces, by, told)
    return team


def find() -> Team | None:
    """The example team, if somebody has made it."""
    return Team.objects.filter(slug=SLUG).first()


@transaction.atomic
def _found(by: Actor) -> Team:
    """Make the team and all but its traces, or find it as it is."""
    # Two people who click at once take turns; the second finds the first's team.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('example team'))")
    team = find() or _made(by)
    for user in _admins(by):
        members.add(user, team, Membership.Role.ADMIN, by=by)
    return team


def _made(by: Actor) -> Team:
    team = members.create_team(SLUG, NAME, by=by)
    # Before there is a first admin nobody may take that place away.
    if User.objects.exists():
        _employ(team, by)
    store = stores.create(
        team, STORE, by=by, description="What Harbour's agents believe."
    )
    stores.import_folder(
        store, MEMORY, by=by, reason="The notes that the team had kept by hand."
    )
    for name in cast.AGENTS:
        stores.subscribe(agents.create(team, name, by=by), store, by=by)
    return team


def _employ(team: Team, by: Actor) -> None:
    """Let some of the cast belong to the team; somebody real of that name does not."""
    for name, role in _ROLES.items():
        if not User.objects.filter(username__iexact=name).exists():
            email = f"{name}@{cast.SHOP}"
            user = members.create_user(
                name, None, by=by, email=email, name=name.title()
            )
            members.add(user, team, role, by=by)


def _admins(by: Actor) -> list[User]:
    """Who administers the example: the person who asks for it, else every admin."""
    if by.kind == "person":
        return list(User.objects.filter(username=by.name))
    admins = User.objects.filter(memberships__role=Membership.Role.ADMIN)
    return list(admins.distinct().order_by("pk"))


def _take_in(team: Team, traces: int, by: Actor, told: Callable[[int], object]) -> None:
    """Hand what is missing to intake, each agent's runs in the order of their places."""
    # An attempt that was cut short is taken up at the beginning of its last chunk:
    # what intake knows already it leaves alone.
    known = Trace.objects.filter(team=team, agent__name__in=cast.AGENTS).count()
    there = traces if known >= traces else known // _CHUNK * _CHUNK
    told(there)
    runners = {agent.name: agent for agent in Agent.objects.filter(team=team)}
    missing = generator.records(traces, after=there)
    for chunk in batched(missing, _CHUNK, strict=False):
        for name, records in _by_agent(chunk):
            numbered = enumerate(records)
            for _ in intake.accept_stream(runners[name], numbered, by=by):
                pass
        there += len(chunk)
        told(there)


def _by_agent(chunk: tuple[Record, ...]) -> Iterator[tuple[str, list[Record]]]:
    for name in cast.AGENTS:
        if own := [made for made in chunk if generator.agent_of(made) == name]:
            yield name, own


def store_of(team: Team) -> Store:
    """The example team's store."""
    return Store.objects.get(team=team, name=STORE)
