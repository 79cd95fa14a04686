"""Silent mistakes: a check left out before a write, that no tool complains about.

They show only in outcomes, which are noisy and confounded. So: rated runs without a tool
error, a check that is about the same thing as the write, compared within strata (the same
task, else the same set of writes); and only a large, significant difference counts.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from reviews.dreams.mining.digests import Digest
from reviews.dreams.mining.extraction import Tally
from reviews.dreams.mining.states import State
from reviews.dreams.mining.statistics import Strata, Table, mantel_haenszel
from reviews.dreams.mining.support import Support
from reviews.dreams.mining.thresholds import Thresholds
from reviews.dreams.mining.tools import is_meta, writes

_Pair = tuple[str, str]
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


class _Arms:
    """Runs of one pair, by stratum. Strata that are closed are kept by their table only."""

    def __init__(self) -> None:
        self.strata: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        self.closed: Counter[Table] = Counter()
        self.support = Support()
        # Runs in which the check was about the same thing as the write.
        self.related = 0

    def add(self, stratum: str, cell: int, *, closing: bool) -> None:
        if closing and stratum not in self.strata:
            self.close()
        self.strata[stratum][cell] += 1

    def close(self) -> None:
        self.closed.update((a, b, c, d) for a, b, c, d in self.strata.values())
        self.strata.clear()


def silences(state: State, counted: Tally, limits: Thresholds) -> list[Silence]:
    """Every comparison that has enough runs in both arms, to be tested together."""
    if not counted.rated:
        return []
    by_group = 2 * counted.repeated >= counted.runs
    checks = _checks(counted)
    arms: defaultdict[_Pair, _Arms] = defaultdict(_Arms)
    for digest in state.digests():
        if is_telling(digest):
            _read(digest, checks[digest.agent], arms, by_group=by_group)
    return [
        found
        for pair, one in sorted(arms.items())
        for found in _compared(pair, one, limits)
    ]


def plain(found: list[Silence], limits: Thresholds) -> list[Silence]:
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
    return list(for_write.values())


def is_telling(digest: Digest) -> bool:
    """Whether a run is rated and met no tool error that could explain its rating."""
    return digest.outcome != "" and all(fault.transient for fault in digest.faults)


class First(msgspec.Struct, frozen=True):
    """The first good call of a write: its row, what came before, on what it acts."""

    row: int
    before: frozenset[str]
    # Checks that were about the same thing.
    related: frozenset[str]


def _checks(counted: Tally) -> defaultdict[str, set[str]]:
    """What each agent can look up: nobody leaves out a check that they do not have."""
    checks: defaultdict[str, set[str]] = defaultdict(set)
    for course in counted.courses:
        checks[course.agent].update(course.tools)
    for tools in checks.values():
        tools.difference_update([one for one in tools if writes(one) or is_meta(one)])
    return checks


def _read(
    digest: Digest, checks: set[str], arms: defaultdict[_Pair, _Arms], *, by_group: bool
) -> None:
    first = first_writes(digest)
    spans = {sample.row: sample.span for sample in digest.samples}
    stratum = digest.group if by_group else ",".join(sorted(first))
    for write, one in first.items():
        for check in checks:
            arm = arms[check, write]
            done = check in one.before
            cell = 2 * done + (_BAD if digest.outcome == "failure" else _FINE)
            arm.add(stratum, cell, closing=by_group)
            arm.related += done and check in one.related
            if cell == 0 and one.row in spans:
                arm.support.add(digest, spans[one.row])


def first_writes(digest: Digest) -> dict[str, First]:
    """Each write of a run, at its first good call."""
    words = digest.words
    before: set[str] = set()
    topics: defaultdict[str, set[str]] = defaultdict(set)
    first: dict[str, First] = {}
    for number, row in enumerate(digest.rows):
        tool = words[row.tool]
        if row.fault >= 0:
            continue
        features = [words[feature] for feature in row.features]
        if writes(tool) and tool not in first:
            same = {
                one.removeprefix("did:") for one in features if one.startswith("did:")
            }
            about = {one for one in before if topics[one] & _parts(tool)}
            first[tool] = First(number, frozenset(before), frozenset(same | about))
        before.add(tool)
        for feature in features:
            if feature.startswith("val:"):
                topics[tool] |= _parts(feature.partition("=")[2])
    return first


@lru_cache(maxsize=8_192)
def _parts(name: str) -> frozenset[str]:
    return frozenset(
        part for part in re.split(r"[\W_]+", name.lower()) if len(part) > 3
    )


def _compared(pair: _Pair, arms: _Arms, limits: Thresholds) -> Iterator[Silence]:
    arms.close()
    a, b, c, d = (
        sum(table[cell] * times for table, times in arms.closed.items())
        for cell in range(4)
    )
    if a + b < limits.silent_runs or c + d < limits.silent_runs:
        return
    if arms.related < limits.silent_related * (c + d):
        return
    check, write = pair
    yield Silence(
        check, write, mantel_haenszel(arms.closed), (a, b, c, d), arms.support
    )
