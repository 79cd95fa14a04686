"""Let somebody sign in, or give them another role."""

import argparse
import secrets
import sys

from django.db import transaction

from reviews.management.base import CONSOLE, Report, Scriptable, find_team
from reviews.teams import members
from reviews.teams.models import Membership, User


class Command(Scriptable):
    help = "Add a user to a team; for a user who is there already, set the role."

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME")
        parser.add_argument(
            "--role", choices=Membership.Role.values, default=Membership.Role.OPERATOR
        )
        parser.add_argument("--email", default="")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="read the password from stdin instead of making one up",
        )

    @transaction.atomic
    def act(self, options: argparse.Namespace) -> Report:
        team = find_team(options.team, founding=True)
        user = User.objects.filter(username=options.name).first()
        password = None
        if user is None:
            password = _password(from_stdin=options.password_stdin)
            user = members.create_user(
                options.name, password, by=CONSOLE, email=options.email
            )
        members.add(user, team, options.role, by=CONSOLE)
        facts = {"user": user.username, "team": team.slug, "role": options.role}
        lines = [f"{user.username} is {options.role} of {team.slug}."]
        if password and not options.password_stdin:
            facts["password"] = password
            lines.append(f"Password, shown only now: {password}")
        return Report(lines, facts)


def _password(*, from_stdin: bool) -> str:
    return (
        sys.stdin.readline().rstrip("\n") if from_stdin else secrets.token_urlsafe(15)
    )
