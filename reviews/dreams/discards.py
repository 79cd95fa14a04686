"""Discarding what is undecided of a dream, item by item.

Each proposal is a transaction of its own, so a worker or a person who comes in between
is heard; whoever discards twice finds nothing left. There is no undo: a later dream
proposes again what still holds.
"""

from dataclasses import dataclass, field

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.dreams.models import Dream, Finding
from reviews.errors import DomainError
from reviews.proposals import discards, requirements, states
from reviews.proposals.models import Proposal


class NothingToDiscard(DomainError):
    """Nothing of this dream is open and untouched."""

    code = "nothing-to-discard"


@dataclass
class Undecided:
    """What of a dream's proposals can be discarded, and what stays with the reason."""

    open: list[Proposal] = field(default_factory=list)
    left: list[tuple[Proposal, str]] = field(default_factory=list)


def of(dream: Dream) -> Undecided:
    """What discarding a dream would take back, and what it would leave; three queries."""
    opened = Proposal.objects.filter(
        findings__dream=dream, findings__result=Finding.Result.PROPOSED
    ).select_related("store__team")
    undecided = opened.filter(state__in=states.UNDECIDED).order_by("pk").distinct()
    free = set(discards.untouched(opened).values_list("pk", flat=True))
    found = Undecided()
    for proposal in undecided:
        if proposal.pk in free:
            found.open.append(proposal)
        else:
            found.left.append((proposal, discards.left_because(proposal)))
    return found


def discard(dream: Dream, *, by: Actor, reason: str) -> Undecided:
    """Take back what nobody has touched; ``open`` is then what was discarded."""
    requirements.check_reason(reason, discards.WHY)
    found = of(dream)
    if not found.open:
        raise NothingToDiscard(
            f"Nothing that dream {dream.pk} proposed is open and untouched.",
            dream=dream.pk,
        )
    done = Undecided(left=found.left)
    for proposal in found.open:
        try:
            discards.discard(proposal, by=by, reason=reason)
        except DomainError:
            done.left.append((proposal, discards.left_because(proposal)))
        else:
            done.open.append(proposal)
    ledger.record(
        by,
        "dream.discarded",
        dream,
        team=dream.store.team,
        reason=reason,
        discarded=len(done.open),
        left=len(done.left),
    )
    return done
