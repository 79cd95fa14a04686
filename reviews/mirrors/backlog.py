"""Which linked stores have something that Anthropic does not have yet."""

from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from reviews.dreams.models import HostedStore

# What could not be written is tried again after so long; a new version at once.
AGAIN = timedelta(minutes=2)


def behind() -> list[int]:
    """The stores to write back now."""
    newest = Q(store__frozen_at=None, store__head__gt=F("pushed")) | Q(
        store__frozen_at__isnull=False
    ) & ~Q(store__frozen_at=F("pushed"))
    thawed = Q(store__frozen_at=None, store__head__lt=F("pushed"))
    waited = Q(push_problem="") | Q(pushed_at=None)
    waited |= Q(pushed_at__lt=timezone.now() - AGAIN)
    found = HostedStore.objects.filter(newest | thawed).filter(waited)
    return list(found.order_by("pk").values_list("pk", flat=True))
