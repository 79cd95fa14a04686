"""The example's traces: seeded, streaming, the same for everybody.

A record depends on the seed and its place only, so that the first 300 of 1,000 are the
same as 300. Places are dealt out in blocks: most are a case of their own, some are
another run of a case of the same block, by whoever took it up.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import Random
from typing import Literal

import msgspec

from reviews.examples import analysis, billing, cast, coding, purchasing, support
from reviews.examples.runs import Run, stamp
from reviews.traces.steps import Record

SEED = 7
FEWEST, MOST = 50, 100_000
STARTED = datetime(2026, 10, 5, 6, tzinfo=UTC).timestamp()
WEEKS = 6

Story = Callable[[Run], None]

# What happens how often, of a hundred.
_STORIES: tuple[tuple[int, str, Story], ...] = (
    (12, "support-desk", support.parcel),
    (12, "support-desk", support.alteration),
    (18, "support-desk", support.refund),
    (11, "billing", billing.credit),
    (11, "billing", billing.payment),
    (5, "billing", billing.statement),
    (10, "data-analyst", analysis.report),
    (3, "data-analyst", analysis.question),
    (9, "coder", coding.fix),
    (3, "coder", coding.explanation),
    (6, "purchasing", purchasing.reorder),
)
_DEALT = tuple((agent, story) for share, agent, story in _STORIES for _ in range(share))
# Of a block's places so many are cases of their own; the rest are further runs of them.
_BLOCK, _CASES = 50, 38
# Low-discrepancy steps through the six weeks, so that any beginning covers all of them.
_GOLDEN = 0.6180339887498949
_DAY = 86_400


def records(count: int, *, seed: int = SEED, after: int = 0) -> Iterator[Record]:
    """Make this many traces, one after the other; ``after`` leaves out the first."""
    for place in range(after, count):
        yield record(place, seed=seed)


def lines(count: int, *, seed: int = SEED) -> Iterator[bytes]:
    """Make this many traces as lines of our own JSON (``docs/traces.md``)."""
    for made in records(count, seed=seed):
        yield line(made)


def record(place: int, *, seed: int = SEED) -> Record:
    """Make the trace at this place."""
    number = case_of(place, seed=seed)
    case = Random((seed << 40) + number)  # noqa: S311 - a story, not a secret
    rng = Random((seed << 40) + (1 << 39) + place)  # noqa: S311
    agent, story = case.choice(_DEALT)
    task = _task(case, agent, number)
    late = (place * _GOLDEN + 0.137 * (seed % 7)) % 1
    run = Run(
        cast.BY_AGENT[agent], rng=rng, case=case, started=_moment(late, rng), late=late
    )
    story(run)
    outcome, reward = _rating(run)
    return Record(
        external_id=f"{agent}-{place:06}",
        steps=run.steps,
        format="dreamboard",
        person=run.person,
        model=run.desk.model,
        started_at=stamp(run.started),
        ended_at=stamp(run.clock),
        outcome=outcome,
        reward=reward,
        task=task,
        title=run.title,
        tags=(f"team:{run.desk.team}", f"story:{story.__name__}"),
        cost=run.cost,
    )


def case_of(place: int, *, seed: int = SEED) -> int:
    """Which case the run at this place is about."""
    block, within = divmod(place, _BLOCK)
    if within >= _CASES:
        within = Random(seed * 7919 + place).randrange(_CASES)  # noqa: S311
    return block * _CASES + within


def agent_of(made: Record) -> str:
    """The agent whose run a generated record is."""
    return made.external_id.rpartition("-")[0]


def line(made: Record) -> bytes:
    """Write a record as a line of our own JSON."""
    fields = msgspec.to_builtins(made)
    del fields["format"]
    for step in fields["steps"]:
        del step["index"]
    return msgspec.json.encode(fields)


def _task(case: Random, agent: str, number: int) -> str:
    """Two cases of three have a number in somebody's tracker."""
    return (
        f"{agent.split('-')[0].upper()}-{1000 + number}" if case.random() < 0.65 else ""
    )


def _moment(late: float, rng: Random) -> float:
    """A working hour of the day that is this far into the six weeks."""
    day = int(late * WEEKS * 7)
    # Saturdays and Sundays are quiet: what would fall there happens a day or two before.
    day -= max(0, day % 7 - 4)
    return STARTED + day * _DAY + rng.random() * 11 * 3600


def _rating(run: Run) -> tuple[Literal["", "success", "failure"], float | None]:
    """Rate a part of the runs: by what the story says, with what chance adds."""
    if not run.chance(run.rated):
        return "", None
    if run.chance(run.good):
        return "success", 1.0
    return "failure", 0.0
