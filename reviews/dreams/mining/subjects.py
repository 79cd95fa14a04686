"""Kinds of failure: what a tool said, in which groups, and what was done about it.

Failures whose words are alike are one kind; what several tools answer alike may be one
kind too, such as a record that another write has locked.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from reviews.dreams.mining.digests import Fault, Worded
from reviews.dreams.mining.masking import LEFT, RIGHT, cluster, first_similar
from reviews.dreams.mining.support import Support
from reviews.dreams.mining.thresholds import Thresholds

_NUMBER = f"{LEFT}number{RIGHT}"


class Subject:
    """One kind of failure: of one tool, or of several that answer alike."""

    def __init__(self, tools: Iterable[str], template: str) -> None:
        self.tools = tuple(sorted(tools))
        self.template = template
        self.members: set[tuple[str, str]] = set()
        self.support = Support()
        self.faults = 0
        self.transient = 0
        # Failures whose words came from outside, or give orders to a model.
        self.outside = 0
        self.recovered: set[str] = set()
        self.unchanged: set[str] = set()
        # Calls until the tool worked again, and failures that got there.
        self.calls_lost = 0
        self.overcome = 0
        self.changes: defaultdict[str, set[str]] = defaultdict(set)
        self.between: defaultdict[str, set[str]] = defaultdict(set)
        self.slots: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        # Tools that had worked before any of the failures: their absence explains nothing.
        self.preceded: set[str] = set()

    def add(self, digest: Worded, fault: Fault, before: set[str]) -> None:
        """Count one failed call."""
        words = digest.words
        spans = (fault.answer, fault.call, *((fault.fix,) if fault.fix else ()))
        self.support.add(digest, *spans)
        self.faults += 1
        self.transient += fault.transient
        self.outside += fault.answer.voice == "w" or fault.suspicious
        self.preceded |= before
        for kind, value in fault.slots:
            self.slots[words[kind], words[value]].add(digest.group)
        if fault.distance:
            self.recovered.add(digest.group)
            self.calls_lost += fault.distance
            self.overcome += 1
            for change in fault.changes:
                self.changes[words[change]].add(digest.group)
            for tool in fault.between:
                self.between[words[tool]].add(digest.group)
            if not fault.changes:
                self.unchanged.add(digest.group)

    def absorb(self, other: "Subject") -> None:
        """Become one with another that says the same."""
        self.members |= other.members
        self.support.absorb(other.support)
        self.faults += other.faults
        self.transient += other.transient
        self.outside += other.outside
        self.recovered |= other.recovered
        self.unchanged |= other.unchanged
        self.calls_lost += other.calls_lost
        self.overcome += other.overcome
        self.preceded |= other.preceded
        for mine, theirs in (
            (self.changes, other.changes), (self.between, other.between)
        ):  # fmt: skip
            for name, groups in theirs.items():
                mine[name] |= groups
        for slot, groups in other.slots.items():
            self.slots[slot] |= groups

    @property
    def said(self) -> str:
        """The template; a number that is the same every time belongs to the words."""
        found = [value for kind, value in self.slots if kind == "number"]
        if self.template.count(_NUMBER) == len(found) == 1 and len(found[0]) < 3:
            return self.template.replace(_NUMBER, found[0])
        return self.template

    def is_transient(self, limits: Thresholds) -> bool:
        """Whether most of the failures look like weather."""
        return self.transient >= limits.transient_share * self.faults

    @property
    def marks(self) -> str:
        """What tells the failures of this kind from all others, as one text."""
        return " ".join(sorted(mark(*member) for member in self.members))

    @property
    def changed_arguments(self) -> set[str]:
        """The arguments that a way out changed, added or left out."""
        return {change.split(":")[1] for change in self.changes}


def mark(tool: str, template: str) -> str:
    """A short name for what a tool said."""
    said = f"{tool}\0{template}".encode()
    return hashlib.blake2b(said, digest_size=6).hexdigest()


def merged(singles: Iterable[Subject], limits: Thresholds) -> list[Subject]:
    """Failures that say the same of one tool become one; heaviest first."""
    by_tool: defaultdict[str, list[Subject]] = defaultdict(list)
    for subject in singles:
        by_tool[subject.tools[0]].append(subject)
    kinds: list[Subject] = []
    for tool, found in sorted(by_tool.items()):
        weights = {one.template: len(one.support.groups) for one in found}
        led = cluster(weights, limits.template_ratio)
        leaders: dict[str, Subject] = {}
        for one in sorted(
            found, key=lambda each: (-weights[each.template], each.template)
        ):
            leader = led[one.template]
            if leader not in leaders:
                leaders[leader] = Subject([tool], leader)
            leaders[leader].absorb(one)
        kinds.extend(leaders.values())
    return sorted(kinds, key=_weight)


def pooled(found: Iterable[Subject], limits: Thresholds) -> list[Subject]:
    """Failures that several tools answer alike, as one: where a record is locked, say."""
    leaders: dict[str, list[Subject]] = {}
    for subject in sorted(found, key=_weight):
        leader = first_similar(subject.template, list(leaders), limits.pooled_ratio)
        leaders.setdefault(leader or subject.template, []).append(subject)
    pools = []
    for template, members in leaders.items():
        tools = {tool for one in members for tool in one.tools}
        if len(tools) > 1:
            pool = Subject(tools, template)
            for one in members:
                pool.absorb(one)
            pools.append(pool)
    return sorted(pools, key=_weight)


def _weight(subject: Subject) -> tuple[int, tuple[str, ...], str]:
    return (-len(subject.support.groups), subject.tools, subject.template)
