"""Contrasts: what failing calls have that good calls of the same tool lack.

Only features that pass a gate of relevance are tested at all: a feature that has nothing
to do with the failure can be significant and still be junk. All counts are of groups.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from reviews.dreams.mining.digests import Digest, Row
from reviews.dreams.mining.extraction import Tally
from reviews.dreams.mining.states import State
from reviews.dreams.mining.statistics import fisher
from reviews.dreams.mining.subjects import Subject
from reviews.dreams.mining.thresholds import Thresholds
from reviews.dreams.mining.tools import is_meta, writes

_Cell = tuple[bool, bool]


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


class _Counts:
    """Groups by outcome for one subject: streamed, one group at a time."""

    def __init__(self, subject: Subject, wanted: Iterable[Feature]) -> None:
        self.subject = subject
        self.wanted = sorted(wanted)
        self.names = {feature.name for feature in self.wanted}
        self.tools = set(subject.tools)
        self.group = ""
        # By (has the feature, failed): how many groups, and whether this one.
        cells = [(has, failed) for has in (True, False) for failed in (True, False)]
        self.totals: dict[_Cell, Counter[str]] = {cell: Counter() for cell in cells}
        self.seen: dict[_Cell, set[str]] = {cell: set() for cell in cells}

    def read(self, group: str, tool: str, template: str, features: set[str]) -> None:
        """Count one call: a failure of another kind says nothing."""
        failed = template != ""
        if failed and (tool, template) not in self.subject.members:
            return
        if group != self.group:
            self.close()
            self.group = group
        # A tool's own success is no reason for its failure.
        names = self.names - {f"did:{tool}"}
        self.seen[True, failed] |= names & features
        self.seen[False, failed] |= names - features

    def close(self) -> None:
        """End a group."""
        for cell, names in self.seen.items():
            if names:
                self.totals[cell].update(names)
                names.clear()

    def contrasts(self, limits: Thresholds) -> Iterator[Contrast]:
        """Each relevant feature that both outcomes could show."""
        self.close()
        for feature in self.wanted:
            has, name = feature.present, feature.name
            one = Contrast(
                feature,
                self.totals[has, True][name],
                self.totals[has, False][name],
                self.totals[not has, True][name],
                self.totals[not has, False][name],
            )
            if one.a and one.b + one.d and _still_relevant(one, self.subject, limits):
                one.p = fisher(one.a, one.b, one.c, one.d)
                yield one


def contrasts(
    state: State, counted: Tally, found: Sequence[Subject], limits: Thresholds
) -> list[list[Contrast]]:
    """Test every relevant feature of every subject.

    For each subject, in order: its contrasts, strongest first. Their q values are given by
    whoever knows all tests of the dream.
    """
    counts = [_Counts(one, gated(one, counted, limits)) for one in found]
    by_tool: defaultdict[str, list[_Counts]] = defaultdict(list)
    for one in counts:
        for tool in one.tools if one.wanted else ():
            by_tool[tool].append(one)
    for digest in state.digests() if by_tool else ():
        _read(digest, by_tool)
    return [
        sorted(
            one.contrasts(limits),
            key=lambda each: (each.p, -each.difference, each.feature),
        )
        for one in counts
    ]


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


def _read(digest: Digest, by_tool: dict[str, list[_Counts]]) -> None:
    words = digest.words
    before: set[str] = set()
    for row in digest.rows:
        tool = words[row.tool]
        if tool in by_tool:
            features = _features(row, words, before)
            template = (
                words[digest.faults[row.fault].template] if row.fault >= 0 else ""
            )
            for one in by_tool[tool]:
                one.read(digest.group, tool, template, features)
        if row.fault < 0:
            before.add(tool)


def _features(row: Row, words: Sequence[str], before: set[str]) -> set[str]:
    features = {words[number] for number in row.features}
    features.update(f"has:{name}" for name in words[row.given].split(","))
    features.update(f"after:{tool}" for tool in before)
    return features


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
