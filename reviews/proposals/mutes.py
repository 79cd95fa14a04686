"""What was rejected or rolled back stays quiet, until there is new evidence for it."""

from collections.abc import Iterable, Sequence
from math import ceil

from django.db import transaction
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.memory.models import Store
from reviews.proposals import locks
from reviews.proposals.models import Mute, Proposal

# So many independent groups must be new, or half of those known when it was muted.
NEW_GROUPS = 3
# Rejected as often as this, it stays quiet for good, until a person lifts the mute.
FOR_GOOD = 3


def place(proposal: Proposal, *, by: Actor, reason: str, ground: str = "") -> Mute:
    """Mute a proposal's fingerprint; a second time counts, and knows more groups."""
    mute = standing(proposal.store, proposal.fingerprint)
    if mute is None:
        mute = Mute(store=proposal.store, fingerprint=proposal.fingerprint)
    else:
        mute.times += 1
    mute.proposal = proposal
    mute.by, mute.reason, mute.ground = str(by), reason, ground
    mute.groups = sorted({*mute.groups, *proposal.groups})
    mute.at = timezone.now()
    mute.save()
    ledger.record(
        by,
        "fingerprint.muted",
        proposal,
        team=proposal.store.team,
        reason=reason,
        ground=ground,
        groups=len(mute.groups),
        times=mute.times,
    )
    return mute


@transaction.atomic
def lift(store: Store, fingerprint: str, *, by: Actor, reason: str = "") -> None:
    """Let a fingerprint be proposed again as if nothing had been; none is no fault."""
    mute = standing(store, fingerprint)
    if mute is None:
        return
    locks.take_store(store)
    mute.lifted_at = timezone.now()
    mute.save(update_fields=["lifted_at"])
    ledger.record(
        by, "fingerprint.lifted", mute.proposal, team=store.team, reason=reason
    )


def standing(store: Store, fingerprint: str) -> Mute | None:
    """The mute in force for a fingerprint."""
    return Mute.objects.filter(
        store=store, fingerprint=fingerprint, lifted_at__isnull=True
    ).first()


def needed(known: Sequence[str]) -> int:
    """How many new groups it takes to come back."""
    return max(NEW_GROUPS, ceil(len(known) / 2))


def refusal(mute: Mute, groups: Iterable[str]) -> str:
    """Why a muted fingerprint stays quiet, in a sentence; empty when it may return."""
    new = len(set(groups) - set(mute.groups))
    name = mute.by.partition(":")[2]
    past = f"{name} turned {mute.proposal} down on {mute.at:%-d %B %Y}"
    if mute.reason:
        past = f"{past}: “{mute.reason}”"
    if mute.times >= FOR_GOOD:
        return f"{past}. It was the third time, so it stays quiet for good."
    if new >= needed(mute.groups):
        return ""
    return f"{past}. {new} of the {needed(mute.groups)} new groups it takes are there."
