"""What the other tables know about the rows of a list, each asked once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reviews.proposals import threads, turns, visits
from reviews.proposals.models import Decision, Proposal, Turn
from reviews.web.queues import Queue
from reviews.web.requests import Request

State = Proposal.State


@dataclass(frozen=True)
class Beside:
    """What the other tables know about some proposals, by key."""

    turns: Mapping[int, list[Turn]] = field(default_factory=dict)
    threads: Mapping[int, int] = field(default_factory=dict)
    here: Mapping[int, list[str]] = field(default_factory=dict)
    held: Mapping[int, Decision] = field(default_factory=dict)
    settled: Mapping[int, Decision] = field(default_factory=dict)


def of(request: Request, queue: Queue, shown: Sequence[Proposal]) -> Beside:
    """Ask only for what this section shows: nobody is at what is decided."""
    if queue.section == "decided":
        return Beside(settled=_settled(shown))
    open_ = [one for one in shown if one.state != State.HELD]
    return Beside(
        turns=turns.of(shown),
        threads=threads.open_on(shown),
        here=visits.here(open_, besides=request.user) if open_ else {},
        held=_held([one for one in shown if one.state == State.HELD]),
    )


def _held(shown: Sequence[Proposal]) -> dict[int, Decision]:
    """The decisions that can still be taken back, by proposal."""
    if not shown:
        return {}
    held = Decision.objects.filter(proposal__in=shown, state=Decision.State.HELD)
    return {decision.proposal_id: decision for decision in held}


def _settled(shown: Sequence[Proposal]) -> dict[int, Decision]:
    """The decision that settled each, where it was one: the last that was made."""
    by_decision = (State.APPLIED, State.REJECTED, State.ROLLED_BACK)
    keys = [row.pk for row in shown if row.state in by_decision]
    made = Decision.objects.filter(proposal__in=keys).order_by("pk")
    return {decision.proposal_id: decision for decision in made}
