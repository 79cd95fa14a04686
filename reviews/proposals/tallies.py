"""What somebody has got done today, for the end of a queue."""

from datetime import timedelta
from statistics import median

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from reviews.audit.actors import Actor
from reviews.proposals.models import Decision, Visit

# What was looked at longer ago was not decided in one go.
ONE_GO = timedelta(minutes=30)


def told(by: Actor) -> str:
    """Done: 14 decided, median 38 s; empty where nothing was decided today.

    The time is from opening a proposal to deciding it, where that was in one go.
    """
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    opened = Visit.objects.filter(
        proposal=OuterRef("proposal"), user__username=by.name
    ).values("first_at")[:1]
    rows = Decision.objects.filter(by=str(by), at__gte=today).exclude(
        state=Decision.State.WITHDRAWN
    )
    times = list(rows.values_list("at", Subquery(opened)))
    if not times:
        return ""
    took = [at - first for at, first in times if first and at - first <= ONE_GO]
    seconds = sorted(max(0.0, each.total_seconds()) for each in took)
    middle = f", median {round(median(seconds))} s" if seconds else ""
    return f"Done: {len(times)} decided today{middle}."
