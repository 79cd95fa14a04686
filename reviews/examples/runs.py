"""One run as it is being told: who spoke, which tools were called, what they answered.

A story (``support``, ``billing``, …) holds a run and tells it from top to bottom; the
run keeps the clock, pairs calls with results, and lets the world's small misfortunes
happen (``weather``).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

import msgspec

from reviews.examples import cast, sayings, weather, words
from reviews.examples.cast import Desk
from reviews.traces.steps import Step

# What these bring back was written by anybody.
_OUTSIDE = frozenset({"fetch_page", "read_mail"})
_encode = msgspec.json.Encoder().encode


Read = Callable[["Run", Any], tuple[Mapping[str, Any], Any]]


class Run:
    """A run in the making."""

    def __init__(
        self, desk: Desk, *, rng: Random, case: Random, started: float, late: float
    ) -> None:
        self.desk = desk
        # Chance of this run, and of the case that it has in common with others.
        self.rng, self.case = rng, case
        # How much of the six weeks has passed: 0 to 1.
        self.late = late
        self.person = rng.choice(desk.people)
        self.started = self.clock = started
        self.title = ""
        self.steps: list[Step] = []
        self.called = 0
        self.failed = 0
        # What the story thinks of its end: the chance of a good rating, and of any.
        self.good, self.rated = 0.8, 0.4
        self._words = words.of(desk.agent)
        wishes = sayings.wishes_of(self.person, desk.agent)
        self._wish = rng.choice(wishes) if wishes and rng.random() < 0.6 else ""
        self._instruct()

    def chance(self, share: float) -> bool:
        """Whether something happens that happens in this share of cases."""
        return self.rng.random() < share

    def words(self, kind: str, **facts: object) -> str:
        """One of the ways to say something, with the facts of the case in it."""
        said = self.rng.choice(self._words[kind])
        return said.format(**facts) if facts else said

    def of_case(self, kind: str) -> str:
        """One of several words, the same in every run of the case."""
        return self.case.choice(self._words[kind])

    def person_says(self, text: str, *, wish: bool = False) -> None:
        """Let the colleague say something, and where it fits what they wish for."""
        if wish and self._wish:
            text = (
                f"{text} {self._wish}" if self.chance(0.6) else f"{self._wish} {text}"
            )
            self._wish = ""
        elif wish and self.chance(0.3):
            text = f"{text} {self.rng.choice(sayings.SMALL_TALK)}"
        self._add(Step(len(self.steps), "message", "person", text, at=self._tick(70)))

    def says(self, text: str) -> None:
        """Let the agent say something."""
        tokens = len(text) // 4 + 12
        self._add(
            Step(
                len(self.steps),
                "message",
                "agent",
                text,
                at=self._tick(9),
                tokens=tokens,
            )
        )

    def thinks(self, text: str) -> None:
        """Let the agent think aloud."""
        tokens = len(text) // 4 + 5
        self._add(
            Step(
                len(self.steps),
                "thinking",
                "agent",
                text,
                at=self._tick(5),
                tokens=tokens,
            )
        )

    def call(
        self,
        tool: str,
        arguments: Mapping[str, Any],
        result: Any,
        *,
        error: bool = False,
    ) -> None:
        """Call a tool and take down its answer; now and then the network fails first."""
        text = _encode(arguments).decode()
        for fault in weather.faults(self.rng):
            self._exchange(tool, text, fault, error=True)
        answer = result if isinstance(result, str) else _encode(result).decode()
        self._exchange(tool, text, answer, error=error)

    def read(self, reads: Mapping[str, Read], subject: Any, count: int) -> None:
        """Read some of what there is about a subject, each once, in any order."""
        for tool in self.rng.sample(tuple(reads), count):
            arguments, answer = reads[tool](self, subject)
            self.call(tool, arguments, answer)

    def refused(self, tool: str, arguments: Mapping[str, Any], answer: str) -> None:
        """Call a tool that answers with an error."""
        self.failed += 1
        self._exchange(tool, _encode(arguments).decode(), answer, error=True)

    def _exchange(self, tool: str, arguments: str, answer: str, *, error: bool) -> None:
        self.called += 1
        name = f"call_{self.called:03}"
        index = len(self.steps)
        self._add(
            Step(
                index,
                "tool_call",
                "agent",
                arguments,
                tool,
                name,
                at=self._tick(6),
                tokens=len(arguments) // 4 + 20,
            )
        )
        self._add(
            Step(
                index + 1,
                "tool_result",
                "tool",
                answer,
                tool,
                name,
                error,
                self._tick(4),
                web=tool in _OUTSIDE and answer not in weather.TRANSIENT,
            )
        )

    def _instruct(self) -> None:
        at = self._tick(1)
        self._add(Step(0, "message", "system", self.desk.system, at=at))

    def _add(self, step: Step) -> None:
        self.steps.append(step)

    def _tick(self, seconds: int) -> str:
        self.clock += 1 + self.rng.random() * seconds
        return stamp(self.clock)

    @property
    def cost(self) -> float:
        """Dollars: each call of the model reads what stands before it."""
        size = sum(len(step.text) for step in self.steps) / 4
        return round(size * (1 + self.called / 3) * self.desk.price / 1_000_000, 4)

    @property
    def today(self) -> str:
        """The date on which the run stands."""
        return stamp(self.clock)[:10]

    @property
    def unlucky(self) -> bool:
        """Whether the person's own machine is the broken one."""
        return self.person == cast.UNLUCKY


def stamp(seconds: float) -> str:
    """Write a moment as a step carries it."""
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()
