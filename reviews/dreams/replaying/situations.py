"""A situation as a model meets it: memory, tools by name, and the steps until then."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from reviews.dreams.claude import cards, prompts
from reviews.dreams.engines import Rule
from reviews.memory import folders
from reviews.traces.steps import Step

# Of a long run: its beginning, and what came right before.
_HEAD, _TAIL = 2, 14
_LONGEST_STEP = 1_500
_LONGEST_MEMORY = 30_000
_MOST_TOOLS = 60


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """The steps of a run before something happened."""

    agent: str
    trace: str
    step: int
    person: str
    failed: bool
    quoted: bool
    steps: tuple[Step, ...]
    # Names of arguments by tool, from every call of the run.
    tools: dict[str, list[str]]


def cut(steps: Sequence[Step], step: int) -> int | None:
    """The agent's last act at or before a step: what it did there is to be decided anew."""
    for index in range(min(step, len(steps) - 1), 0, -1):
        here = steps[index]
        if here.actor == "agent" and here.kind in ("tool_call", "message"):
            return index
    return None


def shown(one: Situation, rules: Iterable[Rule]) -> str:
    """What a model is shown, with these rules as its memory."""
    memory = [
        {"file": rule.path, "rule": rule.text}
        for rule in _fitting(
            rule for rule in rules if _is_read(rule.path, one.agent, one.person)
        )
    ]
    content: dict[str, Any] = {
        "memory": memory,
        "tools": one.tools,
        "so_far": told(one.steps),
    }
    return prompts.block(content)


def told(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The steps of a situation as data; where some are left out, their numbers jump."""
    kept = [*steps[:_HEAD], *steps[max(_HEAD, len(steps) - _TAIL) :]]
    return [cards.step_content(step, most=_LONGEST_STEP) for step in kept]


def tools_of(steps: Iterable[Step]) -> dict[str, list[str]]:
    """The tools that a run calls, each with the arguments it was ever given."""
    found: dict[str, set[str]] = {}
    for step in steps:
        if step.kind != "tool_call" or not step.tool:
            continue
        names = found.setdefault(step.tool[:120], set())
        names.update(_arguments(step.text))
    most = sorted(found)[:_MOST_TOOLS]
    return {tool: sorted(found[tool]) for tool in most}


def _arguments(text: str) -> Iterable[str]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    return [str(name)[:80] for name in given] if isinstance(given, dict) else ()


def _fitting(rules: Iterable[Rule]) -> Iterable[Rule]:
    room = _LONGEST_MEMORY
    for rule in rules:
        room -= len(rule.text)
        if room >= 0:
            yield rule


def _is_read(path: str, agent: str, person: str) -> bool:
    """Whether this agent reads a file while it works for this person."""
    theirs = {"/", folders.of("agent", agent)}
    if person:
        theirs.add(folders.of("person", person))
    return folders.holding(path) in theirs
