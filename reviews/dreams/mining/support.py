"""Who shows a pattern: independent groups, people, agents, and runs worth quoting.

A group is a task where there is one, else a person and their masked opening message. Runs
are counted for the record only: a hundred runs of one task are one group.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

import msgspec

from reviews.dreams.mining.digests import Span, Whose

_EXEMPLARS = 64
# A run as one number: its hash, then its day, then how it ended.
_OUTCOMES = ("", "success", "failure")
_OUTCOME_BITS, _DAY_BITS = 2, 22
_STEP_BITS = 32


class Exemplar(msgspec.Struct, frozen=True):
    """One run that can be quoted, with its rank: a hash, so that nobody chooses."""

    rank: int
    trace: str
    agent: str
    person: str
    group: str
    spans: tuple[Span, ...]


class Support:
    """What a pattern rests on. Filled in the order of groups, so equal sets end equal."""

    def __init__(self) -> None:
        self.groups: set[str] = set()
        # The group of each run, by the run's number: there are many of them.
        self.runs: dict[int, str] = {}
        self.by_person: defaultdict[str, set[str]] = defaultdict(set)
        self.by_agent: defaultdict[str, set[str]] = defaultdict(set)
        self.exemplars: dict[str, Exemplar] = {}

    def add(self, digest: Whose, *spans: Span) -> None:
        """Count one sighting; its spans may be quoted."""
        group = digest.group
        self.groups.add(group)
        self.by_agent[digest.agent].add(group)
        if digest.person:
            self.by_person[digest.person].add(group)
        self.runs[number_of(digest)] = group
        # Few are kept, and this is called for every sighting there is.
        rank = rank_of(digest, spans)
        kept = self.exemplars.get(group)
        if kept is None or rank < kept.rank:
            self._keep(exemplar(digest, *spans))

    def absorb(self, other: "Support") -> None:
        """Take over what another support saw."""
        self.groups |= other.groups
        for mine, theirs in (
            (self.by_agent, other.by_agent),
            (self.by_person, other.by_person),
        ):
            for name, groups in theirs.items():
                mine[name] |= groups
        self.runs |= other.runs
        for one in other.exemplars.values():
            self._keep(one)

    def within(self, groups: set[str]) -> "Support":
        """The part of the support that these groups give."""
        part = Support()
        part.groups = self.groups & groups
        part.by_person = _parts_within(self.by_person, groups)
        part.by_agent = _parts_within(self.by_agent, groups)
        part.exemplars = {
            name: one for name, one in self.exemplars.items() if name in groups
        }
        part.runs = {run: of for run, of in self.runs.items() if of in groups}
        return part

    @property
    def rated_runs(self) -> int:
        return sum(_outcome_of(run) != "" for run in self.runs)

    @property
    def failed_runs(self) -> int:
        return sum(_outcome_of(run) == "failure" for run in self.runs)

    @property
    def people(self) -> int:
        return len(self.by_person)

    @property
    def agents(self) -> int:
        return len(self.by_agent)

    def owner(self, share: float) -> str:
        """The one person who holds at least this share of the groups, if there is one."""
        return _holder(self.by_person, len(self.groups), share)

    def agent(self, share: float) -> str:
        """The one agent that holds at least this share of the groups, if there is one."""
        return _holder(self.by_agent, len(self.groups), share)

    def quotable(self, most: int) -> list[Exemplar]:
        """Runs to quote, lowest rank first, spread over people, then over groups."""
        ranked = sorted(self.exemplars.values(), key=lambda one: one.rank)
        spoken: set[str] = set()
        first: list[Exemplar] = []
        rest: list[Exemplar] = []
        for one in ranked:
            voice = one.person or one.group
            (rest if voice in spoken else first).append(one)
            spoken.add(voice)
        return [*first, *rest][:most]

    def _keep(self, one: Exemplar) -> None:
        kept = self.exemplars.get(one.group)
        if kept is None or one.rank < kept.rank:
            self.exemplars[one.group] = one
        if len(self.exemplars) > 2 * _EXEMPLARS:
            ranked = sorted(self.exemplars.values(), key=lambda each: each.rank)
            self.exemplars = {each.group: each for each in ranked[:_EXEMPLARS]}


def exemplar(digest: Whose, *spans: Span) -> Exemplar:
    """A run and the ranges in it that show something."""
    return Exemplar(
        rank_of(digest, spans),
        digest.trace,
        digest.agent,
        digest.person,
        digest.group,
        spans,
    )


def rank_of(digest: Whose, spans: Sequence[Span]) -> int:
    """The place of a run among those that could be quoted, and of a step in it."""
    step = spans[0].step if spans else 0
    return number_of(digest) >> (_OUTCOME_BITS + _DAY_BITS) << _STEP_BITS | step


def number_of(digest: Whose) -> int:
    """A run as one number: small, and it still tells the run's day and outcome."""
    return _number(digest.agent, digest.trace, digest.day, digest.outcome)


@lru_cache(maxsize=64)
def _number(agent: str, trace: str, day: str, outcome: str) -> int:
    place = f"{agent}\0{trace}".encode()
    run = int.from_bytes(hashlib.blake2b(place, digest_size=8).digest())
    tail = ordinal(day) << _OUTCOME_BITS | _OUTCOMES.index(outcome)
    return run << (_OUTCOME_BITS + _DAY_BITS) | tail


def day_of(run: int) -> int:
    """The day of a run by its number; 0 where none is known."""
    return run >> _OUTCOME_BITS & (1 << _DAY_BITS) - 1


def _outcome_of(run: int) -> str:
    return _OUTCOMES[run & (1 << _OUTCOME_BITS) - 1]


@lru_cache(maxsize=4_096)
def ordinal(day: str) -> int:
    """A day as a number; 0 where none is known."""
    return date.fromisoformat(day).toordinal() if day else 0


def _parts_within(
    parts: Mapping[str, set[str]], groups: set[str]
) -> defaultdict[str, set[str]]:
    within = {name: held & groups for name, held in parts.items()}
    return defaultdict(set, {name: held for name, held in within.items() if held})


def _holder(parts: Mapping[str, set[str]], groups: int, share: float) -> str:
    if not parts or not groups:
        return ""
    name = min(parts, key=lambda one: (-len(parts[one]), one))
    return name if len(parts[name]) >= share * groups else ""
