"""What was spent: told of a dream, of a team, and of a change that people accepted."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from reviews.dreams.models import Completion, Dream
from reviews.proposals.models import Proposal
from reviews.teams.models import Team

# The lines of the model's own bill that are added up.
_BILL = (
    *("input_tokens", "output_tokens"),
    *("cache_creation_input_tokens", "cache_read_input_tokens"),
)
# What became of a proposal that somebody accepted.
_ACCEPTED = [Proposal.State.HELD, Proposal.State.APPLIED]


def note(dream: Dream | None) -> None:
    """Write down what a dream has cost so far, by its completions."""
    if dream is None:
        return
    rows = Completion.objects.filter(dream=dream)
    bills = list(rows.exclude(cost=0).values_list("cost", "usage"))
    if not bills and not rows.exists():
        return
    usage: Counter[str] = Counter()
    for _, bill in bills:
        usage.update({name: bill.get(name) or 0 for name in _BILL})
    dream.cost = float(sum((cost for cost, _ in bills), Decimal(0)))
    dream.usage = {name: count for name, count in usage.items() if count}
    Dream.objects.filter(pk=dream.pk).update(cost=dream.cost, usage=dream.usage)


def per_change(dream: Dream) -> Decimal | None:
    """What each change cost that people accepted of a dream; None before the first."""
    accepted = Proposal.objects.filter(
        findings__dream=dream, state__in=_ACCEPTED
    ).distinct()
    count = accepted.count()
    return round(Decimal(dream.cost) / count, 6) if count else None


@dataclass(frozen=True)
class Spending:
    """What a team has spent: US dollars, and what is still promised."""

    today: Decimal
    month: Decimal
    reserved: Decimal
    # Answers that somebody in the team had paid for before.
    reused: int


def of(team: Team, now: datetime | None = None) -> Spending:
    """A team's spending today and this month, by UTC's days."""
    day = (now or timezone.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Completion.objects.filter(team=team, created_at__gte=day.replace(day=1))
    sums = rows.aggregate(
        today=Sum("cost", filter=Q(created_at__gte=day)),
        month=Sum("cost"),
        reserved=Sum("reserved"),
        reused=Count("pk", filter=~Q(reused_from=None)),
    )
    return Spending(
        sums["today"] or Decimal(0),
        sums["month"] or Decimal(0),
        sums["reserved"] or Decimal(0),
        sums["reused"],
    )


def of_dreams(team: Team, most: int = 10) -> QuerySet[Dream]:
    """The newest dreams that asked a model, with how much was asked and accepted."""
    asked = Completion.objects.filter(dream=OuterRef("pk"))
    newest = Dream.objects.filter(Exists(asked), store__team=team).order_by("-pk")
    # Chosen first: counting is for these few, not for every night of a year.
    few = list(newest.values_list("pk", flat=True)[:most])
    return (
        Dream.objects.filter(pk__in=few)
        .annotate(
            asked=Count("completions", distinct=True),
            accepted=Count(
                "findings__proposal",
                filter=Q(findings__proposal__state__in=_ACCEPTED),
                distinct=True,
            ),
        )
        .order_by("-pk")
    )
