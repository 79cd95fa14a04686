"""What a rule would have done to past runs, from their digests and its trigger alone.

A rule applies to a run where its trigger is true there. Of these runs some had the failure,
which the rule could have prevented at best; some went well, and would have been bothered
for nothing; and of the rest nobody knows.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from reviews.dreams.mining import lacks
from reviews.dreams.mining.digests import Digest, Fault, Row, decode, run_of
from reviews.dreams.mining.silences import first_writes
from reviews.dreams.mining.subjects import mark
from reviews.proposals.drafts import Draft

Verdict = Literal["failed", "fine", "rest"]
# Rules that only remind: heeding one where it was not needed costs a look, no detour.
REMINDERS = frozenset({"constraint", "slot", "stop", "check"})
# Rules that say what to do instead: bothering a run that went well is what they cost. A
# procedure is what people have settled on, whatever comes of going another way.
WEIGHED = frozenset({"error-fix", "order", "silent"})
# Runs of each verdict that can be looked at.
SHOWN = 20
# Sightings whose times are looked at.
SIGHTED = 300


class Run(msgspec.Struct, frozen=True, order=True):
    """One run, with its rank: a hash, so that nobody chooses which are shown."""

    rank: bytes
    agent: str
    trace: str
    person: str = ""


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of trying a rule on past runs."""

    applied: int = 0
    failed: int = 0
    fine: int = 0
    # Of those that had the failure: how many got out of it by themselves.
    recovered: int = 0
    # By verdict, the runs that are shown.
    runs: dict[Verdict, tuple[Run, ...]] = {}
    # Where the pattern was seen: for asking when, and by whom.
    sighted: tuple[Run, ...] = ()

    @property
    def rest(self) -> int:
        """Runs of which nobody knows."""
        return self.applied - self.failed - self.fine


def is_tryable(draft: Draft) -> bool:
    """Whether a draft says by machine where it applies."""
    return _judge_of(draft) is not None


def try_out(documents: Iterable[bytes], drafts: Sequence[Draft]) -> list[Tried]:
    """Try every draft on every run, in one pass; one that cannot be tried applies nowhere."""
    trials = [_Trial(draft) for draft in drafts]
    # By a word that a run has to hold before anything else is looked at.
    by_word: defaultdict[str, set[int]] = defaultdict(set)
    looping: set[int] = set()
    lacking: set[int] = set()
    for number, draft in enumerate(drafts):
        if "lack" in draft.trigger:
            lacking.add(number)
        elif draft.trigger.get("signal") == "loop":
            looping.add(number)
        for word in _words_of(draft):
            by_word[word].add(number)
    for document in documents if by_word or looping or lacking else ():
        digest = decode(document)
        met = {one for word in by_word.keys() & digest.words for one in by_word[word]}
        met |= looping if digest.loops else set()
        met |= lacking if digest.lacks else set()
        if met:
            read = _Read(digest)
            run = Run(run_of(document), digest.agent, digest.trace, digest.person)
            for number in met:
                trials[number].look(read, run)
    return [one.tried() for one in trials]


class _Read:
    """One digest, read once for all drafts."""

    def __init__(self, digest: Digest) -> None:
        self.digest = digest
        self.words = digest.words
        self.rows: dict[str, list[tuple[int, Row]]] = {}
        # Where each tool worked for the first time.
        self.worked: dict[str, int] = {}
        for number, row in enumerate(digest.rows):
            tool = self.words[row.tool]
            self.rows.setdefault(tool, []).append((number, row))
            if row.fault < 0:
                self.worked.setdefault(tool, number)

    def calls(self, tools: Iterable[str]) -> Iterator[tuple[int, Row]]:
        """The calls of these tools."""
        for tool in tools:
            yield from self.rows.get(tool, ())

    def has(self, number: int, row: Row, feature: str) -> bool:
        """Whether a call has a feature, as contrasts know them."""
        kind, _, subject = feature.partition(":")
        if kind == "after":
            return self.worked.get(subject, number) < number
        if kind == "has":
            return subject in self.words[row.given].split(",")
        return any(self.words[one] == feature for one in row.features)

    def fault(self, row: Row) -> Fault | None:
        """How a call failed, if it did."""
        return self.digest.faults[row.fault] if row.fault >= 0 else None


