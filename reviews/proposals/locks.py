"""The order in which rows are locked, so that no two acts wait for each other.

The team's kill switch first, then the store, the proposal, the policies; the ledger's
head comes last of all, in ``ledger.record``. Only what writes a version, or locks more
than one proposal, takes the store: decisions about different proposals do not wait for
each other.
"""

from collections.abc import Collection

from reviews.memory.models import Store
from reviews.proposals.models import KillSwitch, Policy, Proposal


def take_switch(team: int) -> KillSwitch:
    """Lock a team's kill switch; there is one as soon as somebody asks for it."""
    locked = KillSwitch.objects.select_for_update().filter(pk=team)
    switch = locked.first()
    if switch is None:
        # Whoever makes it second waits here and then finds the first one's.
        KillSwitch.objects.bulk_create(
            [KillSwitch(team_id=team)], ignore_conflicts=True
        )
        switch = locked.get()
    return switch


def take_store(store: Store) -> None:
    """Lock the store's row and bring the given store up to date."""
    store.refresh_from_db(from_queryset=Store.objects.select_for_update(no_key=True))


def take(proposal: Proposal) -> None:
    """Lock a proposal and bring it, with its store and team, up to date."""
    # Not against those who only refer to it: a visit need not wait.
    locked = Proposal.objects.select_for_update(no_key=True, of=("self",))
    proposal.refresh_from_db(from_queryset=locked.select_related("store__team"))


def take_with_store(proposal: Proposal) -> None:
    """Lock a proposal's store, and then the proposal."""
    store = proposal.store
    take_store(store)
    take(proposal)
    proposal.store = store


def take_each(keys: Collection[int]) -> None:
    """Lock several proposals of a store that is locked already, before the ledger's head.

    Whoever speaks about one of them holds it and waits for the ledger.
    """
    locked = Proposal.objects.select_for_update(no_key=True).filter(pk__in=keys)
    list(locked.order_by("pk").values_list("pk"))


def take_policies(team: int) -> None:
    """Lock a team's policies, before the ledger's head is."""
    list(Policy.objects.select_for_update().filter(team=team).order_by("pk"))
