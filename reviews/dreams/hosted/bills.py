"""What a hosted dream cost, by the price table: paid once, counted in the team's budget.

It is paid however it ended. Where nobody knows the price it is counted as soon as somebody
does, on the day on which it ended.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from reviews.dreams.asking import budgets, prices, rates
from reviews.dreams.asking.budgets import Payer
from reviews.dreams.asking.prices import NoPrice
from reviews.dreams.asking.rates import Rate
from reviews.dreams.models import Completion, Dream, HostedDream, HostedStore
from reviews.errors import DomainError
from reviews.memory.models import Store

PURPOSE = "hosted"
# Beside the counts of a bill: the model that they are about.
MODEL = "model"
# Over there it is not at an end.
UNDER_WAY = ("", "pending", "running")
# So many of the last ones say what the next may cost.
_LAST = 5


class BudgetSpent(DomainError):
    """The team's budget has nothing left."""

    code = "budget-spent"


def check(dream: Dream) -> None:
    """Refuse to ask where the budget is spent: what it will cost nobody can bound."""
    team = dream.store.team
    budget = budgets.of(team)
    spent = budgets.spent(Payer(team, dream=dream))
    if not budgets.left(budget, spent):
        cap = budgets.tightest(budget, spent)
        raise BudgetSpent(f"The budget of {cap} is spent, so Anthropic was not asked.")


def foreseen(store: Store) -> str:
    """What is known before it starts of what it will cost."""
    hosted: HostedStore | None = getattr(store, "hosted", None)
    if hosted is not None and _rate(store, hosted.model, timezone.now()) is None:
        return (
            f"What it costs will not be known: there is no price for {hosted.model}. "
            "An admin can add one under Settings, Models."
        )
    dreams = Dream.objects.filter(store=store, engine="hosted", cost__gt=0)
    costs = sorted(dreams.order_by("-pk").values_list("cost", flat=True)[:_LAST])
    if not costs:
        return (
            "What it will cost is unknown until it ends: none has been dreamt here yet."
        )
    if len(costs) == 1:
        return f"The last one cost ${costs[0]:,.2f}."
    return (
        f"The last {len(costs)} cost ${costs[0]:,.2f} to ${costs[-1]:,.2f}, "
        f"${sum(costs) / len(costs):,.2f} on average."
    )


@transaction.atomic
def settle(row: HostedDream) -> Decimal | None:
    """Write the cost down where budgets look; None where nobody knows the price."""
    dream = Dream.objects.select_for_update().get(pk=row.dream_id)
    hosted = HostedStore.objects.filter(store=row.dream.store).first()
    model = row.usage.get(MODEL) or (hosted.model if hosted else "")
    ended = _ended(row)
    rate = _rate(row.dream.store, model, ended)
    if rate is None:
        return None
    # The model's own bill by the names that other engines use.
    usage = {name: count for name, count in row.usage.items() if name != MODEL}
    cost = rates.cost(rate, usage, batch=False)
    dream.cost, dream.usage = float(cost), usage
    dream.save(update_fields=["cost", "usage"])
    Completion.objects.update_or_create(
        dream=dream,
        name=PURPOSE,
        attempt=1,
        defaults={
            "team": row.dream.store.team,
            "purpose": PURPOSE,
            "request_sha256": "",
            "prompt_sha256": "",
            "model": model,
            "request": {"dream": row.remote_id},
            "state": Completion.State.ANSWERED,
            "usage": usage,
            "cost": cost,
            "created_at": ended,
            "answered_at": ended,
        },
    )
    return cost


def catch_up() -> None:
    """Settle what has ended and is in no budget yet, where there is a price by now."""
    for row in _unsettled().select_related("dream__store__team"):
        settle(row)


def usage_of(remote: Any) -> dict[str, Any]:
    """The bill of a dream over there as it stands, and the model that it is about."""
    return {**remote.usage.to_dict(mode="json", warnings=False), MODEL: remote.model.id}


def _unsettled() -> QuerySet[HostedDream]:
    settled = Completion.objects.filter(dream=OuterRef("dream"), purpose=PURPOSE)
    ended = HostedDream.objects.filter(~Exists(settled)).exclude(usage={})
    return ended.exclude(status__in=UNDER_WAY)


def _rate(store: Store, model: str, day: datetime) -> Rate | None:
    """The price of that day; where there was none yet, today's."""
    for on in (day.date(), None):
        try:
            return prices.of(store.team, model, on)
        except NoPrice:
            continue
    return None


def _ended(row: HostedDream) -> datetime:
    """When it ended by their clock, where that can be; else now."""
    now = timezone.now()
    asked, ended = row.asked_at or now, row.ended_at or now
    return ended if asked <= ended <= now else now
