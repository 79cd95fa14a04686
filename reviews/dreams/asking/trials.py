"""One tiny question, so that an admin sees whether key, model, price and budget are right."""

from dataclasses import dataclass
from decimal import Decimal
from time import monotonic
from uuid import uuid4

import pydantic

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.dreams.asking import budgets, calls, client, completions, prices
from reviews.dreams.asking.budgets import Payer
from reviews.dreams.asking.completions import Order
from reviews.dreams.asking.failures import Failure
from reviews.dreams.asking.wires import wire_of
from reviews.dreams.engines import Question, Tier
from reviews.dreams.models import Completion
from reviews.teams.models import Team

# An admin looks at a page meanwhile.
_PATIENCE = 30.0


class Greeting(pydantic.BaseModel):
    """The smallest answer."""

    works: bool


@dataclass(frozen=True)
class Trial:
    """How it went; with a problem in words, or without one."""

    model: str
    milliseconds: int = 0
    cost: Decimal = Decimal(0)
    problem: str = ""


def run(team: Team, tier: Tier, *, by: Actor) -> Trial:
    """Ask the team's model of this tier whether it works; refuses without key or price."""
    question = Question(
        name=f"test-{uuid4().hex}",
        purpose="test",
        tier=tier,
        system=(),
        user="Answer that it works.",
        shape=Greeting,
        max_tokens=200,
    )
    model = getattr(budgets.of(team), tier)
    wire = wire_of(question, model)
    ceiling = wire.ceiling(prices.of(team, model), batch=False)
    order = Order(question, wire, ceiling)
    with client.connect(timeout=_PATIENCE, retries=0) as api:
        rows = completions.reserve(Payer(team), [order], batch=False)
        if not rows:
            return Trial(model, problem=calls.over_budget(Payer(team)))
        completions.sent(rows[0])
        began = monotonic()
        reply = calls.call(api, wire.body)
    took = round((monotonic() - began) * 1_000)
    trial = _told(rows[0], order, reply, took)
    facts = {"problem": trial.problem} if trial.problem else {"cost": trial.cost}
    ledger.record(by, "model.tried", rows[0], team=team, model=model, **facts)
    return trial


def _told(row: Completion, order: Order, reply: calls.Reply, took: int) -> Trial:
    if isinstance(reply, Failure):
        completions.fail_with(row, reply)
        return Trial(row.model, took, row.cost, reply.sentence)
    message, request_id = reply
    completions.settle(row, message, request_id=request_id)
    answer = completions.answer_of(row, order.question)
    return Trial(row.model, took, row.cost, answer.problem)
