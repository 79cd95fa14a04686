"""What everybody should know before they go on working: nothing is being done any more."""

from datetime import timedelta
from time import monotonic

from django.utils import timezone

from reviews.proposals.models import Decision

# An approval this long overdue is no queue any more: nobody takes up work.
OVERDUE = timedelta(seconds=90)
# Every page asks, so a process looks only so often.
EVERY = 20.0

_seen: tuple[float, bool] = (-EVERY, False)


def idle() -> bool:
    """Whether work that is due is left lying: no worker runs, or it cannot."""
    global _seen
    looked, found = _seen
    if monotonic() - looked >= EVERY:
        due = timezone.now() - OVERDUE
        held = Decision.objects.filter(state=Decision.State.HELD, applies_at__lt=due)
        found = held.exists()
        _seen = (monotonic(), found)
    return found
