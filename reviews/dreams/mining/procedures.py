"""Procedures: what good runs do before one write, more and more of them alike.

An anchor is a tool that changes something. What precedes it in nearly every good run, and
is rarer where the anchor is not called, is a step towards it. Looked at are the newest
runs: convergence is about now.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property, lru_cache
from itertools import combinations, groupby, pairwise
from operator import attrgetter

import msgspec

from reviews.dreams.mining.courses import Course, Names
from reviews.dreams.mining.statistics import fisher
from reviews.dreams.mining.thresholds import Thresholds
from reviews.dreams.mining.tools import is_hand, is_meta, writes

# An agent, and the tools of a run.
_Kind = tuple[str, frozenset[str]]


class Procedure(msgspec.Struct, kw_only=True):
    """Steps towards an anchor, in levels: within one, any order will do."""

    anchor: str
    levels: tuple[tuple[str, ...], ...]
    followers: tuple[str, ...]
    # Groups with the anchor; those that went all the way, of how many, in the older and
    # in the newer half.
    groups: int
    # Runs that went all the way, by their place in the state.
    places: tuple[int, ...]
    early: tuple[int, int]
    late: tuple[int, int]

    @property
    def steps(self) -> tuple[str, ...]:
        """Every tool before the anchor, in order."""
        return tuple(tool for level in self.levels for tool in level)

    @property
    def tools(self) -> frozenset[str]:
        return frozenset((*self.steps, self.anchor, *self.followers))


class _Usage:
    """In how many groups of some runs each tool occurs."""

    def __init__(self) -> None:
        self.groups = 0
        self.seen: Counter[str] = Counter()

    @classmethod
    def of(
        cls, courses: Iterable[Course], tools: Callable[[Course], Iterable[str]]
    ) -> "_Usage":
        """Count runs one group after the other, so that no group has to be remembered."""
        usage = cls()
        for _, its in groupby(courses, key=attrgetter("group")):
            usage.groups += 1
            usage.seen.update({tool for one in its for tool in tools(one)})
        return usage

    def share(self, tool: str) -> float:
        """Of the groups, the share in which the tool occurs."""
        return self.seen[tool] / self.groups

    def usual(self, limits: Thresholds) -> Iterator[str]:
        """Tools that occur in nearly all groups."""
        for tool in self.seen:
            meant = not (is_meta(tool) or is_hand(tool))
            if meant and self.share(tool) >= limits.procedure_share:
                yield tool

    def telling(self, elsewhere: "_Usage", limits: Thresholds) -> Iterator[str]:
        """Of these, the ones that are clearly less usual elsewhere."""
        for tool in self.usual(limits):
            here, share = self.seen[tool], self.share(tool)
            if share < limits.procedure_lift * elsewhere.share(tool):
                continue
            there = elsewhere.seen[tool]
            table = (here, self.groups - here, there, elsewhere.groups - there)
            if fisher(*table) <= limits.procedure_p:
                yield tool


class _Way:
    """The runs to one anchor, in the order of groups."""

    def __init__(
        self,
        anchor: str,
        courses: Sequence[Course],
        ranks: Mapping[int, int],
        limits: Thresholds,
    ) -> None:
        self.anchor, self.limits = anchor, limits
        self.groups = len({one.group for one in courses})
        self.agents = {one.agent for one in courses}
        newest = sorted(ranks[one.place] for one in courses)[len(courses) // 2]
        self.old = [one for one in courses if ranks[one.place] < newest]
        self.new = [one for one in courses if ranks[one.place] >= newest]
        few = self.groups < limits.procedure_halved
        self.looked_at = courses if few else self.new

    def before(self, one: Course) -> tuple[str, ...]:
        """The calls before the anchor's first in a run."""
        return one.tools[: one.tools.index(self.anchor)]

    @cached_property
    def here(self) -> "_Usage":
        """What comes before."""
        return _Usage.of(self.looked_at, self.before)

    def may_be_procedure(self, tools: Iterable[str]) -> bool:
        """Whether these would be enough: to look around before acting is no procedure."""
        steps = [one for one in tools if not _is_its_own_order(one, self.anchor)]
        return len(steps) >= self.limits.procedure_steps and any(map(writes, steps))

    def preceding(self, elsewhere: "_Usage") -> list[str]:
        """Tools that nearly always come before, and are rarer elsewhere."""
        return sorted(
            tool
            for tool in self.here.telling(elsewhere, self.limits)
            if not _is_its_own_order(tool, self.anchor)
        )

    def following(self, elsewhere: "_Usage", steps: Sequence[str]) -> list[str]:
        """At most two tools that nearly always come after."""
        here = _Usage.of(self.looked_at, self._after)
        kept = [one for one in here.telling(elsewhere, self.limits) if one not in steps]
        return sorted(kept, key=lambda tool: (-here.share(tool), tool))[:2]

    def _after(self, one: Course) -> set[str]:
        last = len(one.tools) - 1 - one.tools[::-1].index(self.anchor)
        return set(one.tools[last + 1 :])

    def ordered(self, steps: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """The steps in levels, by which comes first in most runs."""
        wins, wanted = Counter[tuple[str, str]](), set(steps)
        for one in self.looked_at:
            # The last place of each.
            places = {tool: place for place, tool in enumerate(self.before(one))}
            wins.update(
                combinations(sorted(wanted & places.keys(), key=places.__getitem__), 2)
            )
        line = sorted(
            steps,
            key=lambda tool: (
                -sum(wins[tool, other] > wins[other, tool] for other in steps),
                tool,
            ),
        )
        levels = [[line[0]]]
        for first, then in pairwise(line):
            both = wins[first, then] + wins[then, first]
            if both and wins[first, then] >= self.limits.procedure_order * both:
                levels.append([then])
            else:
                levels[-1].append(then)
        return tuple(tuple(level) for level in levels)

    def went(self, steps: Sequence[str], courses: Iterable[Course]) -> list[Course]:
        """The runs that took every step."""
        wanted = frozenset(steps)
        return [one for one in courses if _went(one.tools, self.anchor, wanted)]


class _Elsewhere:
    """What runs without an anchor use: groups that are alike are counted together.

    There are far fewer kinds of groups than groups.
    """

    def __init__(self, good: Iterable[Course], limits: Thresholds) -> None:
        self.limits = limits
        self.kinds: Counter[frozenset[_Kind]] = Counter()
        once = Names()
        for _, its in groupby(good, key=attrgetter("group")):
            kinds = ((one.agent, once(frozenset(one.tools))) for one in its)
            self.kinds[frozenset(kinds)] += 1

    def than(self, anchor: str, agents: Set[str]) -> _Usage | None:
        """How often each tool occurs in runs without the anchor.

        Of these agents, or, where those always call it, of all. None where there are too
        few: with nothing to compare, nothing is known to be a step.
        """
        own = self._usage(anchor, agents)
        if own.groups >= self.limits.procedure_groups:
            return own
        of_all = self._usage(anchor, None)
        return of_all if of_all.groups >= self.limits.procedure_groups else None

    def _usage(self, anchor: str, agents: Set[str] | None) -> _Usage:
        usage = _Usage()
        for kinds, times in self.kinds.items():
            without = [
                tools
                for agent, tools in kinds
                if anchor not in tools and (agents is None or agent in agents)
            ]
            if without:
                usage.groups += times
                for tool in frozenset().union(*without):
                    usage.seen[tool] += times
        return usage


def procedures(courses: Sequence[Course], limits: Thresholds) -> list[Procedure]:
    """Every procedure that enough good runs of several people share, largest first."""
    good = [one for one in courses if not one.is_bad]
    anchored: defaultdict[str, list[Course]] = defaultdict(list)
    for one in good:
        for tool in set(one.tools):
            if _may_be_anchor(tool):
                anchored[tool].append(one)
    elsewhere = _Elsewhere(good, limits)
    by_age = sorted(good, key=attrgetter("day", "agent", "trace"))
    ranks = {one.place: rank for rank, one in enumerate(by_age)}
    found = []
    for anchor, its in sorted(anchored.items()):
        if len(its) >= limits.procedure_runs:
            found += _procedure(_Way(anchor, its, ranks, limits), elsewhere, limits)
    return _largest(found, limits)


@lru_cache(maxsize=4_096)
def _may_be_anchor(tool: str) -> bool:
    """Whether a call changes something, and is no means of the agent's own."""
    return writes(tool) and not (is_meta(tool) or is_hand(tool))


def _went(tools: Sequence[str], anchor: str, steps: frozenset[str]) -> bool:
    """Whether every step was taken before the first call of the anchor."""
    return anchor in tools and steps.issubset(tools[: tools.index(anchor)])


def _procedure(way: _Way, runs: _Elsewhere, limits: Thresholds) -> list[Procedure]:
    # What all runs use takes longest to find out.
    may_be = way.may_be_procedure(way.here.usual(limits))
    elsewhere = runs.than(way.anchor, way.agents) if may_be else None
    steps = way.preceding(elsewhere) if elsewhere else []
    if elsewhere is None or not way.may_be_procedure(steps):
        return []
    gone_before, gone_lately = (way.went(steps, half) for half in (way.old, way.new))
    all_the_way = [*gone_before, *gone_lately]
    groups = {one.group for one in all_the_way}
    people = {one.person for one in all_the_way if one.person}
    agents = {one.agent for one in all_the_way}
    if (
        len(groups) < limits.procedure_groups
        or len(all_the_way) < limits.procedure_runs
    ):
        return []
    if max(len(people), len(agents)) < limits.people:
        return []
    early, late = _part(gone_before, way.old), _part(gone_lately, way.new)
    if _ratio(late) < limits.procedure_late:
        return []
    if _ratio(late) < _ratio(early) - limits.procedure_fading:
        return []
    return [
        Procedure(
            anchor=way.anchor,
            levels=way.ordered(steps),
            followers=tuple(way.following(elsewhere, steps)),
            groups=way.groups,
            places=tuple(sorted(one.place for one in all_the_way)),
            early=early,
            late=late,
        )
    ]


def _largest(found: list[Procedure], limits: Thresholds) -> list[Procedure]:
    """Without those whose steps are nearly all in a larger one."""
    kept: list[Procedure] = []
    for one in sorted(found, key=lambda each: (-len(each.tools), each.anchor)):
        same = limits.procedure_subsumed * len(one.tools)
        if not any(len(one.tools & larger.tools) >= same for larger in kept):
            kept.append(one)
    return kept


def _is_its_own_order(step: str, anchor: str) -> bool:
    """Whether a version control's own commands follow each other as they have to."""
    return {step.split()[0], anchor.split()[0]} == {"git"}


def _part(went: Sequence[Course], half: Sequence[Course]) -> tuple[int, int]:
    return len({one.group for one in went}), len({one.group for one in half})


def _ratio(part: tuple[int, int]) -> float:
    return part[0] / part[1] if part[1] else 0.0
