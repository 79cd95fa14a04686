"""Questions of this engine, and what its answers are worth.

One retry with less to read where an answer was cut or refused; beyond that the offline
draft stands, and the dream says so.
"""

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

import pydantic

from reviews.dreams.claude import prompts
from reviews.dreams.engines import Answer, Purpose, Question, Tier

Shape = TypeVar("Shape", bound=pydantic.BaseModel)

# Worth asking again with less to read.
RETRIED = frozenset({"refusal", "max_tokens", "model_context_window_exceeded"})
_SAID = {
    "no-key": "had no key to ask with",
    "over-budget": "did not fit the budget",
    "refusal": "was declined by the model",
    "max_tokens": "was cut short",
    "model_context_window_exceeded": "was too long for the model",
    "expired": "was not answered in time",
    "canceled": "was canceled",
    "denied": "was not allowed by the key",
    "rejected": "was not accepted by the API",
    "busy": "found the API busy",
    "unavailable": "did not reach the API",
    "lost": "was lost with its worker",
    "gone": "was not found any more",
    "forgotten": "was emptied because a run was erased",
    "recited": "recited its instructions and was dropped",
    "malformed": "was answered in another shape than asked for",
    "no-price": "had no price in the table",
}


class Heard:
    """What came of the questions of one dream, counted for its page."""

    def __init__(self) -> None:
        self.asked = 0
        self.failed: Counter[str] = Counter()

    def value(self, answer: Answer | None, shape: type[Shape]) -> Shape | None:
        """The answer in its shape, or nothing; why not is counted."""
        self.asked += 1
        stop = answer.stop if answer else "error"
        value = answer.value if answer else None
        if value is not None and prompts.leaks(value.model_dump_json()):
            value, stop = None, "recited"
        if isinstance(value, shape):
            return value
        self.failed[stop if value is None and stop != "end_turn" else "malformed"] += 1
        return None

    @property
    def keyless(self) -> bool:
        """Whether nobody could be asked at all."""
        return self.asked > 0 and self.failed["no-key"] == self.asked

    def sentences(self) -> list[str]:
        """What was not answered, and why."""
        if self.keyless:
            return [
                "No key for Anthropic's API is set, so this dream is the offline engine's alone."
            ]
        return [
            f"{count:,} of {self.asked:,} questions {_plural(stop, count)}:"
            " the offline engine's result stands there."
            for stop, count in sorted(self.failed.items())
        ]


def question(
    name: str,
    purpose: Purpose,
    tier: Tier,
    data: str,
    shape: type[pydantic.BaseModel],
    *,
    runs: Iterable[tuple[str, str]] = (),
    standing: str = "",
    prompt: str = "",
    max_tokens: int = 1_500,
) -> Question:
    """A question with its purpose's instructions; ``standing`` is the same for all of it.

    ``runs`` are those whose words are in it, so that they can be erased from it.
    """
    told = prompts.text(prompt or purpose)
    return Question(
        name=name,
        purpose=purpose,
        tier=tier,
        system=(told, standing) if standing else (told,),
        user=data,
        shape=shape,
        max_tokens=max_tokens,
        runs=tuple(dict.fromkeys(runs)),
    )


def _plural(stop: str, count: int) -> str:
    said = _SAID.get(stop, "failed")
    return said.replace("was ", "were ", 1) if count > 1 else said
