"""An oracle that answers from a script, and a dream over runs told call by call."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from reviews.dreams.claude import prompts, schemas
from reviews.dreams.engines import Answer, Context, Head, Outcome, Question
from reviews.dreams.engines.claude import Claude
from tests.dreams.stories import EMPTY

Reply = Callable[[Question, dict[str, Any]], Any]
PRICE = Decimal("0.01")


class Scripted:
    """Answers by purpose; an ``Answer`` is given as it is, a shape as its value."""

    def __init__(self, left: str = "10", **replies: Reply) -> None:
        self.replies = {**HONEST, **replies}
        self.asked: list[Question] = []
        self.budget = Decimal(left)

    def ask(self, questions: Sequence[Question]) -> dict[str, Answer]:
        self.asked.extend(questions)
        answers = {}
        for question in questions:
            said = self.replies[question.purpose](question, data(question))
            answers[question.name] = (
                said
                if isinstance(said, Answer)
                else Answer(value=said, stop="end_turn", cost=PRICE)
            )
        return answers

    def estimate(self, questions: Sequence[Question]) -> Decimal:
        return PRICE * len(questions)

    def left(self) -> Decimal:
        return self.budget

    def of(self, purpose: str) -> list[Question]:
        """The questions of one purpose."""
        return [one for one in self.asked if one.purpose == purpose]


def data(question: Question) -> dict[str, Any]:
    """What a question shows, behind its fence."""
    first, body, last = question.user.split("\n")
    assert first.removeprefix("BEGIN ") == last.removeprefix("END ")
    return json.loads(body)


def quoted(card: dict[str, Any], most: int = 4) -> list[schemas.Cited]:
    """A real quote of each run that shows it."""
    return [
        schemas.Cited(trace=run["trace"], step=step["step"], text=step["text"])
        for run in card["for"][:most]
        for step in run["steps"]
        if step["role"] == "tool" and step.get("error")
    ]


def judged(card: dict[str, Any], **more: Any) -> schemas.Judgement:
    """A judgement that takes over what code says, unless told otherwise."""
    return schemas.Judgement(
        **{
            "pattern_id": card["id"],
            "verdict": "rule",
            "split_by": [],
            "rule": card["worded_by_code"],
            "alternative": "",
            "when_not": "",
            "scope": "store",
            "support_quotes": quoted(card),
            "counter_quotes": [],
            "reason": "It comes back.",
            **more,
        }
    )


def added(file: dict[str, Any], **more: Any) -> schemas.Deltas:
    return schemas.Deltas(
        deltas=[
            schemas.Delta(
                **{
                    "draft_id": draft["draft_id"],
                    "op": "add",
                    "item_ids": [],
                    "text": "",
                    "section": "",
                    "reason": "It is new.",
                    **more,
                }
            )
            for draft in file["drafts"]
        ]
    )


def doubted(card: dict[str, Any], **more: Any) -> schemas.Doubt:
    return schemas.Doubt(
        **{
            "draft_id": card["id"],
            "verdict": "supported",
            "objection": "",
            "quotes": [],
            **more,
        }
    )


def nothing_read(question: Question, run: dict[str, Any]) -> schemas.Facet:
    return facet(lesson="", failure="none")


def facet(**more: Any) -> schemas.Facet:
    return schemas.Facet(
        **{
            "asked": "Something.",
            "failure": "did-not-verify",
            "decisive_step": 1,
            "lesson": "",
            "instance_specific": False,
            "quotes": [],
            "suspicious": [],
            **more,
        }
    )


HONEST: dict[str, Reply] = {
    "judge": lambda _, card: judged(card),
    "curate": lambda _, file: added(file),
    "doubt": lambda _, card: doubted(card),
    "facet": nothing_read,
    "reflect": lambda _, run: schemas.Reflection(mistakes=[]),
}


def dream(runs: Sequence[Any], oracle: Any, head: Head = EMPTY, **more: Any) -> Outcome:
    """Evaluate, fold and consider, over runs told call by call."""
    engine = Claude()
    state = engine.reduce([engine.evaluate(*one).digest for one in runs])
    stored = {(facts.agent, facts.trace): steps for facts, steps in runs}
    context = Context(
        dream=1,
        oracle=oracle,
        steps=lambda agent, trace: stored.get((agent, trace), ()),
        **more,
    )
    return engine.consider(state, head, engine.settings(), context)


def answering(**replies: Reply) -> Callable[[dict[str, Any]], Any]:
    """The same replies for the loopback server: it tells purposes by their instructions."""
    said = {**HONEST, **replies}
    purposes = {prompts.text(purpose): purpose for purpose in said}

    def answer(params: dict[str, Any]) -> Any:
        purpose = purposes[params["system"][0]["text"]]
        content = params["messages"][0]["content"]
        user = content if isinstance(content, str) else content[0]["text"]
        reply = said[purpose](params, json.loads(user.split("\n")[1]))
        return reply(params) if callable(reply) else reply

    return answer
