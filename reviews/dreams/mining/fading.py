"""Fading: what was seen long ago counts for less, by the days of the runs themselves.

There is no clock here. A sighting is as old as it was on the day of the newest run of the
agents that show the pattern: a history that is imported late is no older for that, and an
agent that has stopped running fades nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from reviews.dreams.mining.recounting import sightings
from reviews.dreams.mining.states import State
from reviews.dreams.mining.support import Support, day_of, ordinal
from reviews.dreams.mining.thresholds import Thresholds


class Life(msgspec.Struct, frozen=True):
    """How much of a pattern's support is left, and how many days ago it was last seen."""

    support: float
    age: int

    def is_fresh(self, limits: Thresholds) -> bool:
        """Whether it is still worth proposing."""
        return self.support >= limits.decayed and self.age <= limits.fresh_days

    def has_faded(self, limits: Thresholds) -> bool:
        """Whether a proposal of it has outlived it."""
        return self.support < limits.faded


def of_support(support: Support, newest: Mapping[str, int], limits: Thresholds) -> Life:
    """The life of what a support shows; ``newest`` is each agent's newest day."""
    last: dict[str, int] = {}
    for run, group in support.runs.items():
        last[group] = max(last.get(group, 0), day_of(run))
    return _life(
        last.values(), (newest.get(one, 0) for one in support.by_agent), limits
    )


def is_told(trigger: Mapping[str, str]) -> bool:
    """Whether it is runs that show what a trigger is about; memory alone does not fade."""
    named = ("marks", "wish", "remark", "lack", "anchor", "check")
    if any(trigger.get(name) for name in named):
        return True
    if trigger.get("signal") in ("loop", "stop"):
        return True
    return trigger.get("outcome") == "failure" and bool(trigger.get("feature"))


def of_triggers(
    state: State, triggers: Sequence[Mapping[str, str]], limits: Thresholds
) -> list[Life]:
    """The lives of what these triggers see, from the digests alone."""
    newest: defaultdict[str, int] = defaultdict(int)
    for course in state.courses.runs:
        newest[course.agent] = max(newest[course.agent], ordinal(course.day))
    lives = []
    for its in sightings(state, triggers):
        last: defaultdict[int, int] = defaultdict(int)
        agents: set[str] = set()
        for course, counts_group in its:
            if counts_group:
                day = ordinal(course.day)
                last[course.group] = max(last[course.group], day)
                agents.add(course.agent)
        lives.append(_life(last.values(), (newest[one] for one in agents), limits))
    return lives


def _life(days: Iterable[int], newest: Iterable[int], limits: Thresholds) -> Life:
    """Add up day by day, so that the sum does not hang on any order."""
    counted: defaultdict[int, int] = defaultdict(int)
    today = max(newest, default=0)
    for day in days:
        # A run of an unknown day is as new as any.
        counted[max(0, today - day) if day else 0] += 1
    left = sum(
        groups * 2.0 ** (-age / limits.half_life)
        for age, groups in sorted(counted.items())
    )
    return Life(left, min(counted, default=today))
