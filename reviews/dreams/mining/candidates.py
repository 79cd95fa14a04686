"""A candidate: a pattern that has passed its tests and may become a draft.

Every kind of pattern ends in this one shape, so that scope, novelty, evidence, rank and
wording are decided in one place for all.
"""

import re
from collections.abc import Callable

import msgspec

from reviews.dreams.mining.extraction import Tally
from reviews.dreams.mining.support import Support
from reviews.dreams.mining.thresholds import Thresholds
from reviews.proposals.drafts import Family, Scope

Right = Callable[[str, set[str]], bool]


class Candidate(msgspec.Struct, kw_only=True):
    """A pattern with its words, its numbers and what it rests on."""

    # error-fix, constraint, slot, check, order, silent, loop, stop, procedure, wish,
    # remark, lookup
    kind: str
    family: Family = "mistake"
    # The tools it speaks of, first the one that failed.
    tools: tuple[str, ...]
    # What makes it the same in another dream: no counts, no wording, nothing that more
    # traces of the same kind would change.
    identity: tuple[str, ...]
    text: str
    because: str
    support: Support
    counts: dict[str, float]
    # Names that a memory must hold as whole words to cover this.
    entities: tuple[str, ...]
    trigger: dict[str, str]
    # Calls lost per failing run, for the impact.
    waste: float = 1.0
    total_separation: bool = False
    alternatives: tuple[str, ...] = ()
    # Tells a good call (tool, features) that shows the thing done right.
    right: Right | None = None
    # Which spans of an exemplar to quote, in order of telling power.
    spans: tuple[int, ...] = (0,)
    # Outcome of the runs quoted against: for silent mistakes, good ones.
    against_outcome: str = ""
    # It carries words that only a tool said.
    quoted: bool = False
    personal: bool = False
    # Names that make it the same as itself where names alone suffice.
    named: bool = False
    # Its names may be spread over the rules of one memory: a procedure told in steps.
    spread: bool = False
    # Without names: the stems that a memory must hold to cover it.
    stems: tuple[str, ...] = ()
    # A rule in which this is found says it already, in whatever words.
    known_by: re.Pattern[str] | None = None
    # Whose scope it is where that does not follow from the support.
    owner: str = ""


def counts(
    support: Support, counted: Tally, tools: tuple[str, ...]
) -> dict[str, float]:
    """The numbers that every pattern has."""
    opportunities = len(counted.users(tools)) if tools else counted.groups
    groups = len(support.groups)
    return {
        "runs": len(support.runs),
        "groups": groups,
        "people": support.people,
        "agents": support.agents,
        "agents_seen": len(counted.agents),
        "opportunities": opportunities,
        "against": max(0, opportunities - groups),
        "base_rate": round(groups / opportunities, 4) if opportunities else 0.0,
    }


def scope(
    candidate: Candidate, counted: Tally, limits: Thresholds
) -> tuple[Scope, str]:
    """The smallest scope that holds nearly all of the support."""
    if candidate.owner:
        return "person", candidate.owner
    support = candidate.support
    person = _person(support, counted, limits)
    if person and (candidate.personal or len(counted.people) == 1):
        return "person", person
    agent = support.agent(limits.agent_share)
    if agent and len(counted.agents) > 1:
        return "agent", agent
    return "store", ""


def is_one_persons(support: Support, counted: Tally, limits: Thresholds) -> bool:
    """Whether one person among several owns a pattern: their machine, their habits."""
    return len(counted.people) > 1 and bool(_person(support, counted, limits))


def _person(support: Support, counted: Tally, limits: Thresholds) -> str:
    if not support.by_person:
        return ""
    if support.people < limits.people:
        return support.owner(0.0)
    return support.owner(limits.person_share) if len(support.groups) >= 10 else ""
