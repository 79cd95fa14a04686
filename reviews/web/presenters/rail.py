"""The run at a glance: a stripe per step by what it is, and ticks where to look."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reviews.traces.steps import Step
from reviews.web.presenters.timeline import Row

COLOURS = {
    "tool_call": "tool",
    "tool_result": "tool",
    "error": "tool",
    "stop": "person",
    "thinking": "quiet",
    "status": "quiet",
    "evaluation": "quiet",
}


@dataclass(frozen=True)
class Stripe:
    """All steps of one kind, as one path over a column ten wide and a unit per step."""

    kind: str
    path: str


@dataclass(frozen=True)
class Tick:
    """A step where the eye should go, and why."""

    step: int
    why: str


def stripes(steps: Iterable[Step]) -> list[Stripe]:
    """One path per kind: thousands of steps are a few kilobytes."""
    paths: dict[str, list[str]] = {}
    for kind, group in itertools.groupby(steps, key=_kind):
        run = list(group)
        paths.setdefault(kind, []).append(f"M0 {run[0].index}h10v{len(run)}H0z")
    return [Stripe(kind, "".join(parts)) for kind, parts in sorted(paths.items())]


def ticks(made: Sequence[Row]) -> list[Tick]:
    """Quotes, hits of a search and failures, at most one reason a step."""
    found = []
    for row in made:
        why = "evidence" if row.quotes else "hit" if row.hit else ""
        why = why or ("error" if row.failed else "")
        if why:
            found.append(Tick(row.step.index, why))
    return found


def _kind(step: Step) -> str:
    return COLOURS.get(step.kind, "person" if step.actor == "person" else "agent")
