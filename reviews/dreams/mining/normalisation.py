"""Steps become calls: each with its answer, its names, and whether it failed or was stopped.

This decides quality more than any statistic. A person who stops a tool is feedback, not an
error; a failure that only follows from another one (a sibling call, an interruption) is
neither, and is left out.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec

from reviews.dreams.mining import arguments, diagnostics, shells, tools
from reviews.traces.steps import Step

_DERIVATIVE = re.compile(
    r"^\W{0,3}(?:tool_use_error\W{1,3})?(?:sibling tool call errored|\[?request interrupted"
    r"|operation stopped by hook|cancelled: parallel tool call|tool execution was aborted)",
    re.IGNORECASE,
)
_REFUSED_BY_PERSON = re.compile(
    r"^\s*the user (?:doesn't|does not) want to (?:proceed with|take) this",
    re.IGNORECASE,
)
_THEY_SAID = re.compile(r"the user said:\s*", re.IGNORECASE)
_BOILERPLATE = re.compile(
    r"^\s*(?:\[?request interrupted|the user (?:doesn't|does not) want to|stop what you are)",
    re.IGNORECASE,
)
_NOT_TYPED = re.compile(r"^\s*(?:\[request interrupted|<|/|caveat:)", re.IGNORECASE)
LONGEST_REASON = 300
# How many open calls an answer without an id may belong to.
_LOOKED_BACK = 50


class Reason(msgspec.Struct, frozen=True):
    """Where a person said why they stopped a call."""

    step: int
    start: int
    end: int
    text: str


class Call(msgspec.Struct):
    """One tool call and what came of it."""

    number: int
    step: Step
    tool: str
    # What counts as the tool: its own name, or one name per segment of a shell command.
    names: tuple[str, ...]
    arguments: dict[str, Any]
    shell: bool = False
    # A shell command that only looks around: a search without a hit is no failure.
    idle: bool = False
    result: Step | None = None
    failed: bool = False
    stop: Step | None = None
    reason: Reason | None = None
    derivative: bool = False

    @property
    def fine(self) -> bool:
        """Answered, without an error and without anybody stopping it."""
        return self.result is not None and not self.failed and self.stop is None

    @property
    def blamed(self) -> str:
        """Which of its names a failure belongs to: one that the answer names, else the last."""
        if len(self.names) == 1 or self.result is None:
            return self.names[-1]
        said = self.result.text[:2_000].lower()
        for name in self.names:
            if name in said or name.rsplit(" ", 1)[-1] in said.split():
                return name
        return self.names[-1]


def calls(steps: Sequence[Step]) -> list[Call]:
    """Pair every call with its answer or its stop, in order of the calls."""
    made: list[Call] = []
    waiting: dict[str, Call] = {}
    explicit = any(step.error for step in steps)
    for position, step in enumerate(steps):
        if step.kind == "tool_call":
            call = _opened(len(made), step)
            made.append(call)
            waiting[step.call or f" {call.number}"] = call
        elif step.kind in {"tool_result", "stop"} or (
            step.kind == "error" and step.call
        ):
            answered = _waiting_for(step, waiting)
            if answered:
                _settle(
                    answered,
                    step,
                    steps[position + 1 : position + 4],
                    explicit=explicit,
                )
    return [call for call in made if not call.derivative]


def _opened(number: int, step: Step) -> Call:
    given = arguments.of(step.text)
    command = shells.command_of(given)
    tool = step.tool or "unnamed tool"
    acts = shells.segments(command) if command else ()
    idle = bool(command) and not acts
    return Call(
        number, step, tool, acts or (tool,), given, shell=bool(command), idle=idle
    )


def _waiting_for(step: Step, waiting: dict[str, Call]) -> Call | None:
    if step.call:
        return waiting.pop(step.call, None)
    for key in islice(reversed(waiting), _LOOKED_BACK):
        if not step.tool or waiting[key].tool == step.tool:
            return waiting.pop(key)
    return None


def _settle(call: Call, step: Step, after: Sequence[Step], *, explicit: bool) -> None:
    if step.kind == "stop" or _REFUSED_BY_PERSON.match(step.text):
        call.stop = step
        call.reason = next(_reasons(step, after), None)
        return
    call.result = step
    if step.error or step.kind == "error":
        call.failed = True
        call.derivative = _DERIVATIVE.match(step.text) is not None
    elif not explicit and not tools.delivers(call.tool):
        call.failed = diagnostics.looks_failed(step.text)


def _reasons(stop: Step, after: Sequence[Step]) -> Iterator[Reason]:
    """The words of the person: in the stop itself, else what they typed right after it."""
    said = _THEY_SAID.search(stop.text)
    if said:
        yield from _spoken(stop, said.end())
    elif stop.actor == "person" and not _BOILERPLATE.match(stop.text):
        yield from _spoken(stop, 0)
    for step in after:
        if step.kind != "message" or _NOT_TYPED.match(step.text):
            continue
        if step.actor == "person":
            yield from _spoken(step, 0)
        return


def _spoken(step: Step, start: int) -> Iterator[Reason]:
    text = step.text[start:]
    start += len(text) - len(text.lstrip())
    end = step.text.find("\n\n", start)
    end = len(step.text) if end < 0 else end
    end = min(end, start + LONGEST_REASON)
    text = step.text[start:end].rstrip()
    if text:
        yield Reason(step.index, start, start + len(text), text)
