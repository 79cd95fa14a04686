"""Who shows a pattern: independent groups, people, agents, and runs worth quoting.

A group is a task where there is one, else a person and their masked opening message. Runs
are counted for the record only: a hundred runs of one task are one group.
"""

import hashlib

import msgspec

from reviews.dreams.mining.digests import Digest, Span

_EXEMPLARS = 64


class Exemplar(msgspec.Struct, frozen=True):
    """One run that can be quoted, with its rank: a hash, so that nobody chooses."""

    rank: bytes
    trace: str
    agent: str
    person: str
    group: str
    spans: tuple[Span, ...]


class Support:
    """What a pattern rests on. Filled in the order of groups, so equal sets end equal."""

    def __init__(self) -> None:
        self.groups: set[str] = set()
        # Group and outcome, by agent and trace.
        self.runs: dict[tuple[str, str], tuple[str, str]] = {}
        self.by_person: dict[str, set[str]] = {}
        self.by_agent: dict[str, set[str]] = {}
        self.exemplars: dict[str, Exemplar] = {}

    def add(self, digest: Digest, *spans: Span) -> None:
        """Count one sighting; its spans may be quoted."""
        self.groups.add(digest.group)
        self.by_agent.setdefault(digest.agent, set()).add(digest.group)
        if digest.person:
            self.by_person.setdefault(digest.person, set()).add(digest.group)
        self.runs[digest.agent, digest.trace] = (digest.group, digest.outcome)
        self._keep(exemplar(digest, *spans))

    def absorb(self, other: "Support") -> None:
        """Take over what another support saw."""
        self.groups |= other.groups
        for mine, theirs in (
            (self.by_agent, other.by_agent),
            (self.by_person, other.by_person),
        ):
            for name, groups in theirs.items():
                mine.setdefault(name, set()).update(groups)
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
        part.runs = {run: of for run, of in self.runs.items() if of[0] in groups}
        return part

    @property
    def rated_runs(self) -> int:
        return sum(outcome != "" for _, outcome in self.runs.values())

    @property
    def failed_runs(self) -> int:
        return sum(outcome == "failure" for _, outcome in self.runs.values())

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


def exemplar(digest: Digest, *spans: Span) -> Exemplar:
    """A run and the ranges in it that show something."""
    place = f"{digest.agent}\0{digest.trace}\0{spans[0].step if spans else 0}"
    rank = hashlib.blake2b(place.encode(), digest_size=8).digest()
    return Exemplar(
        rank, digest.trace, digest.agent, digest.person, digest.group, spans
    )


def _parts_within(parts: dict[str, set[str]], groups: set[str]) -> dict[str, set[str]]:
    return {name: held & groups for name, held in parts.items() if held & groups}


def _holder(parts: dict[str, set[str]], groups: int, share: float) -> str:
    if not parts or not groups:
        return ""
    name = min(parts, key=lambda one: (-len(parts[one]), one))
    return name if len(parts[name]) >= share * groups else ""
