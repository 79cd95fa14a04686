"""Which price holds today: a team's own figure, else the one that Dreamboard came with."""

import functools
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.dreams.asking.rates import Rate
from reviews.dreams.models import Price
from reviews.errors import DomainError, Invalid
from reviews.teams.models import Team

_FILE = Path(__file__).with_name("prices.json")
_FIGURES = [
    *("input", "output", "cache_write_5m", "cache_write_1h", "cache_read"),
    *("batch_share", "long_from", "long_input", "long_output"),
]
# US dollars per million tokens: beyond this somebody has mistaken the unit.
_DEAREST = Decimal(10_000)


class NoPrice(DomainError):
    """Nobody knows what this model costs."""

    code = "no-price"


def of(team: Team, model: str, on: date | None = None) -> Rate:
    """What the model costs the team on that day; without a figure nothing is asked of it."""
    own = _own(team, [model], on).get(model)
    if own is not None:
        return own
    shipped = defaults().get(model)
    if shipped is None:
        raise NoPrice(
            f"No price is known for {model or 'a model without a name'}, so it is not asked. "
            "An admin can add one under Settings, Models.",
            model=model,
        )
    return shipped


def table(team: Team) -> list[Rate]:
    """Every price that holds today, by model."""
    rates = defaults() | _own(team, None, None)
    return [rates[model] for model in sorted(rates)]


@functools.cache
def defaults() -> dict[str, Rate]:
    """The figures that Dreamboard came with, by model."""
    said = msgspec.json.decode(_FILE.read_bytes())
    return {
        model: _shipped(said, line | {"model": model})
        for line in said["models"]
        for model in line["models"]
    }


@transaction.atomic
def change(
    team: Team, model: str, *, by: Actor, source: str = "", **figures: Any
) -> Price:
    """Set what a model costs the team from today on."""
    model = model.strip()
    if not model or len(model) > 256:
        raise Invalid("Name the model as the API does.", field="model")
    known = {name: figures.get(name) for name in _FIGURES}
    _check(known)
    price, _ = Price.objects.update_or_create(
        team=team,
        model=model,
        since=timezone.now().date(),
        defaults=_with_defaults(known)
        | {"source": source[:200] or f"typed in by {by}"},
    )
    ledger.record(
        by,
        "price.changed",
        price,
        team=team,
        model=model,
        **{name: str(value) for name, value in known.items() if value is not None},
    )
    return price


@transaction.atomic
def remove(team: Team, model: str, *, by: Actor) -> None:
    """Forget the team's own figures for a model; what Dreamboard came with holds again."""
    price = Price.objects.filter(team=team, model=model).order_by("-since").first()
    if price is None:
        raise Invalid(f"This team has no price of its own for {model}.", field="model")
    ledger.record(by, "price.removed", price, team=team, model=model)
    Price.objects.filter(team=team, model=model).delete()


def _own(team: Team, models: Iterable[str] | None, on: date | None) -> dict[str, Rate]:
    rows = Price.objects.filter(team=team, since__lte=on or timezone.now().date())
    if models is not None:
        rows = rows.filter(model__in=models)
    # The newest one of each model comes last, and stays.
    return {row.model: _of_row(row) for row in rows.order_by("since")}


def _of_row(row: Price) -> Rate:
    figures = {name: getattr(row, name) for name in _FIGURES}
    return Rate(
        model=row.model, since=row.since, source=row.source, shipped=False, **figures
    )


def _shipped(said: Mapping[str, Any], line: Mapping[str, Any]) -> Rate:
    figures = {
        name: value if name == "long_from" else Decimal(value)
        for name, value in line.items()
        if name in _FIGURES
    }
    return Rate(
        model=line["model"],
        since=date.fromisoformat(said["since"]),
        source=said["source"],
        **_with_defaults(figures),
    )


def _with_defaults(figures: Mapping[str, Any]) -> dict[str, Any]:
    """What was left open follows from the input's price, as it does in the price list."""
    said = msgspec.json.decode(_FILE.read_bytes())
    usual = {
        f"cache_{name}": Decimal(share) * figures["input"]
        for name, share in said["cache"].items()
    } | {"batch_share": Decimal(said["batch_share"])}
    return usual | {name: value for name, value in figures.items() if value is not None}


def _check(figures: Mapping[str, Any]) -> None:
    for name in ("input", "output"):
        if figures[name] is None:
            raise Invalid("A price has an input and an output.", field=name)
    for name, value in figures.items():
        most = {"batch_share": Decimal(1), "long_from": 10**9}.get(name, _DEAREST)
        if value is not None and not (
            Decimal(value).is_finite() and 0 <= value <= most
        ):
            raise Invalid(f"Between 0 and {most:,}, please.", field=name)
    long = [
        figures[name] is None for name in ("long_from", "long_input", "long_output")
    ]
    if any(long) and not all(long):
        raise Invalid(
            "Prices of long prompts come together: from how many tokens, input, output.",
            field="long_from",
        )
