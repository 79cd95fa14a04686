"""Each question is a row before it is sent, and its answer one before anybody reads it.

A row's way: reserved (its money is set aside), sent, and then answered or failed. Whoever
finds a row half-way knows what is certain: reserved ones were never sent; what was sent
and is not answered may have been paid, and counts as paid.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from reviews.dreams.asking import answers, budgets, prices, rates
from reviews.dreams.asking.budgets import Payer
from reviews.dreams.asking.failures import Failure
from reviews.dreams.asking.wires import Wire
from reviews.dreams.engines import Answer, Question
from reviews.dreams.leases import LeaseLost
from reviews.dreams.models import Batch, Completion

State = Completion.State

OPEN = [State.RESERVED, State.SENT]
# How often a question is asked once more, by what came of it; "gone": not handed in at all.
RETRIES = {"lost": 1, "expired": 1, "errored": 1, "busy": 4}

# More than any answer can have.
_MOST_TOKENS = 10**9

_NOTHING = Decimal(0)
FORGOTTEN = "A run that it quoted was erased, and question and answer with it."
_LOST = "Its worker died before the answer could be kept, so it counts as paid in full."


@dataclass(frozen=True)
class Order:
    """A question that is to be asked, as it would go over the wire."""

    question: Question
    wire: Wire
    ceiling: Decimal
    attempt: int = 1


def reserve(payer: Payer, orders: Iterable[Order], *, batch: bool) -> list[Completion]:
    """Set money aside for as many of these as fit, first ones first, in one go.

    Those that are asked together are one new ``Batch``. Refuses once whatever they are
    for was canceled.
    """
    with transaction.atomic():
        budget = budgets.locked(payer.team)
        if not payer.goes_on():
            raise LeaseLost("Nobody wants these answers any more.")
        room = budgets.left(budget, budgets.spent(payer))
        fitting = []
        for order in orders:
            room -= order.ceiling
            if room < 0:
                break
            fitting.append(order)
        if not fitting:
            return []
        together = (
            Batch.objects.create(team=payer.team, dream=payer.dream) if batch else None
        )
        rows = [_row(payer, order, batch=together) for order in fitting]
        Completion.objects.bulk_create(rows)
        # With the database's own time in them.
        return list(
            Completion.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")
        )


def sent(row: Completion) -> None:
    """Say that from now on it may be answered, and paid."""
    taken = Completion.objects.filter(pk=row.pk, state=State.RESERVED)
    if not taken.update(state=State.SENT):
        raise LeaseLost("Somebody else has taken this question over.")
    row.state = State.SENT


def settle(
    row: Completion,
    message: Mapping[str, Any],
    *,
    request_id: str = "",
    batch: bool = False,
) -> None:
    """Keep a message whole, and pay what its own bill says.

    What a forgotten question is told is not kept.
    """
    row.refresh_from_db(fields=["request"])
    _end(
        row,
        State.ANSWERED,
        answer=dict(message) if row.request else None,
        stop_reason=answers.stop_of(message)[:40],
        request_id=request_id[:100],
        usage=_bill(message),
        cost=_cost(row, message, batch=batch),
    )


def fail(row: Completion, stop: str, problem: str, **fields: Any) -> Answer:
    """End a question without an answer; it costs nothing unless a cost is given."""
    _end(row, State.FAILED, stop_reason=stop, problem=problem, **fields)
    return Answer(stop=stop, problem=problem, cost=fields.get("cost", _NOTHING))


def fail_with(row: Completion, failure: Failure) -> Answer:
    """End a question whose sending failed; what may have been answered counts as paid."""
    paid = row.reserved if failure.maybe_paid else _NOTHING
    return fail(
        row,
        failure.kind,
        failure.sentence,
        cost=paid,
        request_id=failure.request_id[:100],
    )


def lose(row: Completion, *, paid: bool = True) -> None:
    """End a question whose worker died: never sent it costs nothing, else all it may."""
    if row.state == State.RESERVED:
        fail(row, "gone", "Its worker died before it was sent.")
    else:
        fail(row, "lost", _LOST, cost=row.reserved if paid else _NOTHING)


def decline(payer: Payer, order: Order, stop: str, problem: str) -> Answer:
    """Write down that a question was not asked, so that it is the same when asked again."""
    row = _row(payer, order, state=State.FAILED, stop_reason=stop, problem=problem)
    row.reserved = _NOTHING
    row.answered_at = Now()
    row.save(force_insert=True)
    return Answer(stop=stop, problem=problem)


def reuse(payer: Payer, order: Order, earlier: Completion) -> Answer | None:
    """Answer with what the team was told before, at no cost, if that can be used."""
    answer = answers.read(earlier.answer or {}, order.question.shape)
    if answer.value is None:
        return None
    row = _row(payer, order, state=State.ANSWERED, reused_from=earlier)
    row.reserved = _NOTHING
    row.answer, row.stop_reason = earlier.answer, earlier.stop_reason
    row.answered_at = Now()
    row.save(force_insert=True)
    return answer


def known_to(payer: Payer, shas: Iterable[str]) -> dict[str, Completion]:
    """Good answers that the team has paid for before, by their question."""
    rows = Completion.objects.filter(
        team=payer.team,
        request_sha256__in=set(shas),
        state=State.ANSWERED,
        problem="",
        answer__isnull=False,
        reused_from=None,
    ).exclude(purpose="test")
    return {row.request_sha256: row for row in rows.defer("request").order_by("pk")}


def answer_of(row: Completion, question: Question) -> Answer:
    """What a row that has ended says; that it does not fit the question is noted there."""
    if row.answer is None and row.state == State.ANSWERED:
        return Answer(stop="forgotten", problem=FORGOTTEN)
    if row.state == State.FAILED:
        return Answer(stop=row.stop_reason, problem=row.problem)
    answer = answers.read(row.answer or {}, question.shape)
    if answer.problem != row.problem:
        row.problem, row.stop_reason = answer.problem, answer.stop
        row.save(update_fields=["problem", "stop_reason"])
    return answer


def once_more(rows: list[Completion]) -> bool:
    """Whether the last of these attempts failed in a way that deserves another one."""
    stop = rows[-1].stop_reason
    if stop == "gone":
        return True
    tries = sum(row.stop_reason == stop for row in rows)
    return rows[-1].state == State.FAILED and tries <= RETRIES.get(stop, 0)


def _end(row: Completion, state: str, **fields: Any) -> None:
    fields = {"cost": _NOTHING, "reserved": _NOTHING, "state": state} | {
        name: answers.kept(value) for name, value in fields.items()
    }
    ended = Completion.objects.filter(pk=row.pk, state__in=OPEN).update(
        answered_at=Now(), **fields
    )
    if not ended:
        # Somebody took it for lost meanwhile; what is known now is truer.
        Completion.objects.filter(pk=row.pk, stop_reason="lost").update(
            cost=fields["cost"]
        )
        row.refresh_from_db()
        return
    for name, value in fields.items():
        setattr(row, name, value)


def _cost(row: Completion, message: Mapping[str, Any], *, batch: bool) -> Decimal:
    """By its bill; what came without one, or has no price any more, counts in full."""
    usage = _bill(message)
    if not (usage.get("input_tokens") or usage.get("output_tokens")):
        return row.reserved
    try:
        rate = prices.of(row.team, row.model, row.created_at.date())
    except prices.NoPrice:
        return row.reserved
    return rates.cost(rate, usage, batch=batch)


def _bill(message: Mapping[str, Any]) -> dict[str, Any]:
    """Its counts of tokens; whatever else stands there is no part of a bill."""
    return _counts(message.get("usage"))


def _counts(usage: Any) -> dict[str, Any]:
    if not isinstance(usage, Mapping):
        return {}
    counts = {
        name: count
        for name, count in usage.items()
        if isinstance(count, int) and 0 <= count <= _MOST_TOKENS
    }
    return counts | {
        name: _counts(part) for name, part in usage.items() if isinstance(part, Mapping)
    }


def _row(
    payer: Payer, order: Order, *, batch: Batch | None = None, **fields: Any
) -> Completion:
    question = order.question
    return Completion(
        team=payer.team,
        dream=payer.dream,
        replay=payer.replay,
        batch=batch,
        purpose=question.purpose,
        name=question.name or uuid.uuid4().hex,
        request_sha256=order.wire.sha256,
        prompt_sha256=order.wire.prompt_sha256,
        model=order.wire.body["model"],
        request=order.wire.body,
        runs=[list(run) for run in question.runs],
        attempt=order.attempt,
        **({"reserved": order.ceiling} | fields),
    )
