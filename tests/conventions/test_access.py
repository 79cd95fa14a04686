"""Every address of the browser edge: closed to strangers, to other teams, to lesser roles.

The addresses are read from the URL configuration, so a new one is held to this at once.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, reverse

from reviews.audit.actors import Actor
from reviews.audit.models import LedgerEntry
from reviews.dreams import dreams, pipeline
from reviews.dreams.models import Completion, Dream
from reviews.examples import team as example
from reviews.memory.models import Memory
from reviews.proposals import threads
from reviews.proposals.models import Comment, Evidence, Proposal
from reviews.teams import tokens
from reviews.teams.models import Agent, Membership, Team, Token, User
from reviews.traces.models import Trace
from reviews.web import urls as web
from reviews.web.context import SECTIONS
from tests import factories

pytestmark = pytest.mark.django_db

# What people do for themselves, in any role.
PERSONAL = {
    "team-choose",
    "theme",
    "settings-appearance",
    "audit-verify",
    "setup",
    "inbox-filters",
}


@pytest.fixture
def cast(db: None) -> dict[str, User]:
    return factories.the_cast(factories.a_team("support"))


@pytest.fixture
def team(cast: dict[str, User]) -> Team:
    """The example team with everything in it that an address can name."""
    by = Actor.person(cast["max"])
    team = example.create(by=by, traces=100)
    factories.a_user("vera", team, "viewer")
    tokens.issue(team.agents.first(), ["read-memory"], by=by)
    pipeline.run_inline(dreams.start(example.store_of(team), by=by))
    return team


def client_of(user: User, team: Team | None = None) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    if team:
        session = client.session
        session["team"] = team.pk
        session.save()
    return client


def addresses(team: Team) -> dict[str, str]:
    """An address for each name, with real things of the team in it."""
    return {
        pattern.name: reverse(f"web:{pattern.name}", kwargs=arguments(pattern, team))
        for pattern in web.urlpatterns
    }


def arguments(pattern: URLPattern, team: Team) -> dict[str, Any]:
    route = str(pattern.pattern)
    known: dict[str, Any] = {
        "store": example.STORE,
        "pk": lambda: key(route, team),
        "file": lambda: Memory.objects.filter(store__team=team).first().path[1:],
        "number": 1,
        "step": 1,
        "thread": lambda: a_thread(team).pk,
        "position": 0,
        "key": lambda: a_quote(team).pk,
        "older": 1,
        "newer": 1,
        "verdict": "failed",
    }
    return {
        name: value() if callable(value := known[name]) else value
        for name in re.findall(r"<\w+:(\w+)>", route)
    }


def a_thread(team: Team) -> Comment:
    """Something said about the proposal that addresses name."""
    proposal = Proposal.objects.filter(store__team=team).first()
    by = Actor.system("test")
    return proposal.comments.first() or threads.say(proposal, by=by, text="Why?")


def a_completion(team: Team) -> Completion:
    """Something that was asked of a model for the team."""
    return Completion.objects.create(
        team=team, purpose="judge", name="judge-1", model="claude-sonnet-5-5"
    )


def a_quote(team: Team) -> Evidence:
    """A piece of evidence of the proposal that addresses name."""
    proposal = Proposal.objects.filter(store__team=team).first()
    return Evidence.objects.filter(operation__proposal=proposal).first()


def key(route: str, team: Team) -> int:
    """The key of one of the team's things, of the kind that the address is about."""
    rows = {
        "inbox/": Proposal.objects.filter(store__team=team),
        "proposals/": Proposal.objects.filter(store__team=team),
        "dreams/": Dream.objects.filter(store__team=team),
        "traces/": Trace.objects.filter(team=team),
        "audit/": LedgerEntry.objects.filter(chain=f"team:{team.pk}"),
        "agents/": Agent.objects.filter(team=team),
        "settings/agents/": Agent.objects.filter(team=team),
        "settings/tokens/": Token.objects.filter(agent__team=team),
        "settings/models/asked/": Completion.objects.filter(pk=a_completion(team).pk)
        if route.startswith("settings/models/asked/")
        else Completion.objects.none(),
        "settings/people/": Membership.objects.filter(team=team, user__username="max"),
    }
    kind = next(kind for kind in rows if route.startswith(kind))
    found: int = rows[kind].first().pk
    return found


def test_a_stranger_reaches_nothing_by_any_method(team):
    open_doors = {
        (name, method)
        for name, address in addresses(team).items()
        for method in ("get", "post")
        if getattr(Client(), method)(address).status_code not in (302, 405)
    }

    assert {name for name, _ in open_doors} <= {"setup"}


def test_to_another_team_nothing_exists_by_any_method(team, cast):
    client = client_of(cast["eve"])

    seen = {
        (name, method, status)
        for name, address in addresses(team).items()
        if re.search(r"support|\d", address)
        for method in ("get", "post")
        # An address that only spells another one may lead there, and no further.
        if (status := getattr(client, method)(address, follow=True).status_code)
        not in (404, 405)
    }

    assert seen == set()


def test_a_viewer_changes_nothing(team):
    client = client_of(User.objects.get(username="vera"), team)

    allowed = {
        name: status
        for name, address in addresses(team).items()
        if name not in PERSONAL
        and (status := client.post(address).status_code) not in (403, 405)
    }

    assert allowed == {}


def test_every_section_s_list_is_proven_flat():
    tests = "\n".join(
        file.read_text()
        for file in (Path(settings.BASE_DIR) / "tests").rglob("test_*.py")
    )

    missing = [
        section.name
        for section in SECTIONS
        if not section.per_store
        and f'flat_queries("{reverse(f"web:{section.name}")}'
        not in re.sub(r"\(\s+", "(", tests)
    ]

    assert missing == []
