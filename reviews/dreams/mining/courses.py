"""Courses: what every run called, as numbers in one vocabulary, kept small for all runs.

Each digest has a table of words of its own, and decoding all of them for every question costs
more than most questions. Far fewer calls are different than are made: each is kept once here,
a run is the row of their numbers, and what a question finds out about a call it asks once.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from reviews.dreams.mining.calls import Call, call_of
from reviews.dreams.mining.digests import Brief, rank_of

# What people or programs say of something: that it should be so, was wrong, is no more, broke
# a linter's rule; that a tool was halted, and that somebody told why.
Said = Literal["wish", "remark", "obsolete", "check", "halt", "stop"]


class Course(msgspec.Struct, frozen=True, gc=False):
    """One run as the row of its calls."""

    # In the state, counted from 0.
    place: int
    # A hash, so that nobody chooses.
    rank: bytes
    day: str
    agent: str
    trace: str
    # By number, in the order of groups.
    group: int
    person: str
    outcome: str
    # It met no tool error that could explain how it was rated.
    smooth: bool
    # Numbers of calls, in the order of the digest's rows.
    calls: "array[int]"
    # The tools of its good calls in order; one again and again is named once.
    tools: tuple[str, ...]

    @property
    def is_bad(self) -> bool:
        return self.outcome == "failure"

    @property
    def is_telling(self) -> bool:
        """Whether how it was rated says something of what was done or left out."""
        return self.outcome != "" and self.smooth


class Names:
    """What many runs have in common, kept once."""

    def __init__(self) -> None:
        known: dict[Any, Any] = {}
        # Called with the same twice: without a detour, for where it is asked very often.
        self.same = known.setdefault

    def __call__[T](self, one: T) -> T:
        """The same as was given, and the very same as before."""
        known: T = self.same(one, one)
        return known


class Courses:
    """Every run's course, in the order of the state, and the calls that they are made of."""

    def __init__(self) -> None:
        self.runs: list[Course] = []
        # Each call by its number.
        self.known: list[Call] = []
        # Places of the runs that called a tool, well or not, in order.
        self.using: defaultdict[str, array[int]] = defaultdict(_numbers)
        # Places of the runs in which something was said, by what and of what.
        self.said: defaultdict[tuple[Said, str], array[int]] = defaultdict(_numbers)
        # Places of runs in which calls failed, that went in loops, and in which somebody
        # lacked something.
        self.failing, self.looping, self.lacking = _numbers(), _numbers(), _numbers()
        # By name.
        self._numbers: dict[int, int] = {}
        # By number: the tool, and whether the call went well.
        self._tools: list[str] = []
        self._good: list[bool] = []
        self._once = Names()

    @classmethod
    def made_of(cls, digests: Iterable[Brief]) -> "Courses":
        """The courses of some digests, in their order; equal groups follow each other."""
        courses, group, number = cls(), "", 0
        for digest in digests:
            if not courses.runs or digest.group != group:
                group, number = digest.group, number + 1
            courses.add(digest, number)
        return courses

    def add(self, digest: Brief, group: int) -> Course:
        """Take in one run, of the group with this number."""
        place, once = len(self.runs), self._once.same
        numbers, used, good, last = self._calls(digest), set[str](), [], ""
        for number in numbers:
            tool = self._tools[number]
            used.add(tool)
            if tool != last and self._good[number]:
                good.append(tool)
                last = tool
        course = Course(
            place=place,
            rank=rank_of(digest.agent, digest.trace),
            day=once(digest.day, digest.day),
            agent=once(digest.agent, digest.agent),
            trace=digest.trace,
            group=group,
            person=once(digest.person, digest.person),
            outcome=once(digest.outcome, digest.outcome),
            smooth=not digest.faults or all(one.transient for one in digest.faults),
            calls=array("I", numbers),
            tools=tuple(good),
        )
        self.runs.append(course)
        for tool in used:
            self.using[tool].append(place)
        if digest.faults:
            self.failing.append(place)
        if digest.loops:
            self.looping.append(place)
        if digest.lacks:
            self.lacking.append(place)
        # Most runs are silent here.
        if (
            digest.sayings
            or digest.remarks
            or digest.obsolete
            or digest.checks
            or digest.halts
        ):
            for said in set(_said(digest)):
                self.said[said].append(place)
        return course

    def calls(self, course: Course) -> Iterator[Call]:
        """The calls of a run, in order."""
        return map(self.known.__getitem__, course.calls)

    def at(self, places: Iterable[int]) -> Iterator[Course]:
        """The runs at some places."""
        return map(self.runs.__getitem__, places)

    def callers(self, *tools: str) -> Iterator[Course]:
        """The runs that called any of these tools, well or not, in order."""
        return self.at(_union([self.using[one] for one in tools if one in self.using]))

    def of(self, kind: Said, *subjects: str) -> Iterator[Course]:
        """The runs in which this was said of any of these subjects, in order."""
        keys = [(kind, one) for one in subjects]
        return self.at(_union([self.said[key] for key in keys if key in self.said]))

    def _calls(self, digest: Brief) -> list[int]:
        """The number of each call: a new one for a call that no run has made before."""
        named = array("Q", digest.calls)
        try:
            return [self._numbers[name] for name in named]
        except KeyError:
            rows = digest.rows
            for name, row in zip(named, rows, strict=True):
                if name not in self._numbers:
                    self._numbers[name] = len(self.known)
                    self._know(call_of(digest.words, digest.faults, row))
            return [self._numbers[name] for name in named]

    def _know(self, call: Call) -> None:
        once = self._once
        tool, given = once(call.tool), once(call.given)
        features = tuple(map(once, call.features))
        self.known.append(Call(tool, given, features, once(call.failing)))
        self._tools.append(tool)
        self._good.append(call.failing is None)


def _said(digest: Brief) -> Iterator[tuple[Said, str]]:
    words = digest.words
    for wish in digest.sayings:
        yield "wish", words[wish.key]
    for remark in digest.remarks:
        yield "remark", words[remark.kind]
    for gone in digest.obsolete:
        yield "obsolete", words[gone.name]
    for check in digest.checks:
        yield "check", words[check.rule]
    for halt in digest.halts:
        yield "halt", words[halt.tool]
        if words[halt.reason]:
            yield "stop", words[halt.tool]


def _numbers() -> "array[int]":
    return array("I")


def _union(places: "Sequence[array[int]]") -> Iterable[int]:
    if len(places) == 1:
        return places[0]
    return sorted(set[int]().union(*places))
