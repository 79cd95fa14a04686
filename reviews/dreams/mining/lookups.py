"""Candidates for what an agent should have looked up: a person lacked it, a tool had it.

Two signs, both in words: a person says that they do not have something that a tool takes,
or the agent says that it cannot get at something. Other runs tell which tool's answers
hold it, and how runs went in which that tool was called.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec

from reviews.dreams.engines import Refusal
from reviews.dreams.mining import lacks, wording
from reviews.dreams.mining.candidates import Candidate, counts, is_one_persons
from reviews.dreams.mining.digests import Digest, Span
from reviews.dreams.mining.extraction import Tally
from reviews.dreams.mining.proposing import Found
from reviews.dreams.mining.states import State
from reviews.dreams.mining.support import Support
from reviews.dreams.mining.thresholds import Thresholds
from reviews.dreams.mining.tools import is_meta, writes

# Whose word it is: a person's who lacks something, the agent's that cannot get at it.
PERSON, AGENT = "p", "a"


class Lookup(msgspec.Struct, frozen=True, order=True):
    """Something that is said to be missing, and the tool that tells it."""

    voice: str
    name: str
    tool: str

    @property
    def trigger(self) -> dict[str, str]:
        return {"lack": self.name, "tool": self.tool, "voice": self.voice}

    @property
    def rule(self) -> str:
        form = wording.of_denial if self.voice == AGENT else wording.of_lookup
        return form(self.name, self.tool)


class _Arms:
    """Runs in which it was missing: the tool was not called, or it was."""

    def __init__(self) -> None:
        self.missed, self.met = Support(), Support()

    @property
    def groups(self) -> int:
        return len(self.missed.groups | self.met.groups)


def of_lookups(state: State, counted: Tally, limits: Thresholds) -> Iterator[Found]:
    """What could have been looked up, most often missed first."""
    known = tellers(counted, limits)
    if not known:
        return
    arms: defaultdict[Lookup, _Arms] = defaultdict(_Arms)
    for digest in state.digests(counted.courses.lacking):
        for lookup, missed, span in lackings(digest, known):
            arm = arms[lookup]
            (arm.missed if missed else arm.met).add(digest, span)
    named: set[tuple[str, str]] = set()
    for lookup, arm in sorted(
        arms.items(), key=lambda item: (-len(item[1].missed.groups), item[0])
    ):
        # Of several names for what one tool tells, the one that is missed most.
        if (lookup.voice, lookup.tool) not in named and arm.missed.groups:
            named.add((lookup.voice, lookup.tool))
            yield _found(lookup, arm, counted, limits)


def tellers(counted: Tally, limits: Thresholds) -> dict[tuple[str, str], Lookup]:
    """By voice and name in plain words: the reading tool that tells it in most groups."""
    known: dict[tuple[str, str], tuple[int, Lookup]] = {}
    for voice, seen in ((PERSON, counted.sources), (AGENT, counted.answers)):
        for (name, tool), groups in sorted(seen.items()):
            usable = not (writes(tool) or is_meta(tool) or " " in tool)
            least, _ = known.get((voice, lacks.plain(name)), (limits.groups - 1, None))
            if usable and len(groups) > least:
                lookup = Lookup(voice, name, tool)
                known[voice, lacks.plain(name)] = (len(groups), lookup)
    return {key: lookup for key, (_, lookup) in known.items()}


def lackings(
    digest: Digest, known: Mapping[tuple[str, str], Lookup]
) -> Iterator[tuple[Lookup, bool, Span]]:
    """What was missing in a run, each once, and whether nobody looked it up."""
    seen = set[Lookup]()
    for lack in digest.lacks:
        voice = AGENT if lack.span.voice == AGENT else PERSON
        for name in sorted(lacks.named_in(digest.words[lack.text])):
            lookup = known.get((voice, name))
            if lookup is None or lookup in seen:
                continue
            if voice == AGENT and _called(digest, lookup.tool, 0, lack.row):
                continue
            seen.add(lookup)
            # What an agent denies is wrong already; a person can still be helped.
            late = _called(digest, lookup.tool, 0, len(digest.rows))
            yield lookup, voice == AGENT or not late, lack.span


def _called(digest: Digest, tool: str, start: int, end: int) -> bool:
    """Whether a tool answered well among some of the calls."""
    return any(
        row.fault < 0 and digest.words[row.tool] == tool
        for row in digest.rows[start:end]
    )


def _found(lookup: Lookup, arm: _Arms, counted: Tally, limits: Thresholds) -> Found:
    support, groups = arm.missed, len(arm.missed.groups)
    repeated = (
        groups >= limits.groups_if_repeated
        and len(support.runs) >= limits.tries_if_repeated * groups
    )
    if groups < limits.groups and not repeated:
        few = f"Missed in {groups} independent groups; {limits.groups} are needed."
        return _refused(lookup, support, counted, "too-few-groups", few)
    # What an agent says of itself is no matter of one person's machine.
    if lookup.voice == PERSON and is_one_persons(support, counted, limits):
        one = "Only one person's runs show it."
        return _refused(lookup, support, counted, "one-person", one)
    if lookup.voice == PERSON and _failing(support) <= _failing(arm.met):
        alike = "Runs in which it was looked up did not end better."
        return _refused(lookup, support, counted, "no-difference", alike)
    numbers = counts(support, counted, ()) | {"opportunities": arm.groups}
    numbers |= {"against": 0, "base_rate": round(groups / arm.groups, 4)}
    return Candidate(
        kind="lookup",
        tools=(lookup.tool,),
        identity=(lookup.voice, lookup.name, lookup.tool),
        text=lookup.rule,
        because=_because(lookup, arm),
        support=support,
        counts=numbers,
        entities=(lookup.tool, lookup.name),
        trigger=lookup.trigger,
        waste=4.0,
        named=True,
    )


def _because(lookup: Lookup, arm: _Arms) -> str:
    whose = (
        f"where the agent said that it could not get at {wording.code(lookup.name)}"
        if lookup.voice == AGENT
        else f"where the person did not have {wording.code(lookup.name)}"
    )
    missed, met = arm.missed, arm.met
    when = "had not called" if lookup.voice == AGENT else "never called"
    met_it = f"groups {whose} {when} {wording.code(lookup.tool)}"
    parts = [wording.of_many(len(missed.groups), arm.groups, met_it)]
    if missed.rated_runs:
        parts.append(f"{missed.failed_runs} of {missed.rated_runs} such runs failed")
    if met.rated_runs:
        parts.append(f"otherwise {met.failed_runs} of {met.rated_runs}")
    return "; ".join(parts) + "."


def _failing(support: Support) -> float:
    """The failing share; of unrated runs nothing is known, and nothing is held against it."""
    if not support.rated_runs:
        return 0.5 if support.runs else 0.0
    return support.failed_runs / support.rated_runs


def _refused(
    lookup: Lookup, support: Support, counted: Tally, code: str, reason: str
) -> Refusal:
    return Refusal(
        statement=lookup.rule,
        code=code, reason=reason, kind="lookup", counts=counts(support, counted, ()),
    )  # fmt: skip
