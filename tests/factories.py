"""Things as the app makes them: every factory goes through the verbs."""

from itertools import count

from reviews.audit.actors import Actor
from reviews.memory.models import Store
from reviews.teams import agents, members
from reviews.teams.models import Agent, Membership, Team, User

SETUP = Actor.system("setup")
# The cast: Ada decides, Lin leads, Max administers, Vera views; Eve is on another team.
ADA = Actor("person", "ada")
BOB = Actor("person", "bob")
LIN = Actor("person", "lin")
MAX = Actor("person", "max")
CAST = {"ada": "operator", "bob": "operator", "lin": "lead", "max": "admin", "vera": "viewer"}
PASSWORD = "correct horse battery staple"

_numbers = count(1)


def a_team(slug: str = "") -> Team:
    slug = slug or f"team-{next(_numbers)}"
    return members.create_team(slug, slug.title(), by=SETUP)


def a_user(username: str, team: Team | None = None, role: str = "operator") -> User:
    user = User.objects.filter(username=username).first() or members.create_user(
        username, PASSWORD, by=SETUP, email=f"{username}@example.com"
    )
    if team is not None:
        members.add(user, team, Membership.Role(role), by=SETUP)
    return user


def the_cast(team: Team) -> dict[str, User]:
    """Ada, Bob, Lin, Max and Vera in the team, and Eve in one of her own."""
    cast = {name: a_user(name, team, role) for name, role in CAST.items()}
    cast["eve"] = a_user("eve", a_team(), "admin")
    return cast


def an_agent(team: Team | None = None, name: str = "") -> Agent:
    return agents.create(team or a_team(), name or f"agent-{next(_numbers)}", by=SETUP)


def a_store(team: Team | None = None, name: str = "", **settings: object) -> Store:
    from reviews.memory import stores  # noqa: PLC0415

    return stores.create(
        team or a_team(), name or f"store-{next(_numbers)}", by=SETUP, **settings
    )