_Judged = tuple[Verdict | None, bool]
_Judge = Callable[[_Read], _Judged]
_NOT: _Judged = (None, False)


class _Trial:
    """One draft being tried."""

    def __init__(self, draft: Draft) -> None:
        self.scope, self.scope_of = draft.scope, draft.scope_of
        self.judge = _judge_of(draft)
        wish = draft.trigger.get("wish", "")
        self.wishes = set(wish.split("\n")) if wish else set()
        self.remark = draft.trigger.get("remark", "")
        self.owner = draft.trigger.get("owner", "")
        self.counts = {"applied": 0, "failed": 0, "fine": 0, "recovered": 0}
        self.shown: dict[Verdict, list[Run]] = {"failed": [], "fine": [], "rest": []}
        self.sighted: list[Run] = []

    def look(self, read: _Read, run: Run) -> None:
        """Try it on one run."""
        if self.wishes or self.remark:
            self._hear(read, run)
        if self.judge is None or not self._reaches(read.digest):
            return
        verdict, recovered = self.judge(read)
        if verdict is None:
            return
        self.counts["applied"] += 1
        self.counts["recovered"] += recovered
        if verdict != "rest":
            self.counts[verdict] += 1
        if verdict == "failed":
            _keep(self.sighted, run, SIGHTED)
        _keep(self.shown[verdict], run, SHOWN)

    def tried(self) -> Tried:
        """What came of it."""
        return Tried(
            **self.counts,
            runs={
                verdict: tuple(heapq.nsmallest(SHOWN, found))
                for verdict, found in self.shown.items()
                if found
            },
            sighted=tuple(heapq.nsmallest(SIGHTED, self.sighted)),
        )

    def _reaches(self, digest: Digest) -> bool:
        """Whether the run's agent would have read the rule."""
        if self.scope == "agent":
            return digest.agent == self.scope_of
        if self.scope == "person":
            return digest.person == self.scope_of
        return True

    def _hear(self, read: _Read, run: Run) -> None:
        if self.owner and self.owner != read.digest.person:
            return
        words, digest = read.words, read.digest
        if any(words[one.key] in self.wishes for one in digest.sayings) or any(
            words[one.kind] == self.remark for one in digest.remarks
        ):
            _keep(self.sighted, run, SIGHTED)


def _keep(kept: list[Run], run: Run, most: int) -> None:
    """Keep the runs of lowest rank, whatever order they come in."""
    kept.append(run)
    if len(kept) > 2 * most:
        kept[:] = heapq.nsmallest(most, kept)


def _words_of(draft: Draft) -> Iterator[str]:
    """The words without one of which a draft has nothing to do with a run."""
    trigger = draft.trigger
    yield from filter(None, trigger.get("tool", "").split(","))
    yield from filter(None, trigger.get("wish", "").split("\n"))
    for name in ("anchor", "check", "remark"):
        if name in trigger:
            yield trigger[name]


def _judge_of(draft: Draft) -> _Judge | None:
    """How a run is judged by this draft's trigger; None where it has no such thing."""
    trigger = draft.trigger
    if trigger.get("marks"):
        return _of_failures(draft)
    if "anchor" in trigger:
        return _of_procedure(trigger["anchor"], set(trigger["steps"].split("\n")))
    if "check" in trigger:
        return _of_check(trigger["check"], trigger.get("tool", ""))
    if "lack" in trigger:
        return _of_lack(trigger["lack"], trigger["tool"], trigger.get("voice", ""))
    if trigger.get("signal") == "loop":
        return _of_loop
    if trigger.get("signal") == "stop" and trigger.get("tool"):
        return _of_stop(trigger["tool"])
    if trigger.get("outcome") == "failure" and trigger.get("tool"):
        feature = trigger.get("feature", "")
        return _of_silence(trigger["tool"], feature.removeprefix("after:"))
    return None


