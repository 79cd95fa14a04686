"""What a hosted dream cost, by the price table: paid once, counted in the team's budget."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from reviews.dreams.asking import budgets, prices, rates
from reviews.dreams.asking.budgets import Payer
from reviews.dreams.models import Completion, Dream, HostedDream, HostedStore
from reviews.errors import DomainError

PURPOSE = "hosted"


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


@transaction.atomic
def settle(row: HostedDream) -> Decimal | None:
    """Write the cost down where budgets look; None where nobody knows the price."""
    dream = Dream.objects.select_for_update().get(pk=row.dream_id)
    team = row.dream.store.team
    hosted = HostedStore.objects.filter(store=row.dream.store).first()
    model = hosted.model if hosted else ""
    try:
        cost = rates.cost(prices.of(team, model), row.usage, batch=False)
    except DomainError:
        return None
    # The model's own bill by the names that other engines use.
    dream.cost, dream.usage = float(cost), row.usage
    dream.save(update_fields=["cost", "usage"])
    Completion.objects.update_or_create(
        dream=dream,
        name=PURPOSE,
        attempt=1,
        defaults={
            "team": team,
            "purpose": PURPOSE,
            "request_sha256": "",
            "prompt_sha256": "",
            "model": model,
            "request": {"dream": row.remote_id},
            "state": Completion.State.ANSWERED,
            "usage": row.usage,
            "cost": cost,
            "answered_at": timezone.now(),
        },
    )
    return cost
