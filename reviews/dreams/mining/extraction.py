"""From digests to counts: what failed, what recurred, and who used what at all."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Set, Sized
from functools import cached_property
from itertools import groupby
from operator import add

from reviews.dreams.mining.courses import Course, Courses
from reviews.dreams.mining.digests import Brief
from reviews.dreams.mining.preferences import Heard
from reviews.dreams.mining.states import State
from reviews.dreams.mining.subjects import Subject
from reviews.dreams.mining.support import Support, ordinal
from reviews.dreams.mining.thresholds import Thresholds


class Recurrence:
    """Something that people or programs said again: stops, linter rules."""

    def __init__(self) -> None:
        self.support = Support()
        self.texts: Counter[str] = Counter()
        self.text_groups: defaultdict[str, set[str]] = defaultdict(set)
        self.tools: Counter[str] = Counter()
        self.times = 0


class Tally:
    """One pass over all digests: everything that is counted before any test.

    Runs of a group follow each other, so that groups are numbered as they come, and what
    is kept of each run is small.
    """

    def __init__(self, limits: Thresholds) -> None:
        self.limits = limits
        self.runs = 0
        self.rated = 0
        self.groups = 0
        self.people: set[str] = set()
        # The newest day of each agent.
        self.newest: defaultdict[str, int] = defaultdict(int)
        # Runs of groups that have several.
        self.repeated = 0
        self.subjects: dict[tuple[str, str], Subject] = {}
        # Features that failing calls of a tool had.
        self.features: defaultdict[str, set[str]] = defaultdict(set)
        self.loops: defaultdict[str, Support] = defaultdict(Support)
        self.halts: defaultdict[str, Recurrence] = defaultdict(Recurrence)
        self.checks: defaultdict[str, Recurrence] = defaultdict(Recurrence)
        # By what it is about: everything that people asked for.
        self.heard: defaultdict[tuple[str, ...], Heard] = defaultdict(Heard)
        self.courses = Courses()
        # By the name of what people say is no more.
        self.obsolete: defaultdict[str, Recurrence] = defaultdict(Recurrence)
        # By kind: what people found wrong.
        self.remarks: defaultdict[str, Recurrence] = defaultdict(Recurrence)
        # Groups by (argument, tool that told its value) and by (name, tool that uses it).
        self.sources: defaultdict[tuple[str, str], array[int]] = defaultdict(_numbers)
        # As they came: by (names as one text, tool).
        self._answers: defaultdict[tuple[str, str], array[int]] = defaultdict(_numbers)
        # What is heard, by its key as one text.
        self._heard: dict[str, Heard] = {}
        self.groups_of: defaultdict[str, int] = defaultdict(int)
        self._group, self._of_group = "", 0
        self.coverage = [0, 0, 0, 0]
        self.faults = 0

    def read(self, digest: Brief) -> None:
        """Count one run."""
        self.runs += 1
        self.rated += digest.outcome != ""
        agent, person, day = digest.agent, digest.person, ordinal(digest.day)
        if self._number(digest.group):
            self.groups_of[person] += 1
        if day > self.newest[agent]:
            self.newest[agent] = day
        if person:
            self.people.add(person)
        self.coverage = list(map(add, self.coverage, digest.coverage))
        course = self.courses.add(digest, self.groups)
        if digest.faults:
            self._read_faults(digest, course)
        if digest.loops or digest.halts or digest.checks:
            self._read_recurrences(digest)
        self._read_remarks(digest)
        for said in digest.sayings:
            self._heard_as(digest.words[said.key]).add(digest, said)
        for gone in digest.obsolete:
            heard = self.obsolete[digest.words[gone.name]]
            heard.support.add(digest, gone.span)
            heard.texts[digest.words[gone.text]] += 1

    def _heard_as(self, key: str) -> Heard:
        heard = self._heard.get(key)
        if heard is None:
            heard = self._heard[key] = self.heard[tuple(key.split())]
        return heard

    def _number(self, group: str) -> bool:
        """Count the group, which is the one before or a new one."""
        new = group != self._group or not self.groups
        if new:
            self.groups += 1
            self._group, self._of_group = group, 0
        self._of_group += 1
        if self._of_group > 1:
            self.repeated += 2 if self._of_group == 2 else 1
        return new

    def _read_faults(self, digest: Brief, course: Course) -> None:
        before = set[str]()
        # One for each call that failed, in order.
        faults = iter(digest.faults)
        for call in self.courses.calls(course):
            if call.failing is None:
                before.add(call.tool)
                continue
            fault = next(faults)
            self.faults += 1
            if fault.checked:
                continue
            self.features[call.tool].update(call.features)
            key = (call.tool, call.failing.template)
            if key not in self.subjects:
                self.subjects[key] = Subject([key[0]], key[1])
                self.subjects[key].members.add(key)
            self.subjects[key].add(digest, fault, before)

    def _read_remarks(self, digest: Brief) -> None:
        words = digest.words
        for remark in digest.remarks:
            heard = self.remarks[words[remark.kind]]
            heard.times += 1
            heard.support.add(digest, remark.span)
            heard.texts[words[remark.text]] += 1
        # Each group once: there are many of these.
        group = self.groups
        for argument, tool in digest.sources:
            groups = self.sources[words[argument], words[tool]]
            if not groups or groups[-1] != group:
                groups.append(group)
        for tool, names in digest.answers:
            groups = self._answers[words[names], words[tool]]
            if not groups or groups[-1] != group:
                groups.append(group)

    def _read_recurrences(self, digest: Brief) -> None:
        words = digest.words
        for loop in digest.loops:
            self.loops[words[loop.tool]].add(digest, loop.call, loop.answer)
        for halt in digest.halts:
            heard = self.halts[words[halt.tool]]
            heard.times += 1
            if words[halt.reason]:
                heard.support.add(digest, halt.said)
                heard.texts[words[halt.reason]] += 1
        for check in digest.checks:
            heard = self.checks[words[check.rule]]
            heard.times += 1
            heard.support.add(digest, check.said)
            heard.texts[words[check.template]] += 1
            heard.text_groups[words[check.template]].add(digest.group)
            heard.tools[words[check.tool]] += 1

    @cached_property
    def usage(self) -> dict[str, "array[int]"]:
        """Groups that used a tool at all, by number, in order."""
        return {
            tool: array("I", [group for group, _ in groupby(self._groups_at(places))])
            for tool, places in self.courses.using.items()
        }

    def _groups_at(self, places: Iterable[int]) -> Iterator[int]:
        return (course.group for course in self.courses.at(places))

    @cached_property
    def answers(self) -> dict[tuple[str, str], "array[int]"]:
        """Groups by (name, tool whose answers use it)."""
        parts: defaultdict[tuple[str, str], list[array[int]]] = defaultdict(list)
        for (names, tool), groups in self._answers.items():
            for name in names.split():
                parts[name, tool].append(groups)
        # One union at a time: there are many names.
        return {
            key: array("I", sorted(set[int]().union(*held)))
            for key, held in parts.items()
        }

    @property
    def agents(self) -> Set[str]:
        return self.newest.keys()

    def users(self, tools: Iterable[str]) -> Sized:
        """The groups that used any of these tools: the denominator."""
        used = [self.usage[tool] for tool in sorted(set(tools)) if tool in self.usage]
        return used[0] if len(used) == 1 else set[int]().union(*used)


def _numbers() -> "array[int]":
    return array("I")


def tally(state: State, limits: Thresholds) -> Tally:
    """Read every digest once."""
    counted = Tally(limits)
    for digest in state.briefs():
        counted.read(digest)
    state.courses = counted.courses
    return counted
