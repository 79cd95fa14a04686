"""What a team lets its dreams spend: whoever asks reserves first, under the budget's lock.

What is promised and not yet answered counts as spent, so two workers at once cannot spend
the same dollar. Days and months are UTC's.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.dreams.models import Budget, Completion, Dream, Replay
from reviews.errors import Invalid
from reviews.teams.models import Team

CAPS = ("per_dream", "per_day", "per_month")
TIERS = ("small", "middle", "strong")
# US dollars.
_MOST = Decimal(1_000_000)
_NOTHING = Decimal(0)


@dataclass(frozen=True)
class Payer:
    """Whose budget pays, and for what."""

    team: Team
    dream: Dream | None = None
    replay: Replay | None = None

    def completions(self) -> QuerySet[Completion]:
        """What was asked for the same dream or replay; nothing for a single question."""
        for kind, one in (("dream", self.dream), ("replay", self.replay)):
            if one is not None and one.pk is not None:
                return Completion.objects.filter(**{kind: one})
        return Completion.objects.none()

    def goes_on(self) -> bool:
        """Whether what it pays for is still wanted: nobody has canceled it."""
        if self.dream is not None:
            return Dream.objects.filter(
                pk=self.dream.pk, state__in=["pending", "running"]
            ).exists()
        if self.replay is not None:
            return Replay.objects.filter(
                pk=self.replay.pk, state__in=["pending", "running"]
            ).exists()
        return True


@dataclass(frozen=True)
class Spent:
    """US dollars, promised ones included."""

    dream: Decimal
    day: Decimal
    month: Decimal


def of(team: Team) -> Budget:
    """The team's budget; one that nobody has touched yet is the usual one."""
    return Budget.objects.filter(team=team).first() or Budget(team=team)


def locked(team: Team) -> Budget:
    """The team's budget, to nobody else until the transaction ends."""
    Budget.objects.get_or_create(team=team)
    return Budget.objects.select_for_update().get(team=team)


def spent(payer: Payer, now: datetime | None = None) -> Spent:
    """What was paid and promised: for this dream or replay, today and this month."""
    month = _month(now or timezone.now())
    day = (now or timezone.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    amount = F("cost") + F("reserved")
    mine = payer.completions().aggregate(own=Sum(amount))
    since = Completion.objects.filter(team=payer.team, created_at__gte=month)
    sums = since.aggregate(
        month=Sum(amount), day=Sum(amount, filter=Q(created_at__gte=day))
    )
    return Spent(
        mine["own"] or _NOTHING, sums["day"] or _NOTHING, sums["month"] or _NOTHING
    )


def left(budget: Budget, so_far: Spent) -> Decimal:
    """What may still be spent, by the tightest of the caps; never below nothing."""
    return max(_NOTHING, min(room for _, room in _rooms(budget, so_far)))


def tightest(budget: Budget, so_far: Spent) -> str:
    """The cap that leaves least, in words."""
    cap = min(_rooms(budget, so_far), key=lambda pair: pair[1])[0]
    unit = {"per_dream": "dream", "per_day": "day", "per_month": "month"}[cap]
    return f"${getattr(budget, cap)} a {unit}"


@transaction.atomic
def change(team: Team, *, by: Actor, **values: Any) -> Budget:
    """Set a team's caps and models; what is promised already stays promised."""
    budget = locked(team)
    before = {name: str(getattr(budget, name)) for name in values}
    for name, value in values.items():
        setattr(budget, name, _checked(name, value))
    _in_order(budget)
    budget.save(update_fields=list(values))
    changed = {
        name: f"{old} → {getattr(budget, name)}"
        for name, old in before.items()
        if old != str(getattr(budget, name))
    }
    ledger.record(by, "budget.changed", budget, team=team, **changed)
    return budget


def _rooms(budget: Budget, so_far: Spent) -> list[tuple[str, Decimal]]:
    return [
        ("per_dream", budget.per_dream - so_far.dream),
        ("per_day", budget.per_day - so_far.day),
        ("per_month", budget.per_month - so_far.month),
    ]


def _checked(name: str, value: Any) -> Any:
    if name in TIERS:
        model = str(value).strip()
        if not 0 < len(model) <= 256:
            raise Invalid("Name the model as the API does.", field=name)
        return model
    if name not in CAPS:
        raise Invalid(f"A budget has no {name}.")
    amount = Decimal(value)
    if not (amount.is_finite() and 0 <= amount <= _MOST):
        raise Invalid(f"Between 0 and {_MOST:,} dollars, please.", field=name)
    return amount.quantize(Decimal("0.01"))


def _in_order(budget: Budget) -> None:
    if budget.per_dream > budget.per_day:
        raise Invalid(
            "One dream cannot spend more than a whole day.", field="per_dream"
        )
    if budget.per_day > budget.per_month:
        raise Invalid("A day cannot spend more than a whole month.", field="per_day")


def _month(now: datetime) -> datetime:
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
