"""Putting a proposal aside until a moment, or until there is something new about it."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import Invalid
from reviews.proposals import locks, settlements, turns
from reviews.proposals.models import Proposal

# What waits for new evidence is looked at again by then, evidence or not: out of sight
# is out of mind.
LONGEST_WAIT = timedelta(days=90)


@transaction.atomic
def snooze(
    proposal: Proposal, *, by: Actor, until: datetime | None, on_evidence: bool = False
) -> None:
    """Let a proposal out of everybody's queue until a moment; None wakes it.

    New evidence wakes it before its time, if that is asked for.
    """
    locks.take(proposal)
    settlements.check_waiting(proposal)
    if until is not None and until <= timezone.now():
        raise Invalid("That moment has passed.", field="until")
    proposal.snoozed_until = until
    proposal.wakes_on_evidence = on_evidence and until is not None
    proposal.save(update_fields=["snoozed_until", "wakes_on_evidence"])
    if until is not None:
        turns.acted(proposal, by)
    ledger.record(
        by,
        "proposal.snoozed",
        proposal,
        team=proposal.store.team,
        until=until,
        on_evidence=proposal.wakes_on_evidence,
    )


def until_evidence(proposal: Proposal, *, by: Actor) -> None:
    """Put a proposal aside until a dream finds something new about it."""
    until = timezone.now() + LONGEST_WAIT
    snooze(proposal, by=by, until=until, on_evidence=True)


def is_asleep(proposal: Proposal) -> bool:
    """Whether a proposal is out of the queues right now."""
    return bool(proposal.snoozed_until and proposal.snoozed_until > timezone.now())
