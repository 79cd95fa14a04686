"""What to leave out when the budget does not allow everything, in order.

Fewer silent runs, then fewer exemplars, then a cheaper model, then the offline engine
alone; each is said on the dream's page.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from reviews.dreams.claude import cards, reflecting, silent
from reviews.dreams.engines import Oracle, Question, Tier


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How much a dream asks, and of whom."""

    silent: int = silent.MOST
    reflections: int = reflecting.MOST
    exemplars: int = cards.EXEMPLARS
    judges: Tier = "middle"
    curates: Tier = "strong"
    # What was left out to come to this, in a sentence; "" for nothing.
    said: str = ""


PLANS = (
    Plan(),
    Plan(
        silent=10,
        reflections=5,
        said="The budget allows little: at most 10 silent runs were read.",
    ),
    Plan(
        silent=0,
        reflections=0,
        said="The budget allows little: no single runs were read, only patterns.",
    ),
    Plan(
        silent=0,
        reflections=0,
        exemplars=2,
        said="The budget allows little: no single runs were read, and of each pattern two.",
    ),
    Plan(
        silent=0,
        reflections=0,
        exemplars=2,
        judges="small",
        curates="middle",
        said="The budget allows little: smaller models judged, from two runs of each pattern.",
    ),
)
NOTHING = "The budget does not allow Claude to be asked, so this dream is the offline engine's alone."


def choose(
    oracle: Oracle, questions: Callable[[Plan], Sequence[Question]]
) -> Plan | None:
    """The fullest plan that fits what is left; None where none does."""
    left = oracle.left()
    for plan in PLANS:
        cost: Decimal = oracle.estimate(questions(plan))
        if cost <= left:
            return plan
    return None
