"""What a head is usually compared with: the one before, last week's, what agents read.

Each is an address that is worked out when somebody follows it.
"""

from datetime import timedelta

from django.utils import timezone

from reviews.memory import tags
from reviews.memory.models import Store
from reviews.traces.models import Reading

WEEK = timedelta(days=7)


def of_head(store: Store) -> list[tuple[str, str]]:
    """The comparisons offered above a timeline: what with, in words and in an address."""
    if store.head < 2:
        return []
    week = (timezone.now() - WEEK).date().isoformat()
    return [
        ("the one before", str(store.head - 1)),
        ("a week ago", week),
        ("what agents read last", tags.READ),
    ]


def number_of(store: Store, named: str) -> int:
    """The version that an address names, also by what was read last."""
    if named != tags.READ:
        return tags.number_of(store, named)
    taken = Reading.objects.filter(store=store).order_by("-last_at", "-pk")
    number: int | None = taken.values_list("number", flat=True).first()
    return store.head if number is None else number
