"""The example team: what was planted there, and how much of it a dream finds."""

from functools import cache

import msgspec

from reviews.dreams.engines import Outcome
from reviews.dreams.mining.masking import mask
from reviews.examples import generator, planted
from reviews.traces.steps import Facts, Record, Step
from tests.quality import scoring


class Planting(msgspec.Struct, frozen=True):
    """What a dream over so many runs came to: each a part of a whole."""

    runs: int
    mistakes: tuple[int, int]
    workflows: tuple[int, int]
    preferences: tuple[int, int]
    # Proposals that nobody planted, other than ways of working.
    made_up: int


@cache
def planting(count: int) -> Planting:
    """Dream over so many runs of the example team."""
    outcome = _dreamt(count)
    found = planted.found((one.family, one.title) for one in outcome.drafts)
    shared = [one for one in planted.PREFERENCES if one.shared]
    kinds = (planted.MISTAKES, planted.WORKFLOWS, shared)
    mistakes, workflows, preferences = (
        (sum(found[one.id] > 0 for one in kind), len(kind)) for kind in kinds
    )
    made_up = sum(
        draft.family != "workflow"
        and not any(
            planted.matches(one, draft.title, family=draft.family)
            for one in planted.ALL
        )
        for draft in outcome.drafts
    )
    return Planting(count, mistakes, workflows, preferences, made_up)


def _dreamt(count: int) -> Outcome:
    return scoring.dream([_run(made) for made in generator.records(count)])


def _run(made: Record) -> tuple[Facts, list[Step]]:
    opening = next((one.text for one in made.steps if one.actor == "person"), "")
    facts = Facts(
        trace=made.external_id, agent=generator.agent_of(made),
        group=made.task or f"{made.person}: {mask(opening[:400]).text}",
        person=made.person, outcome=made.outcome, reward=made.reward,
        day=made.started_at[:10],
    )  # fmt: skip
    return facts, made.steps
