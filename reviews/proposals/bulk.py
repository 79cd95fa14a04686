"""Deciding about many at once: each item stands for itself, and is refused by itself.

An approval of several is held to more than one of a single proposal, because nobody
reads twenty as they read one: the same kind of change, low risk, nothing left to
discuss, and a longer hold. One item is one transaction and one line in the ledger; all
lines of one request carry the same act.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid
from reviews.proposals import (
    decisions,
    duplicates,
    requirements,
    snoozes,
    states,
    threads,
    turns,
)
from reviews.proposals.models import Proposal
from reviews.teams.models import User

MOST = 20
# So many seconds in which one can take back what was approved in bulk.
HOLD = 30
WHY = "Say why you approve them: it stands beside each."


@dataclass
class Result:
    """What was done, and what was refused with the reason."""

    done: list[Proposal] = field(default_factory=list)
    refused: list[tuple[Proposal, str]] = field(default_factory=list)


def fit(proposals: Sequence[Proposal]) -> Result:
    """Who can be approved together with the first of them, and why the others cannot."""
    check_few(proposals)
    kinds = {one.pk: kinds_of(one) for one in proposals}
    talked = threads.open_on(proposals)
    result = Result()
    wanted: frozenset[str] | None = None
    for one in proposals:
        fault = _fault(one, talked.get(one.pk, 0))
        if not fault and wanted is not None and kinds[one.pk] != wanted:
            fault = f"is another kind of change ({_words(kinds[one.pk])}, not {_words(wanted)})"
        if fault:
            result.refused.append((one, f"{one} {fault}."))
        else:
            wanted = wanted or kinds[one.pk]
            result.done.append(one)
    return result


def approve(
    proposals: Sequence[Proposal],
    *,
    by: Actor,
    reason: str,
    bound: Mapping[int, str],
    request: uuid.UUID | None = None,
) -> Result:
    """Approve those that fit together, as they were shown; the rest says why not.

    ``bound`` names what each was when somebody looked at it; without it, it is refused.
    """
    requirements.check_reason(reason, WHY)
    fitting = fit(proposals)

    def one(proposal: Proposal) -> None:
        if not bound.get(proposal.pk):
            raise Invalid(f"{proposal} was not shown.", field="bound")
        decisions.approve(
            proposal,
            by=by,
            reason=reason,
            bound=bound[proposal.pk],
            request=_own(request, proposal),
            hold=max(HOLD, proposal.store.hold_seconds),
        )

    return _each(fitting.done, one, fitting.refused)


def reject(
    proposals: Sequence[Proposal],
    *,
    by: Actor,
    reason: str,
    ground: str = "",
    request: uuid.UUID | None = None,
) -> Result:
    """Turn each of them down for the same reason."""
    check_few(proposals)
    requirements.check_reject(reason, ground)
    return _each(
        proposals,
        lambda one: decisions.reject(
            one, by=by, reason=reason, ground=ground, request=_own(request, one)
        ),
    )


def snooze(
    proposals: Sequence[Proposal], *, by: Actor, until: datetime | None
) -> Result:
    """Put each of them aside until the same moment."""
    check_few(proposals)
    return _each(proposals, lambda one: snoozes.snooze(one, by=by, until=until))


def assign(proposals: Sequence[Proposal], user: User | None, *, by: Actor) -> Result:
    """Ask one person to see to all of them; None asks nobody."""
    check_few(proposals)
    return _each(proposals, lambda one: turns.assign(one, user, by=by))


def merge(
    proposals: Sequence[Proposal], canonical: Proposal, *, by: Actor, reason: str = ""
) -> Result:
    """Let one carry on for all of them; it takes their evidence along."""
    check_few(proposals)
    return _each(
        proposals, lambda one: duplicates.mark(one, canonical, by=by, reason=reason)
    )


def check_few(proposals: Sequence[Proposal]) -> None:
    """Refuse more at once than anybody looks at, and nothing."""
    if not proposals:
        raise Invalid("Select at least one proposal.", field="pk")
    if len(proposals) > MOST:
        raise Invalid(
            f"At most {MOST} proposals at once; {len(proposals)} are selected.",
            field="pk",
        )


def kinds_of(proposal: Proposal) -> frozenset[str]:
    """The kinds of change that a proposal makes."""
    return frozenset(operation.kind for operation in proposal.operations.all())


def _fault(proposal: Proposal, open_threads: int) -> str:
    """What keeps a proposal from being approved in bulk, whatever the others are."""
    if proposal.state not in states.TO_DECIDE:
        return f"is {Proposal.State(proposal.state).label.lower()}"
    if proposal.risk != Proposal.Risk.LOW:
        return f"has {Proposal.Risk(proposal.risk).label.lower()} risk"
    if open_threads:
        return f"has {open_threads} open thread{'s' if open_threads > 1 else ''}"
    return ""


def _each(
    proposals: Sequence[Proposal],
    act: Callable[[Proposal], object],
    refused: Sequence[tuple[Proposal, str]] = (),
) -> Result:
    """Do it to each by itself: what one is refused for is no reason for the others."""
    result = Result(refused=list(refused))
    for proposal in proposals:
        try:
            act(proposal)
        except DomainError as refusal:
            result.refused.append((proposal, refusal.message))
        else:
            result.done.append(proposal)
    return result


def _own(request: uuid.UUID | None, proposal: Proposal) -> uuid.UUID | None:
    """The same form sent twice answers each of its items once."""
    return uuid.uuid5(request, str(proposal.pk)) if request else None


def _words(kinds: frozenset[str]) -> str:
    return " and ".join(sorted(kinds)) or "nothing"
