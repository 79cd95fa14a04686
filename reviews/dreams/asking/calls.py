"""Asking at once, a few questions side by side.

Only the calls run in threads; every row is written by the thread that asks, so that its
transactions are one worker's. The SDK's own retries are off: it would sleep for as long as
``retry-after`` says, and send again what may have been answered.
"""

import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

import anthropic
import msgspec
from anthropic.types import Message

from reviews.dreams.asking import budgets, client, completions
from reviews.dreams.asking.budgets import Payer
from reviews.dreams.asking.completions import Order
from reviews.dreams.asking.failures import FAILING, UNREADABLE, Failure, failure_of
from reviews.dreams.engines import Answer
from reviews.dreams.leases import LeaseLost
from reviews.dreams.models import Completion

AT_ONCE = 4
# A call may be repeated on the spot so often, and after so many seconds at most.
_TRIES = 3
_LONGEST_NAP = 5.0
# Seconds until a dream that found Anthropic busy looks again, by how often it has.
_PAUSES = (30, 120, 300, 600)

type Reply = tuple[dict[str, Any], str] | Failure


@dataclass
class Asked:
    """What came of a round of calls."""

    answers: dict[str, Answer] = field(default_factory=dict)
    # Seconds to wait before the questions that are left; 0 when none is.
    pause: float = 0.0
    why: str = ""


def ask(payer: Payer, orders: Sequence[Order]) -> Asked:
    """Ask as much as the budget allows; the rest is declined, the last ones first."""
    round_ = _Round(payer, deque(orders))
    with (
        client.connect(retries=0) as api,
        ThreadPoolExecutor(AT_ONCE, "asking") as pool,
    ):
        try:
            while round_.more():
                while row := round_.next_row():
                    order = round_.taken(row)
                    future = pool.submit(call, api, order.wire.body)
                    round_.under_way[future] = (row, order)
                round_.collect()
        except (LeaseLost, KeyboardInterrupt):
            # Nobody wants the answers any more; they are paid, and may be reused.
            while round_.under_way:
                round_.collect()
            raise
    return round_.asked


class _Round:
    """The questions of one round: waiting, under way, answered."""

    def __init__(self, payer: Payer, waiting: deque[Order]) -> None:
        self.payer = payer
        self.waiting = waiting
        self.under_way: dict[Future[Reply], tuple[Completion, Order]] = {}
        self.asked = Asked()
        self.stopped = False

    def more(self) -> bool:
        return bool(self.under_way or (self.waiting and not self.stopped))

    def next_row(self) -> Completion | None:
        """Money for the next question, if there is one and its turn has come."""
        if self.stopped or not self.waiting or len(self.under_way) >= AT_ONCE:
            return None
        rows = completions.reserve(self.payer, [self.waiting[0]], batch=False)
        if rows:
            return rows[0]
        # What is under way was promised more than it will cost: wait for the change.
        if not self.under_way:
            self.decline("over-budget", over_budget(self.payer))
        return None

    def taken(self, row: Completion) -> Order:
        completions.sent(row)
        return self.waiting.popleft()

    def collect(self) -> None:
        """Write down whatever has come back."""
        done, _ = wait(self.under_way, return_when=FIRST_COMPLETED)
        for future in done:
            row, order = self.under_way.pop(future)
            reply = future.result()
            if isinstance(reply, Failure):
                self.failed(row, order, reply)
            else:
                message, request_id = reply
                completions.settle(row, message, request_id=request_id)
                answer = completions.answer_of(row, order.question)
                self.asked.answers[order.question.name] = msgspec.structs.replace(
                    answer, cost=row.cost
                )

    def failed(self, row: Completion, order: Order, failure: Failure) -> None:
        answer = completions.fail_with(row, failure)
        earlier = self.payer.completions().filter(
            name=row.name, request_sha256=row.request_sha256
        )
        rows = list(earlier.order_by("attempt")) or [row]
        if completions.once_more(rows):
            tries = sum(one.stop_reason == failure.kind for one in rows)
            pause = max(failure.wait, _PAUSES[min(tries, len(_PAUSES)) - 1])
            self.asked.pause = max(self.asked.pause, pause)
            most = completions.RETRIES.get(failure.kind, 0) + 1
            self.asked.why = f"{failure.sentence} That was try {tries} of {most}."
            self.stopped = True
            return
        self.asked.answers[order.question.name] = answer
        if failure.kind != "rejected":
            # It would be the same for all that are left.
            self.decline(failure.kind, failure.sentence)

    def decline(self, stop: str, problem: str) -> None:
        for order in self.waiting:
            self.asked.answers[order.question.name] = completions.decline(
                self.payer, order, "unavailable" if stop == "busy" else stop, problem
            )
        self.waiting.clear()


def over_budget(payer: Payer) -> str:
    """Why nothing more is asked, with the cap that says so."""
    budget = budgets.of(payer.team)
    cap = budgets.tightest(budget, budgets.spent(payer))
    return f"The budget of {cap} does not allow it."


def call(api: anthropic.Anthropic, body: dict[str, Any]) -> Reply:
    """One question and its message; in a thread, so without a word to the database."""
    for attempt in range(1, _TRIES + 1):
        try:
            raw = api.messages.with_raw_response.create(**body)
            message = raw.parse()
            if not isinstance(message, Message):
                return UNREADABLE
            return message.to_dict(mode="json", warnings=False), raw.headers.get(
                "request-id", ""
            )
        except FAILING as error:
            failure = failure_of(error)
        if not _soon(failure) or attempt == _TRIES:
            break
        time.sleep(max(failure.wait, 0.5 * attempt))
    return failure


def _soon(failure: Failure) -> bool:
    """Whether the same call may be made again on the spot."""
    if failure.kind != "busy" or failure.maybe_paid:
        return False
    return failure.wait <= _LONGEST_NAP
