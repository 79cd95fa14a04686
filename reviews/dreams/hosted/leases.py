"""One worker at a time speaks for a linked store: pulls, arrivals and writing back."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from reviews.dreams.models import HostedStore

# Longer than any one step of a pull or a push takes; each step renews it.
LEASE = timedelta(minutes=3)


def renew(store: int) -> None:
    """Say that work goes on."""
    HostedStore.objects.filter(pk=store).update(leased_until=Now() + LEASE)


@contextlib.contextmanager
def held(store: int) -> Iterator[HostedStore | None]:
    """The link, while nobody else has it; None while somebody does, or there is none.

    A worker that died gives it back when its time is over.
    """
    free = HostedStore.objects.filter(pk=store).filter(
        Q(leased_until=None) | Q(leased_until__lt=Now())
    )
    if not free.update(leased_until=Now() + LEASE):
        yield None
        return
    try:
        yield HostedStore.objects.select_related("store__team").get(pk=store)
    finally:
        HostedStore.objects.filter(pk=store).update(leased_until=None)
