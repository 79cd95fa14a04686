"""What every command of ours shares: words for people, JSON for programs, honest codes.

Exit code 0: done. 1: refused, or done in part; the reason stands on stderr, and with
``--json`` as ``{"error": {...}}`` on stdout. 2: the command line itself is wrong.
70, with ``--json`` only: a failure of ours, as ``{"error": {"code": "failure", ...}}``.
141: whoever read along stopped, as ``| head`` does; what was asked for is done.
"""

import argparse
import os
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

import msgspec
from django.core.management.base import BaseCommand
from django.db.models import Model

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid, NotAllowed, NotFound
from reviews.memory.models import Store
from reviews.proposals.models import Proposal
from reviews.teams import roles, setup
from reviews.teams.models import Agent, Team, User

# Whoever may run a command on the machine itself.
CONSOLE = Actor.system("console")
# What others end with in the same case: sysexits' EX_SOFTWARE, and a shell's SIGPIPE.
_FAILURE, _UNREAD = 70, 141
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Report:
    """What a command did: sentences for people, facts for programs."""

    lines: Sequence[str] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    # False ends the command with exit code 1.
    done: bool = True


class Scriptable(BaseCommand):
    """A command that can be scripted: subclasses say what they take and what they do."""

    requires_system_checks: Sequence[str] = []  # type: ignore[assignment]
    # Whether the command acts within one team.
    in_team = True

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare what this command takes."""

    def act(self, options: argparse.Namespace) -> Report:
        """Do it; a refusal is raised, not reported."""
        raise NotImplementedError

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="print the facts for a program"
        )
        if self.in_team:
            parser.add_argument(
                "--team", metavar="TEAM", help="needed where there is more than one"
            )
        self.arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = argparse.Namespace(**options)
        try:
            _check_words(options)
            with ledger.one_act():
                report = self.act(chosen)
        except DomainError as refusal:
            self._refuse(refusal, as_json=chosen.json)
        except Exception as failure:
            if not chosen.json:
                raise
            self._fail(failure)
        self._tell(report, as_json=chosen.json)
        if not report.done:
            sys.exit(1)

    def _tell(self, report: Report, *, as_json: bool) -> None:
        lines = [_harmless(line) for line in report.lines]
        with self._read_along():
            if as_json:
                self._print_json(report.facts)
            else:
                for line in lines:
                    self.stdout.write(line)
        if as_json and not report.done:
            self.stderr.write("\n".join(lines))

    def _refuse(self, refusal: DomainError, *, as_json: bool) -> NoReturn:
        self.stderr.write(_harmless(refusal.message))
        if as_json:
            error = {"code": refusal.code, "message": refusal.message}
            with self._read_along():
                self._print_json({"error": error | refusal.facts})
        sys.exit(1)

    def _fail(self, failure: Exception) -> NoReturn:
        """Tell a program that we broke; people find where on stderr."""
        self.stderr.write(_harmless("".join(traceback.format_exception(failure))))
        message = f"{type(failure).__name__}: {failure}"
        with self._read_along():
            self._print_json({"error": {"code": "failure", "message": message}})
        sys.exit(_FAILURE)

    @contextmanager
    def _read_along(self) -> Iterator[None]:
        """Print, and end quietly where nobody reads any more."""
        try:
            yield
            self.stdout.flush()
        except BrokenPipeError:
            # What is still buffered must go somewhere when Python ends.
            with open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), self.stdout.fileno())
            sys.exit(_UNREAD)

    def _print_json(self, facts: dict[str, Any]) -> None:
        encoded = msgspec.json.encode(facts, enc_hook=str)
        self.stdout.write(msgspec.json.format(encoded, indent=2).decode())


def _check_words(options: dict[str, Any]) -> None:
    """Refuse words that a terminal sent in another encoding: no text of ours holds them."""
    for name, value in options.items():
        for word in value if isinstance(value, list) else [value]:
            if isinstance(word, str) and not word.isascii():
                try:
                    word.encode()
                except UnicodeEncodeError as error:
                    raise Invalid(f"What {name} says is not UTF-8.") from error


def _harmless(line: str) -> str:
    """What traces say must not steer the terminal: control characters become U+FFFD."""
    return _CONTROL.sub("\ufffd", line)


def find_team(named: str | None, *, founding: bool = False) -> Team:
    """The team of that name, or the only one there is.

    A command that a fresh installation begins with is founding: it makes the first team.
    """
    if named:
        return _one(Team, f"team “{named}”", slug=named)
    teams = list(Team.objects.order_by("pk")[:2])
    if len(teams) > 1:
        every = ", ".join(Team.objects.order_by("slug").values_list("slug", flat=True))
        raise Invalid(f"There are several teams ({every}): choose one with --team.")
    if teams:
        return teams[0]
    if founding:
        return setup.home(by=CONSOLE)
    raise NotFound("There is no team yet: import traces, or add a user, to begin.")


def find_store(name: str, team: Team) -> Store:
    """The team's store of that name."""
    return _one(Store, f"store “{name}” in team {team.slug}", team=team, name=name)


def find_agent(name: str, team: Team) -> Agent:
    """The team's agent of that name."""
    return _one(Agent, f"agent “{name}” in team {team.slug}", team=team, name=name)


def find_proposal(name: str, store_or_team: Store | Team) -> Proposal:
    """A proposal by the name that pages give it: P-12, or just 12."""
    number = name.upper().removeprefix("P-")
    if not (number.isdecimal() and len(number) < 19):
        raise Invalid(f"“{name}” is no proposal: they are called P-1, P-2 …")
    where = (
        {"store": store_or_team}
        if isinstance(store_or_team, Store)
        else {"store__team": store_or_team}
    )
    return _one(Proposal, f"proposal P-{number} here", pk=int(number), **where)


def find_person(name: str, team: Team, permission: str) -> Actor:
    """The user in whose name the command acts, who must have the right to."""
    user = _one(User, f"user “{name}”", username=name)
    role = roles.role_in(user, team)
    if role is None:
        raise NotAllowed(f"{name} is not in team {team.slug}.")
    roles.check(role, permission)
    return Actor.person(user)


def _one[M: Model](model: type[M], words: str, **conditions: Any) -> M:
    found = model._default_manager.filter(**conditions).first()
    if found is None:
        raise NotFound(f"There is no {words}.")
    return found
