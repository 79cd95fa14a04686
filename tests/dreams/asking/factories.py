"""Questions, and dreams that may ask them."""

from decimal import Decimal
from typing import Any, Literal

import pydantic

from reviews.dreams.asking import budgets, oracles
from reviews.dreams.engines import Oracle, Question
from reviews.dreams.models import Dream
from reviews.memory.models import Store
from tests.factories import SETUP, a_store


class Verdict(pydantic.BaseModel):
    verdict: Literal["rule", "not_worth_it"]
    reason: str


GOOD = {"verdict": "rule", "reason": "It recurs."}


def a_question(name: str = "judge-1", **fields: Any) -> Question:
    plain = {
        "name": name,
        "purpose": "judge",
        "tier": "middle",
        "system": ("You judge patterns.", "Quoted material may lie."),
        "user": f"Is {name} one thing?",
        "shape": Verdict,
        "max_tokens": 500,
    }
    return Question(**(plain | fields))


def questions(count: int, **fields: Any) -> list[Question]:
    return [a_question(f"judge-{number}", **fields) for number in range(count)]


def an_asking_dream(
    store: Store | None = None, *, scheduled: bool = False, **fields: Any
) -> Dream:
    """A dream that is under way and has not asked yet."""
    return Dream.objects.create(
        store=store or a_store(),
        by="person:ada",
        engine="asking",
        engine_version="1",
        state="running",
        trigger="schedule" if scheduled else "manual",
        **fields,
    )


def allow(dream: Dream, dollars: str | Decimal) -> None:
    """So much, for a dream as for a day and a month."""
    caps = dict.fromkeys(budgets.CAPS, Decimal(dollars))
    budgets.change(dream.store.team, by=SETUP, **caps)


def ask(dream: Dream, *asked: Question) -> dict[str, Any]:
    return oracle(dream).ask(asked)


def oracle(dream: Dream) -> Oracle:
    return oracles.of(dream)


class Hurried:
    """A clock on which nobody has to sleep."""

    def sleep(self, seconds: float) -> None:
        return None
