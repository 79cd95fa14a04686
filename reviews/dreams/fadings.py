"""Proposals that wait while their pattern fades: withdrawn, with a word on why.

Only what nobody has touched, and only what this dream's engine proposed. No mute is placed:
if the pattern comes back, so does the proposal.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from django.db import transaction

from reviews.dreams.endings import actor_of
from reviews.dreams.leases import Lease
from reviews.dreams.mining import fading
from reviews.dreams.mining.fading import Life
from reviews.dreams.mining.thresholds import from_settings
from reviews.dreams.models import Dream, Finding
from reviews.dreams.notes import many
from reviews.errors import DomainError
from reviews.proposals import discards
from reviews.proposals.models import Proposal

FADED = "faded-away"
CODES = (FADED,)


@runtime_checkable
class Ages(Protocol):
    """An engine that can tell how much is left of a pattern, from its trigger."""

    def lives(
        self,
        state: Any,
        triggers: Sequence[Mapping[str, str]],
        settings: Mapping[str, Any],
    ) -> Sequence[Life]:
        """What is left of what each trigger sees."""
        ...


def withdraw(dream: Dream, engine: object, state: object, lease: Lease) -> None:
    """Withdraw what has faded; what this dream has just seen has not."""
    # The window of an old dream says nothing about today.
    idle = dream.dry or dream.again_of_id is not None
    waiting = _waiting(dream) if isinstance(engine, Ages) and not idle else []
    if not waiting or not isinstance(engine, Ages):
        return
    settings = dream.settings["thresholds"]
    limits = from_settings(settings)
    lives = engine.lives(state, [one.trigger for one in waiting], settings)
    for proposal, life in zip(waiting, lives, strict=True):
        if life.has_faded(limits):
            with transaction.atomic():
                lease.renew()
                _withdraw(dream, proposal, life)


def withdrawn(dream: Dream) -> int:
    """How many proposals the dream withdrew."""
    return dream.findings.filter(code=FADED).count()


def _waiting(dream: Dream) -> list[Proposal]:
    """What the engine proposed earlier and nobody touched, that this dream did not see."""
    seen = dream.findings.filter(proposal__isnull=False).values("proposal")
    # What a longer window showed may stand in what this one does not read.
    within = Finding.objects.filter(
        result=Finding.Result.PROPOSED,
        dream__settings__window_days__lte=dream.settings["window_days"],
    )
    earlier = Proposal.objects.filter(
        store=dream.store_id, engine=dream.engine, pk__in=within.values("proposal")
    )
    free = (
        discards.untouched(earlier).exclude(pk__in=seen).select_related("store__team")
    )
    return [one for one in free.order_by("pk") if fading.is_told(one.trigger)]


def _withdraw(dream: Dream, proposal: Proposal, life: Life) -> None:
    reason = (
        f"Its pattern has faded: last seen {many(life.age, 'day')} before the newest run."
        if life.support
        else "Its pattern has faded: no run of the window shows it any more."
    )
    try:
        with transaction.atomic():
            discards.discard(proposal, by=actor_of(dream), reason=reason)
    except DomainError:
        # Somebody has just begun to work on it: then it is theirs.
        return
    Finding.objects.create(
        dream=dream,
        position=dream.findings.count(),
        result=Finding.Result.REFUSED,
        proposal=proposal,
        family=proposal.family,
        kind=proposal.kind,
        fingerprint=proposal.fingerprint,
        statement=proposal.title,
        code=FADED,
        reason=reason,
    )
