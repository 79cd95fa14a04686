"""Silent mistakes: a check left out before a write, that no tool complains about.

They show only in outcomes, which are noisy and confounded. So: rated runs without a tool
error, a check that is about the same thing as the write, compared within strata (the same
task, else the same set of writes); and only a large, significant difference counts.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec

from reviews.dreams.mining.calls import Call
from reviews.dreams.mining.courses import Course, Courses
from reviews.dreams.mining.extraction import Tally
from reviews.dreams.mining.states import State
from reviews.dreams.mining.statistics import Strata, Table, mantel_haenszel
from reviews.dreams.mining.support import Support
from reviews.dreams.mining.thresholds import Thresholds
from reviews.dreams.mining.tools import is_meta, writes

_Pair = tuple[str, str]
# Bad and fine runs of a stratum, by agent.
_Ended = tuple[tuple[str, int, int], ...]
_BAD, _FINE = 0, 1


class Silence(msgspec.Struct):
    """A write, the check that should precede it, and what leaving it out came to."""

    check: str
    write: str
    strata: Strata
    # Runs: without the check (bad, fine), with it (bad, fine).
    table: tuple[int, int, int, int]
    support: Support
    q: float = 1.0

    @property
    def plain_difference(self) -> float:
        """Without strata: small where the write also happens in runs that need no check."""
        a, b, c, d = self.table
        return a / (a + b) - c / (c + d)


class First(msgspec.Struct, frozen=True):
    """The first good call of a write: its row, what came before, on what it acts."""

    row: int
    before: frozenset[str]
    # Checks that were about the same thing.
    related: frozenset[str]


def _checks(counted: Tally) -> defaultdict[str, set[str]]:
    """What each agent can look up: nobody leaves out a check that they do not have."""
    checks: defaultdict[str, set[str]] = defaultdict(set)
    for course in counted.courses.runs:
        checks[course.agent].update(course.tools)
    for tools in checks.values():
        tools.difference_update([one for one in tools if writes(one) or is_meta(one)])
    return checks


class _Stratum:
    """Runs that are alike, of one group or of one kind of work: what was left out, how they ended.

    Only what was done is counted check by check; what was left out follows from the rest.
    """

    def __init__(self) -> None:
        # Bad and fine runs with a write, by agent.
        self.runs: defaultdict[str, defaultdict[str, list[int]]]
        self.runs = defaultdict(lambda: defaultdict(lambda: [0, 0]))
        # Of these, by pair, the ones that had done the check.
        self.done: defaultdict[_Pair, list[int]] = defaultdict(lambda: [0, 0])

    def add(self, course: Course, first: Mapping[str, First], checks: set[str]) -> None:
        """Count one run."""
        ending = _BAD if course.is_bad else _FINE
        for write, one in first.items():
            self.runs[write][course.agent][ending] += 1
            for check in one.before & checks:
                self.done[check, write][ending] += 1


class _Arms:
    """Every pair's runs by stratum, as tables: most strata have the same few."""

    def __init__(self, checks: Mapping[str, set[str]]) -> None:
        self.checks = checks
        # By write, how many strata have these (agent, bad, fine); by pair, without those
        # strata in which somebody did the check, which have a table of their own.
        self._strata: defaultdict[str, Counter[_Ended]] = defaultdict(Counter)
        self._apart: defaultdict[_Pair, Counter[_Ended]] = defaultdict(Counter)
        self._tables: defaultdict[_Pair, Counter[Table]] = defaultdict(Counter)
        # Runs in which the check was about the same thing as the write.
        self.related: Counter[_Pair] = Counter()

    def close(self, stratum: _Stratum) -> None:
        """Take in a stratum that no run will be added to."""
        ended: dict[str, _Ended] = {}
        for write, agents in stratum.runs.items():
            ended[write] = tuple(
                (agent, bad, fine) for agent, (bad, fine) in sorted(agents.items())
            )
            self._strata[write][ended[write]] += 1
        for pair, (bad, fine) in stratum.done.items():
            its = ended[pair[1]]
            all_bad, all_fine = self._without(pair[0], its)
            self._apart[pair][its] += 1
            self._tables[pair][all_bad - bad, all_fine - fine, bad, fine] += 1

    def tables(self) -> Iterator[tuple[_Pair, Counter[Table]]]:
        """The tables of every pair, in order."""
        known = {check for checks in self.checks.values() for check in checks}
        for check in sorted(known):
            for write, strata in sorted(self._strata.items()):
                found = self._tables[check, write].copy()
                for its, times in strata.items():
                    bad, fine = self._without(check, its)
                    times -= self._apart[check, write][its]
                    if times and bad + fine:
                        found[bad, fine, 0, 0] += times
                yield (check, write), found

    def _without(self, check: str, ended: _Ended) -> tuple[int, int]:
        """Bad and fine runs of the agents that have the check at all."""
        its = [one for one in ended if check in self.checks[one[0]]]
        return sum(bad for _, bad, _ in its), sum(fine for _, _, fine in its)


def silences(counted: Tally, limits: Thresholds) -> list[Silence]:
    """Every comparison that has enough runs in both arms, to be tested together."""
    if not counted.rated:
        return []
    arms = _arms(counted)
    return [
        found
        for pair, tables in arms.tables()
        for found in _compared(pair, tables, arms.related[pair], limits)
    ]


