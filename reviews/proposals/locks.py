"""The order in which rows are locked, so that no two acts wait for each other.

The team's kill switch first, then the store, then the proposal; the ledger's head comes
last of all, in ``ledger.record``.
"""

from reviews.memory.models import Store
from reviews.proposals.models import KillSwitch, Proposal


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
    store.refresh_from_db(from_queryset=Store.objects.select_for_update())


def take(proposal: Proposal) -> None:
    """Lock a proposal and its store, and bring the given proposal up to date."""
    store = proposal.store
    take_store(store)
    proposal.refresh_from_db(from_queryset=Proposal.objects.select_for_update())
    proposal.store = store
