"""How dreams end: completed, failed or canceled, each exactly once."""

from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.dreams.leases import Lease
from reviews.dreams.models import Dream
from reviews.errors import DomainError

State = Dream.State

# The legal moves; whatever is not named here is an end.
MOVES: dict[str, frozenset[str]] = {
    State.PENDING: frozenset({State.RUNNING, State.FAILED, State.CANCELED}),
    State.RUNNING: frozenset({State.COMPLETED, State.FAILED, State.CANCELED}),
}

# A dream is given up when so many workers died over it, or when it broke so many: that
# is soon the same again, while a worker may die for reasons of its machine's.
MOST_LOSSES = 10
MOST_BREAKS = 3


class DreamOver(DomainError):
    """The dream has already ended."""

    code = "dream-over"


@transaction.atomic
def complete(dream: Dream, lease: Lease, **fields: Any) -> None:
    """End a dream well, by the one worker that has it."""
    lease.renew(**fields)
    _end(dream, State.COMPLETED, by=actor_of(dream))


@transaction.atomic
def fail(dream: Dream, sentence: str, lease: Lease | None = None) -> None:
    """End a dream with what went wrong, in a sentence; what it submitted stays.

    A worker gives its lease: once somebody else has the dream, it is not its to fail.
    """
    if lease:
        lease.renew()
    _end(dream, State.FAILED, by=actor_of(dream), error=sentence)


@transaction.atomic
def cancel(dream: Dream, *, by: Actor, reason: str = "") -> None:
    """Stop a dream at its next step; what it has submitted stays."""
    _end(dream, State.CANCELED, by=by, error=reason)


@transaction.atomic
def stumble(
    dream: Dream, sentence: str, *, most: int, lease: Lease | None = None
) -> bool:
    """Count what kept a worker from going on; after too many times, fail the dream."""
    if lease:
        lease.renew()
    locked = Dream.objects.select_for_update().get(pk=dream.pk)
    if locked.state not in MOVES:
        return True
    losses = locked.stages.get("losses", 0) + 1
    Dream.objects.filter(pk=dream.pk).update(
        stages=locked.stages | {"losses": losses}, error=sentence
    )
    if losses < most:
        return False
    fail(
        dream, sentence if losses == 1 else f"Given up after {losses} tries: {sentence}"
    )
    return True


def actor_of(dream: Dream) -> Actor:
    """Who acts in a dream: its engine."""
    return Actor.system(dream.engine)


def _end(dream: Dream, state: str, *, by: Actor, error: str = "") -> None:
    from_here = [old for old, new in MOVES.items() if state in new]
    moved = Dream.objects.filter(pk=dream.pk, state__in=from_here).update(
        state=state, error=error, ended_at=Now(), leased_until=None, worker=""
    )
    if not moved:
        raise DreamOver(f"Dream {dream.pk} has already ended.", dream=dream.pk)
    dream.refresh_from_db()
    ledger.record(
        by,
        _ACTIONS[State(state)],
        dream,
        team=dream.store.team,
        reason=error,
        **{name: count for name, count in dream.counts.items() if count},
    )


_ACTIONS = {
    State.COMPLETED: "dream.completed",
    State.FAILED: "dream.failed",
    State.CANCELED: "dream.canceled",
}
