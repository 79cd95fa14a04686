"""Give an agent a token."""

import argparse

from django.db import transaction

from reviews.management.base import CONSOLE, Report, Scriptable, find_team
from reviews.teams import agents, tokens
from reviews.teams.models import Token


class Command(Scriptable):
    help = "Issue a token for an agent (made if it is new) and print it this one time."

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("agent", metavar="AGENT")
        parser.add_argument(
            "--scope",
            action="append",
            required=True,
            choices=Token.Scope.values,
            help="what it opens; may be given several times",
        )
        parser.add_argument(
            "--expires",
            type=int,
            metavar="DAYS",
            help="otherwise it lasts until revoked",
        )

    @transaction.atomic
    def act(self, options: argparse.Namespace) -> Report:
        team = find_team(options.team, founding=True)
        agent = agents.create(team, options.agent, by=CONSOLE)
        token, clear = tokens.issue(
            agent, options.scope, by=CONSOLE, days=options.expires
        )
        facts = {
            "token": clear,
            "agent": agent.name,
            "team": team.slug,
            "scopes": token.scopes,
            "expires_at": token.expires_at,
        }
        return Report([clear], facts)