def _of_failures(draft: Draft) -> _Judge:
    """Calls of which some fail in one way: all of them, the risky ones, or those that fail."""
    trigger = draft.trigger
    tools = [tool for tool in trigger.get("tool", "").split(",") if tool]
    marks, slot = set(trigger["marks"].split()), trigger.get("slot", "")
    feature, present = trigger.get("feature", ""), trigger.get("when") != "absent"
    every = draft.kind in REMINDERS
    known: dict[tuple[str, str], bool] = {}

    def is_it(read: _Read, row: Row, fault: Fault) -> bool:
        words = read.words
        said = (words[row.tool], words[fault.template])
        if said not in known:
            known[said] = mark(*said) in marks
        if fault.checked or not known[said]:
            return False
        slots = {f"{words[kind]}={words[value]}" for kind, value in fault.slots}
        return not slot or slot in slots

    def judge(read: _Read) -> _Judged:
        verdict: Verdict | None = None
        recovered = False
        for number, row in read.calls(tools):
            fault = read.fault(row)
            failed = fault is not None and is_it(read, row, fault)
            if feature and read.has(number, row, feature) is not present:
                continue
            if not (feature or every or failed):
                continue
            if failed and fault is not None:
                verdict, recovered = "failed", recovered or fault.distance > 0
            elif verdict != "failed":
                verdict = "fine" if fault is None or verdict == "fine" else "rest"
        return verdict, recovered

    return judge


def _of_silence(write: str, check: str) -> _Judge:
    """A write without its check before it: how the run was rated."""

    def judge(read: _Read) -> _Judged:
        first = first_writes(read.digest).get(write) if write in read.rows else None
        if first is None or check in first.before:
            return _NOT
        # A tool's failure explains a rating better than what was left out.
        plain = all(fault.transient for fault in read.digest.faults)
        return (_rated(read.digest) if plain else "rest"), False

    return judge


def _of_procedure(anchor: str, steps: set[str]) -> _Judge:
    """An anchor without every step before it: how the run was rated."""

    def judge(read: _Read) -> _Judged:
        at = min((number for number, _ in read.calls([anchor])), default=None)
        if at is None or all(read.worked.get(step, at) < at for step in steps):
            return _NOT
        return _rated(read.digest), False

    return judge


def _of_check(rule: str, tool: str) -> _Judge:
    """Runs that had their code looked at: whether the rule was broken."""

    def judge(read: _Read) -> _Judged:
        if any(read.words[one.rule] == rule for one in read.digest.checks):
            return "failed", False
        return ("fine", False) if tool in read.rows else _NOT

    return judge


def _of_stop(tool: str) -> _Judge:
    """Runs that went for a tool: whether somebody stopped it."""

    def judge(read: _Read) -> _Judged:
        if any(read.words[one.tool] == tool for one in read.digest.halts):
            return "failed", False
        return ("fine", False) if tool in read.rows else _NOT

    return judge


def _of_lack(name: str, tool: str, voice: str) -> _Judge:
    """Runs in which something was missing that a tool could have told."""

    def judge(read: _Read) -> _Judged:
        for lack in read.digest.lacks:
            denied = lack.span.voice == "a"
            at = read.worked.get(tool)
            looked = at is not None and (not denied or at < lack.row)
            if looked or denied != (voice == "a"):
                continue
            if lacks.speaks_of(read.words[lack.text], name):
                return "failed", False
        return _NOT

    return judge


def _of_loop(read: _Read) -> _Judged:
    return ("failed", False) if read.digest.loops else _NOT


def _rated(digest: Digest) -> Verdict:
    verdicts: dict[str, Verdict] = {"failure": "failed", "success": "fine"}
    return verdicts.get(digest.outcome, "rest")
