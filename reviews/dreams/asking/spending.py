"""What was spent: told of a dream, of a team, and of a change that people accepted."""

from collections import Counter
from decimal import Decimal

from reviews.dreams.models import Completion, Dream
from reviews.proposals.models import Proposal

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
