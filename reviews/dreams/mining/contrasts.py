"""Contrasts: what failing calls have that good calls of the same tool lack.

Only features that pass a gate of relevance are tested at all: a feature that has nothing
to do with the failure can be significant and still be junk. All counts are of groups.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

import msgspec

from reviews.dreams.mining.calls import Call
from reviews.dreams.mining.courses import Courses
from reviews.dreams.mining.extraction import Tally
from reviews.dreams.mining.statistics import fisher
from reviews.dreams.mining.subjects import Subject
from reviews.dreams.mining.thresholds import Thresholds
from reviews.dreams.mining.tools import is_meta, writes


class Feature(msgspec.Struct, frozen=True, order=True):
    """Something about a call: ``present`` says whether having it or lacking it is the risk."""

    name: str
    present: bool = True

    @property
    def kind(self) -> str:
        return self.name.split(":", 1)[0]

    @property
    def subject(self) -> str:
        """The argument or the tool that it speaks of."""
        return self.name.split(":", 1)[1].split("=", 1)[0]

    @property
    def value(self) -> str:
        return self.name.partition("=")[2]


class Contrast(msgspec.Struct):
    """A two by two table of groups: with the risk (failing, fine), without (failing, fine)."""

    feature: Feature
    a: int
    b: int
    c: int
    d: int
    p: float = 1.0
    q: float = 1.0

    @property
    def difference(self) -> float:
        """Failing share with the risk, minus failing share without."""
        with_, without = self.a + self.b, self.c + self.d
        return (self.a / with_ if with_ else 0.0) - (
            self.c / without if without else 0.0
        )

    @property
    def failing(self) -> float:
        """The share of groups with the risk that failed."""
        return self.a / (self.a + self.b) if self.a + self.b else 0.0

    @property
    def is_total(self) -> bool:
        """Without the risk nothing failed, with it nothing went well."""
        return self.b == 0 and self.c == 0

    @property
    def explained(self) -> float:
        """The share of failing groups that have the risk."""
        return self.a / (self.a + self.c) if self.a + self.c else 0.0


class _Cells:
    """Of calls that ended one way: how many groups had a feature, and how many lacked it.

    A group may do both. Few features are had and many are lacked, so what groups of one
    tool lacked is worked out from what all their calls had.
    """

    def __init__(self, names: Mapping[str, set[str]]) -> None:
        # The features that are looked at, by tool.
        self._names = names
        self._had: Counter[str] = Counter()
        self._lacked: Counter[str] = Counter()
        self._groups: Counter[str] = Counter()
        self._always: defaultdict[str, Counter[str]] = defaultdict(Counter)
        # Of the group that is being read: what some call had, and what all of a tool's had.
        self._some: set[str] = set()
        self._all: dict[str, Set[str]] = {}

    def add(self, tool: str, had: Set[str]) -> None:
        """Count one call of the group by what it had of the features that are looked at."""
        self._some |= had
        self._all[tool] = self._all[tool] & had if tool in self._all else had

    def close(self) -> None:
        """End a group."""
        if not self._all:
            return
        self._had.update(self._some)
        if len(self._all) == 1:
            [(tool, always)] = self._all.items()
            self._groups[tool] += 1
            self._always[tool].update(always)
        else:
            lacked = (self._names[tool] - its for tool, its in self._all.items())
            self._lacked.update(set[str]().union(*lacked))
        self._some.clear()
        self._all.clear()

    def of(self, name: str) -> tuple[int, int]:
        """The groups that had a feature, and the groups that lacked it."""
        lacked = self._lacked[name] + sum(
            groups - self._always[tool][name]
            for tool, groups in self._groups.items()
            if name in self._names[tool]
        )
        return self._had[name], lacked


class _Counts:
    """Groups by outcome for one subject: streamed, one group at a time."""

    def __init__(self, subject: Subject, wanted: Iterable[Feature]) -> None:
        self.subject = subject
        self.wanted = sorted(wanted)
        every = {feature.name for feature in self.wanted}
        # A tool's own success is no reason for its failure.
        self.names = {tool: every - {f"did:{tool}"} for tool in subject.tools}
        # Those that tell which tools worked before, by tool.
        self.after = {
            feature.subject: feature.name
            for feature in self.wanted
            if feature.kind == "after"
        }
        # What each call has of all this, by its number.
        self._had: dict[int, Set[str]] = {}
        self.group = 0
        self.failing, self.fine = _Cells(self.names), _Cells(self.names)

    def read(self, group: int, number: int, call: Call, before: Set[str]) -> None:
        """Count one call, good or failed in the way of the subject."""
        if group != self.group:
            self.close()
            self.group = group
        had: Set[str] | None = self._had.get(number)
        if had is None:
            had = self._had[number] = self.names[call.tool] & call.all_features()
        if self.after:
            its = self.after.keys() & before
            had = had | {self.after[tool] for tool in its} if its else had
        (self.failing if call.failing else self.fine).add(call.tool, had)

    def close(self) -> None:
        """End a group."""
        self.failing.close()
        self.fine.close()

    def contrasts(self, limits: Thresholds) -> Iterator[Contrast]:
        """Each relevant feature that both outcomes could show."""
        self.close()
        for feature in self.wanted:
            failing, fine = self.failing.of(feature.name), self.fine.of(feature.name)
            if not feature.present:
                failing, fine = failing[::-1], fine[::-1]
            one = Contrast(feature, failing[0], fine[0], failing[1], fine[1])
            if one.a and one.b + one.d and _still_relevant(one, self.subject, limits):
                one.p = fisher(one.a, one.b, one.c, one.d)
                yield one


def contrasts(
    counted: Tally, found: Sequence[Subject], limits: Thresholds
) -> list[list[Contrast]]:
    """Test every relevant feature of every subject.

    For each subject, in order: its contrasts, strongest first. Their q values are given by
    whoever knows all tests of the dream.
    """
    counts = [_Counts(one, gated(one, counted, limits)) for one in found]
    _read(counted.courses, [one for one in counts if one.wanted])
    return [
        sorted(
            one.contrasts(limits),
            key=lambda each: (each.p, -each.difference, each.feature),
        )
        for one in counts
    ]


def _read(courses: Courses, counts: Sequence[_Counts]) -> None:
    """Bring every call to the subjects that it tells something of."""
    by_tool: defaultdict[str, list[_Counts]] = defaultdict(list)
    # A failure of another kind says nothing.
    by_failure: defaultdict[tuple[str, str], list[_Counts]] = defaultdict(list)
    for one in counts:
        for tool in one.subject.tools:
            by_tool[tool].append(one)
        for member in one.subject.members:
            by_failure[member].append(one)
    told: list[Sequence[_Counts]] = [
        by_failure.get((call.tool, call.failing.template), ())
        if call.failing
        else by_tool.get(call.tool, ())
        for call in courses.known
    ]
    for course in courses.callers(*by_tool):
        before: set[str] = set()
        for number in course.calls:
            call = courses.known[number]
            for one in told[number]:
                one.read(course.group, number, call, before)
            if not call.failing:
                before.add(call.tool)


def gated(subject: Subject, counted: Tally, limits: Thresholds) -> set[Feature]:
    """The features that may have to do with this failure."""
    few = len(subject.support.groups) < limits.groups_if_total
    if few or subject.outside or subject.is_transient(limits):
        return set()
    changed = subject.changed_arguments
    told = {kind for kind, _ in subject.slots} | set(
        re.findall(r"\w+", subject.template)
    )
    wanted = set()
    for name in _row_features(counted, subject):
        feature = Feature(name)
        if feature.kind in {"src", "val", "shape"}:
            if feature.subject in changed or feature.subject in told:
                wanted.add(feature)
        elif feature.kind == "did" and writes(feature.subject):
            wanted.add(feature)
    for change, groups in subject.changes.items():
        kind, _, rest = change.partition(":")
        if kind == "added" and 2 * len(groups) >= len(subject.recovered):
            wanted.add(Feature(f"has:{rest.split(':')[0]}", present=False))
    return wanted | set(_preconditions(subject, counted))


def _row_features(counted: Tally, subject: Subject) -> set[str]:
    return {name for tool in subject.tools for name in counted.features.get(tool, ())}


def _preconditions(subject: Subject, counted: Tally) -> Iterator[Feature]:
    """Tools whose absence before the call may be the risk."""
    words = {word.lower() for word in re.findall(r"[\w-]+", subject.template)}
    for tool in sorted(counted.usage):
        if tool in subject.tools or is_meta(tool):
            continue
        named = tool.lower() in words
        if named or tool in subject.between or tool not in subject.preceded:
            yield Feature(f"after:{tool}", present=False)
        if named or tool in subject.between:
            yield Feature(f"did:{tool}", present=False)


def _still_relevant(one: Contrast, subject: Subject, limits: Thresholds) -> bool:
    """The gates that need counts."""
    failing = one.failing >= limits.shape_share
    if one.feature.kind == "shape":
        return failing
    if one.feature.kind == "after" and one.feature.subject not in subject.between:
        named = one.feature.subject.lower() in subject.template.lower()
        total = one.c == 0 and one.a >= limits.total_failing
        return named or (total and one.d >= limits.total_fine and failing)
    return True
