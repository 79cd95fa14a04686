"""From digests to patterns: what failed, how often, in which groups, and the way out.

The state is the set of digests itself, sorted by group and run. Folding in any order gives
the same state, and each pass decodes one digest at a time, so memory stays small.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from reviews.dreams.digests import Digest, Fault, decode, group_of, run_of
from reviews.dreams.masking import LEFT, RIGHT, cluster, first_similar
from reviews.dreams.support import Support
from reviews.dreams.thresholds import DEFAULTS, Thresholds

_NUMBER = f"{LEFT}number{RIGHT}"
_FIRST_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*|[A-Z]+(?![a-z])")
_READS = frozenset(
    [
        "get",
        "list",
        "search",
        "find",
        "read",
        "look",
        "lookup",
        "view",
        "fetch",
        "query",
        "check",
        "show",
        "describe",
        "calculate",
        "compute",
        "think",
        "grep",
        "glob",
        "ls",
        "cat",
        "count",
        "verify",
        "validate",
        "browse",
        "open",
        "inspect",
        "retrieve",
        "load",
        "select",
        "head",
        "tail",
        "status",
        "log",
        "diff",
        "web",
        "todo",
        "task",
        "ask",
        "preview",
        "estimate",
        "compare",
    ]
)
_META = frozenset(
    [
        "think",
        "todowrite",
        "task",
        "taskoutput",
        "taskcreate",
        "taskupdate",
        "exitplanmode",
        "enterplanmode",
        "askuserquestion",
        "agent",
        "toolsearch",
        "finish",
        "submit",
        "respond",
    ]
)


class State:
    """Digests, one per run, in canonical order."""

    def __init__(
        self, documents: Iterable[bytes] = (), most: int = DEFAULTS.runs_kept
    ) -> None:
        by_run: dict[bytes, bytes] = {}
        for document in documents:
            run = run_of(document)
            by_run[run] = max(by_run.get(run, b""), document)
            if len(by_run) > 2 * most:
                by_run = _lowest(by_run, most)
        by_run = _lowest(by_run, most)
        self.documents = tuple(
            sorted(by_run.values(), key=lambda one: (group_of(one), run_of(one)))
        )

    def __or__(self, other: "State") -> "State":
        return State((*self.documents, *other.documents))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and self.documents == other.documents

    def __hash__(self) -> int:
        return hash(self.documents)

    def __len__(self) -> int:
        return len(self.documents)

    def digests(self) -> Iterator[Digest]:
        """Each digest, groups together."""
        return map(decode, self.documents)


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

    def add(self, digest: Digest, fault: Fault, before: set[str]) -> None:
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
    def changed_arguments(self) -> set[str]:
        """The arguments that a way out changed, added or left out."""
        return {change.split(":")[1] for change in self.changes}


class Recurrence:
    """Something that people or programs said again: stops, linter rules."""

    def __init__(self) -> None:
        self.support = Support()
        self.texts: Counter[str] = Counter()
        self.text_groups: defaultdict[str, set[str]] = defaultdict(set)
        self.tools: Counter[str] = Counter()
        self.times = 0


class Usage:
    """Who used a tool at all: the denominators."""

    def __init__(self) -> None:
        self.groups: set[str] = set()
        self.people: set[str] = set()
        self.agents: set[str] = set()


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
        self.usage: defaultdict[str, Usage] = defaultdict(Usage)
        # Features that failing calls of a tool had.
        self.features: defaultdict[str, set[str]] = defaultdict(set)
        self.loops: defaultdict[str, Support] = defaultdict(Support)
        self.halts: defaultdict[str, Recurrence] = defaultdict(Recurrence)
        self.checks: defaultdict[str, Recurrence] = defaultdict(Recurrence)
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

    def _read_rows(self, digest: Digest) -> None:
        words, before = digest.words, set[str]()
        for row in digest.rows:
            tool = words[row.tool]
            used = self.usage[tool]
            used.groups.add(digest.group)
            used.agents.add(digest.agent)
            if digest.person:
                used.people.add(digest.person)
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
            self.loops[words[loop.tool]].add(digest, loop.last)
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

    def users(self, tools: Iterable[str]) -> Usage:
        """Who used any of these tools."""
        together = Usage()
        for tool in tools:
            if tool in self.usage:
                together.groups |= self.usage[tool].groups
                together.people |= self.usage[tool].people
                together.agents |= self.usage[tool].agents
        return together


def tally(state: State, limits: Thresholds) -> Tally:
    """Read every digest once."""
    counted = Tally(limits)
    for digest in state.digests():
        counted.read(digest)
    return counted


def subjects(counted: Tally, limits: Thresholds) -> list[Subject]:
    """Failures that say the same of one tool become one; heaviest first."""
    by_tool: defaultdict[str, list[Subject]] = defaultdict(list)
    for subject in counted.subjects.values():
        by_tool[subject.tools[0]].append(subject)
    merged: list[Subject] = []
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
        merged.extend(leaders.values())
    return sorted(merged, key=_weight)


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


def writes(tool: str) -> bool:
    """Whether a tool changes something; an unknown verb counts as changing."""
    bare = tool.rsplit("__", 1)[-1].rsplit(".", 1)[-1]
    verb = _FIRST_WORD.search(bare)
    return verb is None or verb.group().lower() not in _READS


def is_meta(tool: str) -> bool:
    """Whether a tool serves the agent's own bookkeeping."""
    return tool.lower() in _META


def _weight(subject: Subject) -> tuple[int, tuple[str, ...], str]:
    return (-len(subject.support.groups), subject.tools, subject.template)


def _lowest(by_run: dict[bytes, bytes], most: int) -> dict[bytes, bytes]:
    if len(by_run) <= most:
        return by_run
    return {run: by_run[run] for run in sorted(by_run)[:most]}