def _arms(counted: Tally) -> _Arms:
    """Read the telling runs: strata by group where groups recur, else by what is written."""
    by_group = 2 * counted.repeated >= counted.runs
    checks = _checks(counted)
    arms = _Arms(checks)
    strata: defaultdict[str | int, _Stratum] = defaultdict(_Stratum)
    writing = Writing(counted.courses)
    for course in counted.courses.runs:
        if not course.is_telling:
            continue
        first = writing.first(course)
        kind = course.group if by_group else ",".join(sorted(first))
        if by_group and kind not in strata:
            _close(arms, strata)
        own = checks[course.agent]
        strata[kind].add(course, first, own)
        arms.related.update(
            (check, write)
            for write, one in first.items()
            for check in one.before & one.related & own
        )
    _close(arms, strata)
    return arms


def _close(arms: _Arms, strata: dict[str | int, _Stratum]) -> None:
    for one in strata.values():
        arms.close(one)
    strata.clear()


def plain(
    state: State, counted: Tally, found: list[Silence], limits: Thresholds
) -> list[Silence]:
    """Those that hold: for each check the write that it matters most for, and the reverse."""
    holding = [
        one
        for one in found
        if one.q <= limits.q
        and one.strata.odds >= limits.silent_odds
        and one.strata.difference >= limits.silent_difference
    ]
    for_check: dict[str, Silence] = {}
    for one in sorted(holding, key=lambda each: (-each.plain_difference, each.write)):
        for_check.setdefault(one.check, one)
    for_write: dict[str, Silence] = {}
    for one in sorted(for_check.values(), key=lambda each: (each.strata.p, each.check)):
        for_write.setdefault(one.write, one)
    kept = list(for_write.values())
    _support(state, counted, kept)
    return kept


def _support(state: State, counted: Tally, found: Sequence[Silence]) -> None:
    """Give each its runs: those that left the check out and were rated bad."""
    checks = _checks(counted)
    writing = Writing(counted.courses)
    left_out: defaultdict[int, list[tuple[Silence, int]]] = defaultdict(list)
    for one in found:
        for course in counted.courses.callers(one.write):
            if not (course.is_telling and course.is_bad):
                continue
            write = writing.first(course).get(one.write)
            if write is None or one.check in write.before:
                continue
            if one.check in checks[course.agent]:
                left_out[course.place].append((one, write.row))
    places = sorted(left_out)
    for place, digest in zip(places, state.digests(places), strict=True):
        spans = {sample.row: sample.span for sample in digest.samples}
        for one, row in left_out[place]:
            if row in spans:
                one.support.add(digest, spans[row])


class _Told(msgspec.Struct, frozen=True, gc=False):
    """What a good call says of the writes of its run."""

    tool: str
    # It is a write, whose name has these parts.
    writes: bool
    parts: frozenset[str]
    # Tools that did something to the same thing before it.
    same: frozenset[str]
    # Words of the values that it was given.
    values: frozenset[str]


class Writing:
    """The first writes of runs, from their courses; each call is looked at once."""

    def __init__(self, courses: Courses) -> None:
        self._courses = courses
        self._told: dict[int, _Told | None] = {}

    def first(self, course: Course) -> dict[str, First]:
        """Each write of a run, at its first good call."""
        before: set[str] = set()
        topics: dict[str, frozenset[str]] = {}
        first: dict[str, First] = {}
        for row, number in enumerate(course.calls):
            told = self._of(number)
            if told is None:
                continue
            if told.writes and told.tool not in first:
                parts = told.parts
                alike = (
                    tool for tool, its in topics.items() if not its.isdisjoint(parts)
                )
                first[told.tool] = First(row, frozenset(before), told.same.union(alike))
            before.add(told.tool)
            if told.values:
                topics[told.tool] = topics.get(told.tool, told.values) | told.values
        return first

    def _of(self, number: int) -> _Told | None:
        if number not in self._told:
            self._told[number] = _told(self._courses.known[number])
        return self._told[number]


def _told(call: Call) -> _Told | None:
    """What a call says; a failed one says nothing."""
    if call.failing:
        return None
    values = [
        _parts(feature.partition("=")[2])
        for feature in call.features
        if feature.startswith("val:")
    ]
    return _Told(
        tool=call.tool,
        writes=writes(call.tool),
        parts=_parts(call.tool),
        same=frozenset(one[4:] for one in call.features if one.startswith("did:")),
        values=frozenset[str]().union(*values),
    )


@lru_cache(maxsize=8_192)
def _parts(name: str) -> frozenset[str]:
    return frozenset(
        part for part in re.split(r"[\W_]+", name.lower()) if len(part) > 3
    )


def _compared(
    pair: _Pair, tables: Counter[Table], related: int, limits: Thresholds
) -> Iterator[Silence]:
    a, b, c, d = (
        sum(table[cell] * times for table, times in tables.items()) for cell in range(4)
    )
    if a + b < limits.silent_runs or c + d < limits.silent_runs:
        return
    if related < limits.silent_related * (c + d):
        return
    check, write = pair
    strata = mantel_haenszel(dict(sorted(tables.items())))
    yield Silence(check, write, strata, (a, b, c, d), Support())
