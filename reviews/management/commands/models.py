"""What a team lets its dreams spend on models, and whether they answer."""

import argparse
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.module_loading import import_string

from reviews.audit.actors import Actor
from reviews.dreams.asking import budgets, keys, prices, spending
from reviews.errors import DomainError, Invalid
from reviews.management.base import (
    CONSOLE,
    Report,
    Scriptable,
    find_person,
    find_team,
)
from reviews.teams.models import Team

# By name: it loads Anthropic's SDK, which takes seconds.
_TRIAL = "reviews.dreams.asking.trials.run"


class Command(Scriptable):
    help = "Say whether models can be asked and what was spent; set budget and prices."

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        for cap in budgets.CAPS:
            parser.add_argument(
                f"--{cap.replace('_', '-')}", metavar="DOLLARS", type=_amount
            )
        for tier in budgets.TIERS:
            parser.add_argument(f"--{tier}", metavar="MODEL", help=f"the {tier} model")
        parser.add_argument(
            "--price", metavar="MODEL", help="with --input and --output: what it costs"
        )
        parser.add_argument(
            "--input", metavar="DOLLARS", type=_amount, help="per million tokens"
        )
        parser.add_argument(
            "--output", metavar="DOLLARS", type=_amount, help="per million tokens"
        )
        parser.add_argument(
            "--test", choices=budgets.TIERS, help="ask this model one tiny question"
        )
        parser.add_argument("--by", metavar="USER", help="who sets or asks it")

    def act(self, options: argparse.Namespace) -> Report:
        team = find_team(options.team)
        by = find_person(options.by, team, "administer") if options.by else CONSOLE
        values = {
            name: value
            for name in (*budgets.CAPS, *budgets.TIERS)
            if (value := getattr(options, name)) is not None
        }
        if values:
            budgets.change(team, by=by, **values)
        if options.price:
            prices.change(
                team, options.price, by=by, input=options.input, output=options.output
            )
        elif options.input is not None or options.output is not None:
            raise Invalid("Say whose price it is: --price MODEL.", field="price")
        lines, facts = _stand(team)
        if not options.test:
            return Report(lines, facts)
        said, trial, works = _tried(team, options.test, by)
        return Report([*lines, said], facts | {"test": trial}, done=works)


def _stand(team: Team) -> tuple[list[str], dict[str, Any]]:
    budget, spent = budgets.of(team), spending.of(team)
    lines = [
        _key_in_words(),
        f"Budget: ${budget.per_dream} a dream, ${budget.per_day} a day, ${budget.per_month} a month.",
        f"Models: {', '.join(getattr(budget, tier) for tier in budgets.TIERS)}.",
        f"Spent: ${spent.today:.4f} today, ${spent.month:.4f} this month; ${spent.reserved:.4f} reserved.",
    ]
    facts = {
        "key": lines[0],
        "budget": {
            name: str(getattr(budget, name)) for name in (*budgets.CAPS, *budgets.TIERS)
        },
        "spent": {name: str(value) for name, value in asdict(spent).items()},
    }
    return lines, facts


def _key_in_words() -> str:
    try:
        key = keys.find()
    except keys.KeyUnreadable as refusal:
        return refusal.message
    if key is None:
        return keys.MISSING
    ending = f", ending in {key.ending}" if key.ending else ""
    return f"A key is set{ending}, from {key.origin}."


def _tried(team: Team, tier: str, by: Actor) -> tuple[str, dict[str, Any], bool]:
    try:
        trial = import_string(_TRIAL)(team, tier, by=by)
    except DomainError as refusal:
        return refusal.message, {"problem": refusal.message}, False
    facts = {name: str(value) for name, value in asdict(trial).items()}
    if trial.problem:
        return f"{trial.model}: {trial.problem}", facts, False
    said = f"{trial.model} answers: {trial.milliseconds} ms, ${trial.cost}."
    return said, facts, True


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount") from error
