"""Replays: a proposal tried out on past situations before anybody decides about it.

The price is said first and a person starts it. What was answered is kept, so a worker may
die anywhere and another begins again: nothing is asked or paid for twice.
"""

import logging
import os
import platform
import uuid
from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_UP, Decimal
from functools import partial
from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Q, Sum
from django.db.models.functions import Now
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.dreams import heldout, leases, messages, trying
from reviews.dreams.asking import budgets, oracles
from reviews.dreams.engines import Waiting
from reviews.dreams.leases import LEASE, LeaseLost
from reviews.dreams.models import Completion, Replay
from reviews.dreams.replaying.situations import Situation
from reviews.errors import DomainError, Invalid
from reviews.proposals import states
from reviews.proposals.models import Proposal

logger = logging.getLogger(__name__)

State = Replay.State
UNFINISHED = [State.PENDING, State.RUNNING]
# A message that was lost is sent again after so long.
_PATIENCE = LEASE / 2


class AlreadyReplaying(DomainError):
    """The proposal is being tried out already."""

    code = "already-replaying"


class ReplayOver(DomainError):
    """The replay has already ended."""

    code = "replay-over"


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What trying a proposal out would take; ``problem`` says why it cannot be."""

    model: str = ""
    situations: tuple[Situation, ...] = ()
    estimate: Decimal = Decimal(0)
    left: Decimal = Decimal(0)
    problem: str = ""

    @property
    def ceiling(self) -> Decimal:
        """The estimate in whole cents, never less than it."""
        return self.estimate.quantize(Decimal("0.01"), ROUND_UP)

    @property
    def failing(self) -> int:
        return sum(one.failed for one in self.situations)

    @property
    def fine(self) -> int:
        return len(self.situations) - self.failing

    @property
    def quoted(self) -> int:
        """Situations of runs that are evidence: for want of others."""
        return sum(one.quoted for one in self.situations)


def foresee(proposal: Proposal) -> Foreseen:
    """Which situations there are and what they would cost at most; writes nothing."""
    budget = budgets.of(proposal.store.team)
    replay = Replay(proposal=proposal, wording=proposal.wording, model=budget.middle)
    oracle = oracles.of_replay(replay)
    if isinstance(oracle, oracles.Mute):
        return Foreseen(problem=oracle.problem)
    if proposal.state not in states.WAITING:
        return Foreseen(problem="It is decided: there is nothing to try out any more.")
    found = heldout.find(proposal)
    if not found:
        return Foreseen(
            problem="No past situation of this pattern can be found: it cannot be tried out."
        )
    estimate = oracle.estimate(trying.questions(proposal, found))
    left = oracle.left()
    problem = ""
    if estimate > left:
        problem = (
            f"It may cost up to ${estimate:.4f}, and the budget has ${left:.4f} left."
        )
    return Foreseen(
        model=replay.model,
        situations=tuple(found),
        estimate=estimate,
        left=left,
        problem=problem,
    )


@transaction.atomic
def start(
    proposal: Proposal, *, by: Actor, agreed: Decimal, here: bool = False
) -> Replay:
    """Begin to try a proposal out, for no more than was agreed to; one at a time."""
    seen = foresee(proposal)
    if seen.problem:
        raise Invalid(seen.problem)
    if seen.estimate > agreed:
        raise Invalid(
            f"It may cost up to ${seen.estimate:.4f} by now, more than you agreed to: look again."
        )
    replay = Replay(
        proposal=proposal,
        wording=proposal.wording,
        by=str(by),
        model=seen.model,
        estimate=seen.estimate,
        situations=[heldout.plain(one) for one in seen.situations],
    )
    try:
        with transaction.atomic():
            replay.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyReplaying(f"{proposal} is being tried out already.") from error
    ledger.record(
        by,
        "proposal.replay-started",
        proposal,
        team=proposal.store.team,
        situations=len(replay.situations),
        estimate=str(replay.estimate),
        model=replay.model,
    )
    if not here:
        transaction.on_commit(partial(messages.send, messages.REPLAY, replay.pk))
    return replay


@transaction.atomic
def cancel(replay: Replay, *, by: Actor, reason: str = "") -> None:
    """Stop a replay; what was answered until then is paid and kept."""
    _end(replay, State.CANCELED, by=by, problem=reason)


def latest(proposal: Proposal) -> Replay | None:
    """The newest replay of a proposal."""
    return Replay.objects.filter(proposal=proposal).order_by("-pk").first()


def lost() -> Iterator[int]:
    """Replays that wait for a worker longer than they should."""
    waiting = Q(state=State.PENDING, created_at__lt=Now() - _PATIENCE)
    abandoned = Q(state=State.RUNNING) & (
        Q(leased_until=None) | Q(leased_until__lt=Now())
    )
    yield from Replay.objects.filter(waiting | abandoned).values_list("pk", flat=True)


def run(pk: int) -> None:
    """Carry a replay to its end, or as far as it can go now."""
    lease = _claim(pk)
    if lease is None:
        return
    replay = Replay.objects.select_related("proposal__store__team").get(pk=pk)
    try:
        with leases.kept(lease.renew):
            _carry(replay, lease)
    except Waiting as pause:
        lease.rest(pause)
    except LeaseLost:
        logger.info("Replay %s was canceled or is somebody else's now.", pk)
    except DomainError as refusal:
        _fail(replay, refusal.message)
    except Exception as error:
        _fail(replay, f"It broke ({type(error).__name__}).")
        raise


class Lease(msgspec.Struct, frozen=True):
    """One worker's claim on a replay."""

    replay: int
    worker: str

    def renew(self) -> None:
        """Say that work goes on; refuse once it is canceled or somebody else's."""
        mine = Replay.objects.filter(
            pk=self.replay, worker=self.worker, state=State.RUNNING
        )
        if not mine.update(leased_until=Now() + LEASE):
            raise LeaseLost(f"replay {self.replay}")

    def rest(self, pause: Waiting) -> None:
        """Let the tick send it again, no earlier than the other side can answer."""
        seconds = max(0.0, (pause.until - timezone.now()).total_seconds())
        Replay.objects.filter(pk=self.replay, worker=self.worker).update(
            worker="", leased_until=Now() + timedelta(seconds=seconds)
        )


