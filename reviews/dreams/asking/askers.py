"""The oracle behind a budget: what is known is answered at once, the rest is asked.

Answers are matched by name and by every word of the request, so a dream that begins again
asks nothing twice, and one whose memory moved meanwhile asks anew.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
from django.utils import timezone

from reviews.dreams.asking import batches, budgets, calls, completions, prices, spending
from reviews.dreams.asking.budgets import Payer
from reviews.dreams.asking.completions import Order
from reviews.dreams.asking.failures import Failure
from reviews.dreams.asking.rates import Rate
from reviews.dreams.asking.wires import wire_of
from reviews.dreams.engines import Answer, Question, Waiting
from reviews.dreams.models import Batch, Completion

# What came back from one batch pays for the next; more rounds than this take too long.
MOST_BATCHES = 6
# The same name with other words, so often: then somebody's prompt does not stand still.
_MOST_ATTEMPTS = 12

_NOTHING = Decimal(0)

type Answers = dict[str, Answer]
type Rows = dict[str, list[Completion]]


class Asker:
    """A model for one dream or replay: ``Oracle`` says what it does."""

    def __init__(
        self, payer: Payer, *, at_leisure: bool, models: dict[str, str]
    ) -> None:
        self.payer = payer
        # In batches, for half the price.
        self.at_leisure = at_leisure
        # By tier, as they were when the dream began.
        self.models = models

    def ask(self, questions: Sequence[Question]) -> Answers:
        """Every answer by the question's name; raises ``Waiting`` until all are there."""
        try:
            brought = self.awaited()
            answers, orders = self._orders(questions)
            answers |= self._known(orders, brought)
            unasked = self._unasked(
                [o for o in orders if o.question.name not in answers]
            )
            answers |= self._told(unasked)
            answers |= self._asked(
                [o for o in unasked if o.question.name not in answers]
            )
        finally:
            spending.note(self.payer.dream)
        return {question.name: answers[question.name] for question in questions}

    def estimate(self, questions: Sequence[Question]) -> Decimal:
        """What these would cost at most; known answers, and unknown prices, cost nothing."""
        _, orders = self._orders(questions)
        rows = self._rows(orders)
        told = completions.known_to(self.payer, [o.wire.sha256 for o in orders])
        new = {
            order.wire.sha256: order.ceiling
            for order in orders
            if order.wire.sha256 not in told and _unsettled(_same(rows, order))
        }
        return sum(new.values(), _NOTHING)

    def left(self) -> Decimal:
        """What may still be spent, by the tightest of the caps."""
        budget = budgets.of(self.payer.team)
        return budgets.left(budget, budgets.spent(self.payer))

    def awaited(self) -> set[int]:
        """Look after what is under way: the keys of the completions that have come in.

        Raises ``Waiting`` as long as a batch is not answered.
        """
        mine = self.payer.completions().filter(state__in=completions.OPEN)
        for row in mine.filter(batch=None):
            # Whoever sent it has died: nobody but this worker has the dream now.
            completions.lose(row)
        open_ = set(mine.values_list("pk", flat=True))
        under_way = Batch.objects.filter(dream=self.payer.dream, dream__isnull=False)
        for batch in batches.outstanding(under_way):
            until = batches.attend(batch)
            if until is not None:
                raise self._for(batch, until)
        return open_

    def _orders(self, questions: Sequence[Question]) -> tuple[Answers, list[Order]]:
        """The questions as they would be asked; those without a price are answered."""
        answers, orders = {}, []
        rates = {tier: self._rate(model) for tier, model in self.models.items()}
        for question in questions:
            rate = rates[question.tier]
            if isinstance(rate, Answer):
                answers[question.name] = rate
                continue
            wire = wire_of(question, self.models[question.tier])
            ceiling = wire.ceiling(rate, batch=self.at_leisure)
            orders.append(Order(question, wire, ceiling))
        return answers, orders

    def _rate(self, model: str) -> Rate | Answer:
        try:
            return prices.of(self.payer.team, model)
        except prices.NoPrice as refusal:
            return Answer(stop="no-price", problem=refusal.message)

    def _rows(self, orders: Iterable[Order]) -> Rows:
        names = [order.question.name for order in orders]
        rows = defaultdict(list)
        mine = self.payer.completions().filter(name__in=names).defer("request")
        for row in mine.order_by("attempt"):
            rows[row.name].append(row)
        return rows

    def _known(self, orders: Sequence[Order], brought: set[int]) -> Answers:
        """What this dream has been told, and what it will not be told any more."""
        rows, answers = self._rows(orders), {}
        for order in orders:
            same = _same(rows, order)
            if same and not completions.once_more(same):
                answer = completions.answer_of(same[-1], order.question)
                cost = same[-1].cost if same[-1].pk in brought else _NOTHING
                answers[order.question.name] = msgspec.structs.replace(
                    answer, cost=cost
                )
        return answers

    def _unasked(self, orders: Sequence[Order]) -> list[Order]:
        rows = self._rows(orders)
        return [
            replace(order, attempt=len(rows[order.question.name]) + 1)
            for order in orders
        ]

    def _told(self, orders: Sequence[Order]) -> Answers:
        """What somebody else in the team has been told, and what nobody can be told."""
        answers: Answers = {}
        known = completions.known_to(self.payer, [o.wire.sha256 for o in orders])
        for order in orders:
            earlier = known.get(order.wire.sha256)
            if order.attempt > _MOST_ATTEMPTS:
                said = "It was asked in too many ways already."
                answers[order.question.name] = Answer(stop="error", problem=said)
            elif earlier is not None and order.question.purpose != "test":
                told = completions.reuse(self.payer, order, earlier)
                answers |= {order.question.name: told} if told else {}
        return answers

    def _asked(self, orders: Sequence[Order]) -> Answers:
        """Ask, the same words once."""
        first: dict[str, Order] = {}
        for order in orders:
            first.setdefault(order.wire.sha256, order)
        if not first:
            return {}
        ask = self._in_a_batch if self.at_leisure else self._at_once
        answers = ask(list(first.values()))
        for order in orders:
            if order.question.name not in answers:
                answers[order.question.name] = self._likewise(
                    order, answers[first[order.wire.sha256].question.name]
                )
        return answers

    def _likewise(self, order: Order, answer: Answer) -> Answer:
        """The answer to the same words under another name."""
        told = self._told([order]).get(order.question.name)
        return told or completions.decline(
            self.payer, order, answer.stop, answer.problem
        )

    def _at_once(self, orders: Sequence[Order]) -> Answers:
        asked = calls.ask(self.payer, orders)
        if asked.pause:
            until = timezone.now() + timedelta(seconds=asked.pause)
            raise Waiting(until, f"{asked.why} It is asked again then.")
        return asked.answers

    def _in_a_batch(self, orders: Sequence[Order]) -> Answers:
        """Hand in what the budget allows; what it does not allow even now is declined."""
        rows = []
        if self._rounds(orders) < MOST_BATCHES:
            rows = completions.reserve(self.payer, orders[: batches.MOST], batch=True)
        batch = rows[0].batch if rows else None
        if batch is None:
            return self._declined(orders, "over-budget", calls.over_budget(self.payer))
        failure = batches.hand_in(batch, rows)
        if failure and batch.ended_at and failure.kind != "busy":
            # It would be the same for the rest.
            ended = self._known(orders, set())
            rest = [o for o in orders if o.question.name not in ended]
            return ended | self._declined(rest, failure.kind, failure.sentence)
        raise self._waiting(batch, failure)

    def _waiting(self, batch: Batch, failure: Failure | None) -> Waiting:
        seconds = max(failure.wait if failure else 0.0, 30.0)
        until = timezone.now() + timedelta(seconds=seconds)
        return self._for(batch, until, failure.sentence if failure else "")

    def _for(self, batch: Batch, until: datetime, problem: str = "") -> Waiting:
        """The wait for a batch, with what went wrong when it was last looked at."""
        said = " ".join(filter(None, [self._progress(), problem or batch.problem]))
        ends = batches.given_up_at(batch)
        return Waiting(until, said, since=batch.created_at, ends=ends)

    def _declined(self, orders: Iterable[Order], stop: str, said: str) -> Answers:
        return {
            order.question.name: completions.decline(self.payer, order, stop, said)
            for order in orders
        }

    def _rounds(self, orders: Iterable[Order]) -> int:
        """In how many batches these questions' company has been already."""
        purposes = {order.question.purpose for order in orders}
        mine = self.payer.completions().filter(purpose__in=purposes)
        handed_in = mine.exclude(batch=None).exclude(batch__remote_id="")
        return int(handed_in.values("batch").distinct().count())

    def _progress(self) -> str:
        mine = self.payer.completions()
        ended = mine.exclude(state__in=completions.OPEN).count()
        return f"{ended} of {mine.count()} answers are there."


def _same(rows: Rows, order: Order) -> list[Completion]:
    """The attempts at just this question."""
    return [
        row
        for row in rows[order.question.name]
        if row.request_sha256 == order.wire.sha256
    ]


def _unsettled(attempts: list[Completion]) -> bool:
    """Whether a question has yet to be paid: never asked, or about to be asked again."""
    return not attempts or completions.once_more(attempts)
