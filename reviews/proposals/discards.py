"""Taking back what a dream proposed, as long as nobody has begun to work on it.

Whoever discards says nothing about the pattern: no mute is placed, and a later dream may
propose it again. What people have touched stays: it is theirs by now.
"""

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import DomainError
from reviews.proposals import locks, requirements, states
from reviews.proposals.models import (
    Approval,
    Comment,
    Decision,
    Jotting,
    Proposal,
    Tick,
    Turn,
    Wording,
)

WHY = "Say why they are discarded: it stands beside each."


class Touched(DomainError):
    """Somebody has begun to work on this proposal."""

    code = "touched"


def untouched(proposals: QuerySet[Proposal]) -> QuerySet[Proposal]:
    """Those that are open and that no person has said, written or decided anything about.

    Having looked at one is not touching it.
    """
    of = OuterRef("pk")
    people = {"proposal": of, "by__startswith": "person:"}
    return proposals.filter(
        ~Exists(Comment.objects.filter(**people)),
        ~Exists(Wording.objects.filter(**people)),
        ~Exists(Approval.objects.filter(proposal=of)),
        ~Exists(Decision.objects.filter(proposal=of)),
        ~Exists(Turn.objects.filter(proposal=of)),
        ~Exists(Jotting.objects.filter(proposal=of)),
        ~Exists(Tick.objects.filter(operation__proposal=of)),
        # It carries on with the evidence of others that people gave to it.
        ~Exists(Proposal.objects.filter(superseded_by=of)),
        state=Proposal.State.OPEN,
        snoozed_until=None,
    )


@transaction.atomic
def discard(proposal: Proposal, *, by: Actor, reason: str) -> None:
    """Withdraw one untouched proposal; refuse if somebody came first."""
    requirements.check_reason(reason, WHY)
    locks.take(proposal)
    if not untouched(Proposal.objects.filter(pk=proposal.pk)).exists():
        raise Touched(f"{proposal} {left_because(proposal)}.", state=proposal.state)
    states.move(proposal, Proposal.State.WITHDRAWN, settled_at=timezone.now())
    ledger.record(
        by,
        "proposal.discarded",
        proposal,
        team=proposal.store.team,
        reason=reason,
    )


def left_because(proposal: Proposal) -> str:
    """Why one that is not untouched stays as it is, to be said after its name."""
    if proposal.state != Proposal.State.OPEN:
        return f"is {Proposal.State(proposal.state).label.lower()}"
    if proposal.snoozed_until is not None:
        return "was put aside by somebody"
    return "has been worked on by somebody"