def _carry(replay: Replay, lease: Lease) -> None:
    proposal = replay.proposal
    if proposal.wording != replay.wording:
        raise Invalid("It was worded anew meanwhile: try the new wording.")
    oracle = oracles.of_replay(replay)
    judged = trying.results(oracle, proposal, heldout.again(replay))
    if not any(one["verdict"] for one in judged):
        raise Invalid(
            next((one["reason"] for one in judged if one["reason"]), "Nobody answered.")
        )
    _complete(replay, judged, lease)


# Rows


def _claim(pk: int) -> Lease | None:
    lease = Lease(pk, f"{platform.node()[:60]}:{os.getpid()}:{uuid.uuid4().hex[:8]}")
    free = Q(state=State.PENDING) | Q(state=State.RUNNING) & (
        Q(leased_until=None) | Q(leased_until__lt=Now())
    )
    taken = Replay.objects.filter(free, pk=pk).update(
        state=State.RUNNING, worker=lease.worker, leased_until=Now() + LEASE
    )
    return lease if taken else None


@transaction.atomic
def _complete(replay: Replay, judged: list[dict[str, Any]], lease: Lease) -> None:
    lease.renew()
    counted = [one["verdict"] for one in judged]
    replay.results = judged
    replay.improves = counted.count("improves")
    replay.same = counted.count("same")
    replay.breaks = counted.count("breaks")
    _end(
        replay,
        State.COMPLETED,
        by=Actor.system("replay"),
        results=judged,
        improves=replay.improves,
        same=replay.same,
        breaks=replay.breaks,
    )


@transaction.atomic
def _fail(replay: Replay, sentence: str) -> None:
    try:
        _end(replay, State.FAILED, by=Actor.system("replay"), problem=sentence)
    except ReplayOver:
        logger.info("Replay %s had ended before it failed: %s", replay.pk, sentence)


def _end(replay: Replay, state: str, *, by: Actor, **fields: Any) -> None:
    paid = Completion.objects.filter(replay=replay.pk).aggregate(sum=Sum("cost"))
    moved = Replay.objects.filter(pk=replay.pk, state__in=UNFINISHED).update(
        state=state,
        cost=paid["sum"] or 0,
        ended_at=Now(),
        leased_until=None,
        worker="",
        **fields,
    )
    if not moved:
        raise ReplayOver(f"Replay {replay.pk} has already ended.")
    replay.refresh_from_db()
    ledger.record(
        by,
        _ACTIONS[State(state)],
        replay.proposal,
        team=replay.proposal.store.team,
        reason=replay.problem,
        cost=str(replay.cost),
        improves=replay.improves,
        same=replay.same,
        breaks=replay.breaks,
    )


_ACTIONS = {
    State.COMPLETED: "proposal.replayed",
    State.FAILED: "proposal.replay-failed",
    State.CANCELED: "proposal.replay-canceled",
}
