"""Small runs for the engine's tests, told call by call, and a dream over them."""

import hashlib
from typing import Any

import msgspec

from reviews.dreams.engines import Head, Outcome
from reviews.dreams.engines.offline import Offline
from reviews.traces.steps import Facts, Step

EMPTY = Head(number=0, texts={})

Told = list[tuple[str, str, str, str, dict[str, Any]]]


def says(text: str, actor: str = "person") -> Told:
    """Somebody says something."""
    return [("message", actor, "", text, {})]


def call(tool: str, arguments: Any = None, answer: str = "done", **more: Any) -> Told:
    """A call and its answer; arguments as JSON, or as they are."""
    text = (
        arguments
        if isinstance(arguments, str)
        else msgspec.json.encode(arguments or {}).decode()
    )
    return [
        ("tool_call", "agent", tool, text, {}),
        ("tool_result", "tool", tool, answer, more),
    ]


def fails(tool: str, arguments: Any = None, answer: str = "", **more: Any) -> Told:
    """A call that fails, and says so."""
    return call(tool, arguments, answer, error=True, **more)


def stopped(tool: str, arguments: Any, feedback: str) -> Told:
    """A call that a person stops."""
    told = call(tool, arguments)
    return [told[0], ("stop", "person", tool, feedback, {})]


def steps(*told: Told) -> list[Step]:
    """The steps of a run."""
    made: list[Step] = []
    number = 0
    for kind, actor, tool, text, more in (one for part in told for one in part):
        number += kind == "tool_call"
        name = f"call-{number}" if tool else ""
        made.append(Step(len(made), kind, actor, text, tool, name, **more))
    return made


def run(name: str, *told: Told, **facts: Any) -> tuple[Facts, list[Step]]:
    """One run: its own group and its own person, unless said otherwise."""
    known = {
        "agent": "clerk",
        "group": f"task-{name}",
        "person": f"person-{name}",
        **facts,
    }
    return Facts(trace=name, **known), steps(*told)


def dream(
    runs: list[tuple[Facts, list[Step]]], head: Head = EMPTY, **settings: Any
) -> Outcome:
    """Evaluate, fold and propose."""
    engine = Offline()
    state = engine.reduce([engine.evaluate(*one).digest for one in runs])
    return engine.propose(state, head, {**engine.settings(), **settings})


def rules(outcome: Outcome) -> list[str]:
    """The rules that were proposed, best first."""
    return [draft.operations[0].after for draft in outcome.drafts]


def codes(outcome: Outcome) -> dict[str, str]:
    """The reasons of what was refused, by statement."""
    return {refusal.statement: refusal.code for refusal in outcome.refused}


def sliced(
    runs: list[tuple[Facts, list[Step]]], outcome: Outcome
) -> list[tuple[Any, str]]:
    """Every quote with the text that stands at its place; its hash is held against it."""
    stored = {(facts.agent, facts.trace): made for facts, made in runs}
    found = []
    for draft in outcome.drafts:
        for quote in draft.quotes:
            text = stored[quote.agent, quote.trace][quote.step].text[
                quote.start : quote.end
            ]
            assert hashlib.sha256(text.encode()).hexdigest() == quote.sha256
            found.append((quote, text))
    return found
