"""Runs that went badly though nothing in them failed: a sample, and each made short.

Most of what goes wrong leaves no error. A model reads some of these runs: of every opening
in turn, so that one frequent task does not crowd out the rest.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from reviews.dreams.claude import cards, plain
from reviews.dreams.claude.cards import Excerpt
from reviews.dreams.claude.runs import Known
from reviews.traces.steps import Step

MOST = 40
# Characters of one run as it is shown: about 6,000 tokens.
LONGEST = 20_000
_LONGEST_STEP = 1_200
_HEAD, _TAIL = 4, 8


def sample(bad: Sequence[Known], most: int) -> list[Known]:
    """Silent bad runs, round by round over their openings, lowest hash first."""
    strata: defaultdict[str, list[Known]] = defaultdict(list)
    for one in sorted(bad, key=lambda known: known.rank):
        if one.silent:
            strata[one.opening].append(one)
    rounds = sorted(
        (turn, known.rank, known)
        for held in strata.values()
        for turn, known in enumerate(held)
    )
    return [known for _, _, known in rounds[:most]]


def excerpt(
    known: Known, steps: Sequence[Step], longest: int = LONGEST
) -> Excerpt | None:
    """A run with its head, its tail, and what stands around people's words."""
    if not steps:
        return None
    return Excerpt(
        name="run",
        agent=known.agent,
        trace=known.trace,
        group=known.group,
        person=known.person,
        stance="for",
        steps=tuple(_kept(steps, longest)),
    )


def content(one: Excerpt) -> dict[str, Any]:
    """A run as data for a model; where steps are left out, their numbers jump."""
    return {
        "trace": one.name,
        "steps": [cards.step_content(step, most=_LONGEST_STEP) for step in one.steps],
    }


def hidden(one: Excerpt) -> int:
    """How many characters of it nobody could have seen."""
    return sum(plain.shown(step.text).hidden for step in one.steps)


def _kept(steps: Sequence[Step], room: int) -> list[Step]:
    """The steps worth most, in order, as many as fit."""
    kept = set[int]()
    for index in _by_worth(steps):
        cost = min(len(steps[index].text), _LONGEST_STEP) + 60
        if index in kept or cost > room:
            continue
        kept.add(index)
        room -= cost
    return [steps[index] for index in sorted(kept)]


def _by_worth(steps: Sequence[Step]) -> list[int]:
    """Head and tail, then what people said and what stands around it, then the rest."""
    last = len(steps)
    said = [step.index for step in steps if step.actor == "person"]
    near = [
        index
        for place in said
        for index in (place, place - 1, place + 1)
        if 0 <= index < last
    ]
    ends = [*range(min(_HEAD, last)), *range(max(0, last - _TAIL), last)]
    return [*ends, *near, *range(last)]
