"""The order in which rows are locked, so that no two acts wait for each other.

The team's kill switch first, then the store, the proposal, the policies; the ledger's
head comes last of all, in ``ledger.record``. Only what writes a version, or locks more
than one proposal, takes the store: decisions about different proposals do not wait for
each other.
"""

from collections.abc import Collection
from functools import cache

from django.db import connection

from reviews.memory.models import Store
from reviews.proposals.models import KillSwitch, Policy, Proposal
from reviews.rows import columns, instances
from reviews.teams.models import Team


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
    with connection.cursor() as cursor:
        cursor.execute(_taking(), [proposal.pk])
        row = cursor.fetchone()
    if row is None:
        raise Proposal.DoesNotExist
    fresh, store, team = instances(row, Proposal, Store, Team)
    for field in Proposal._meta.concrete_fields:
        setattr(proposal, field.attname, getattr(fresh, field.attname))
    # What was fetched with it belongs to the state that it had.
    proposal._state.fields_cache.clear()
    vars(proposal).pop("_prefetched_objects_cache", None)
    proposal.store, store.team = store, team


@cache
def _taking() -> str:
    """Written out: every verb begins with it."""
    # Not against those who only refer to it: a visit need not wait.
    return f"""
        SELECT {columns("proposal", Proposal)}, {columns("store", Store)},
            {columns("team", Team)}
        FROM reviews_proposal proposal
        JOIN reviews_store store ON store.id = proposal.store_id
        JOIN reviews_team team ON team.id = store.team_id
        WHERE proposal.id = %s FOR NO KEY UPDATE OF proposal
    """  # noqa: S608 - names of our own columns


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
