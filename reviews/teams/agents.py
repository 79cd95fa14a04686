"""Agents of a team."""

import re

from django.db import transaction

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import Invalid
from reviews.teams.models import Agent, Team

NAME = re.compile(r"[\w][\w .@/+-]{0,79}")


@transaction.atomic
def create(team: Team, name: str, *, by: Actor) -> Agent:
    """An agent of the team; the same name again is the same agent."""
    if not NAME.fullmatch(name):
        raise Invalid(
            f"“{name}” cannot be an agent's name: at most 80 letters, digits, spaces "
            "and . _ - @ / +, beginning with a letter or digit.",
            field="agent",
        )
    agent, created = Agent.objects.get_or_create(team=team, name=name)
    if created:
        ledger.record(by, "agent.created", agent, team=team)
    return agent
