"""From digests to counts: what failed, what recurred, and who used what at all."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from reviews.dreams.mining.digests import Digest
from reviews.dreams.mining.preferences import Heard
from reviews.dreams.mining.procedures import Course, course
from reviews.dreams.mining.states import State
from reviews.dreams.mining.subjects import Subject
from reviews.dreams.mining.support import Support
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
    """One pass over all digests: everything that is counted before any test."""

    def __init__(self, limits: Thresholds) -> None:
        self.limits = limits
        self.runs = 0
        self.rated = 0
        self.groups: set[str] = set()
        self.people: set[str] = set()
        self.agents: set[str] = set()
        self.repeated_groups: Counter[str] = Counter()
        self.subjects: dict[tuple[str, str], Subject] = {}
        # Groups that used a tool at all.
        self.usage: defaultdict[str, set[str]] = defaultdict(set)
        # Features that failing calls of a tool had.
        self.features: defaultdict[str, set[str]] = defaultdict(set)
        self.loops: defaultdict[str, Support] = defaultdict(Support)
        self.halts: defaultdict[str, Recurrence] = defaultdict(Recurrence)
        self.checks: defaultdict[str, Recurrence] = defaultdict(Recurrence)
        # By what it is about: everything that people asked for.
        self.heard: defaultdict[tuple[str, ...], Heard] = defaultdict(Heard)
        self.courses: list[Course] = []
        # By the name of what people say is no more.
        self.obsolete: defaultdict[str, Recurrence] = defaultdict(Recurrence)
        self._names: dict[str, str] = {}
        self.coverage = [0, 0, 0, 0]
        self.faults = 0

    def read(self, digest: Digest) -> None:
        """Count one run."""
        self.runs += 1
        self.rated += digest.outcome != ""
        self.groups.add(digest.group)
        self.repeated_groups[digest.group] += 1
        self.agents.add(digest.agent)
        if digest.person:
            self.people.add(digest.person)
        self.coverage = [
            a + b for a, b in zip(self.coverage, digest.coverage, strict=True)
        ]
        self._read_rows(digest)
        self._read_recurrences(digest)
        self.courses.append(course(digest, self._names))
        for said in digest.sayings:
            key = tuple(digest.words[said.key].split())
            self.heard[key].add(digest, said)
        for gone in digest.obsolete:
            heard = self.obsolete[digest.words[gone.name]]
            heard.support.add(digest, gone.span)
            heard.texts[digest.words[gone.text]] += 1

    def _read_rows(self, digest: Digest) -> None:
        words, before = digest.words, set[str]()
        for row in digest.rows:
            tool = words[row.tool]
            self.usage[tool].add(digest.group)
            if row.fault < 0:
                before.add(tool)
                continue
            fault = digest.faults[row.fault]
            self.faults += 1
            if fault.checked:
                continue
            self.features[tool].update(words[number] for number in row.features)
            key = (tool, words[fault.template])
            if key not in self.subjects:
                self.subjects[key] = Subject([tool], key[1])
                self.subjects[key].members.add(key)
            self.subjects[key].add(digest, fault, before)

    def _read_recurrences(self, digest: Digest) -> None:
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

    def users(self, tools: Iterable[str]) -> set[str]:
        """The groups that used any of these tools: the denominator."""
        return {group for tool in tools for group in self.usage.get(tool, ())}


def tally(state: State, limits: Thresholds) -> Tally:
    """Read every digest once."""
    counted = Tally(limits)
    for digest in state.digests():
        counted.read(digest)
    return counted
