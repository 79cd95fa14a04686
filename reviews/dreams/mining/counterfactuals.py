"""What a rule would have done to past runs, from their digests and its trigger alone.

A rule applies to a run where its trigger is true there. Of these runs some had the failure,
which the rule could have prevented at best; some went well, and would have been bothered
for nothing; and of the rest nobody knows.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Literal

import msgspec

from reviews.dreams.mining import lacks
from reviews.dreams.mining.calls import Call
from reviews.dreams.mining.courses import Course, Courses
from reviews.dreams.mining.silences import Writing
from reviews.dreams.mining.states import State
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
    return _judge_of(draft, State()) is not None


def try_out(state: State, drafts: Sequence[Draft]) -> list[Tried]:
    """Try every draft on all runs; one that cannot be tried applies nowhere."""
    tried = []
    for draft in drafts:
        trial = _Trial(draft)
        judge = _judge_of(draft, state)
        if judge is not None:
            for course in judge.concerned:
                trial.count(course, judge.verdict(course))
        for course in _asking(state.courses, draft.trigger):
            trial.sighted.add(course)
        tried.append(trial.tried())
    return tried


_Judged = tuple[Verdict | None, bool]
_NOT: _Judged = (None, False)


class _Judge(msgspec.Struct, frozen=True):
    """How runs are judged by one draft's trigger."""

    # Runs of which it may say something.
    concerned: Iterable[Course]
    # What became of a run, and whether it got out of the failure by itself.
    verdict: Callable[[Course], _Judged]


class _Trial:
    """One draft being tried."""

    def __init__(self, draft: Draft) -> None:
        self.scope, self.scope_of = draft.scope, draft.scope_of
        self.counts = {"applied": 0, "failed": 0, "fine": 0, "recovered": 0}
        self.shown: dict[Verdict, _Lowest] = {
            "failed": _Lowest(SHOWN), "fine": _Lowest(SHOWN), "rest": _Lowest(SHOWN),
        }  # fmt: skip
        self.sighted = _Lowest(SIGHTED)

    def count(self, course: Course, judged: _Judged) -> None:
        """Take in what became of one run, if its agent would have read the rule."""
        verdict, recovered = judged
        if verdict is None or not self._reaches(course):
            return
        self.counts["applied"] += 1
        self.counts["recovered"] += recovered
        if verdict != "rest":
            self.counts[verdict] += 1
        if verdict == "failed":
            self.sighted.add(course)
        self.shown[verdict].add(course)

    def tried(self) -> Tried:
        """What came of it."""
        return Tried(
            **self.counts,
            runs={
                verdict: runs
                for verdict, found in self.shown.items()
                if (runs := found.runs())
            },
            sighted=self.sighted.runs(),
        )

    def _reaches(self, course: Course) -> bool:
        """Whether the run's agent would have read the rule."""
        if self.scope == "agent":
            return course.agent == self.scope_of
        if self.scope == "person":
            return course.person == self.scope_of
        return True


class _Lowest:
    """The runs of lowest rank, whatever order they come in."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[Course] = []
        # Once there are enough: whoever ranks behind is none of them.
        self._last = b""

    def add(self, course: Course) -> None:
        """Keep a run if it may be one of them."""
        if self._last and course.rank > self._last:
            return
        self._kept.append(course)
        if len(self._kept) > 2 * self._most:
            self._kept = heapq.nsmallest(self._most, self._kept, key=_rank)
            self._last = self._kept[-1].rank

    def runs(self) -> tuple[Run, ...]:
        """Them, in order."""
        lowest = heapq.nsmallest(self._most, self._kept, key=_rank)
        return tuple(Run(one.rank, one.agent, one.trace, one.person) for one in lowest)


_rank = attrgetter("rank")


def _asking(courses: Courses, trigger: Mapping[str, str]) -> Iterator[Course]:
    """Runs in which somebody asks for what a draft is about, or finds fault so."""
    owner = trigger.get("owner", "")
    asked = trigger.get("wish", "").split("\n")
    heard = [
        courses.of("wish", *asked),
        courses.of("remark", trigger.get("remark", "")),
    ]
    for course in chain.from_iterable(heard):
        if not owner or course.person == owner:
            yield course


def _judge_of(draft: Draft, state: State) -> _Judge | None:
    """How a run is judged by this draft's trigger; None where it has no such thing."""
    trigger, courses = draft.trigger, state.courses
    tool = trigger.get("tool", "")
    if trigger.get("marks"):
        tools = [one for one in tool.split(",") if one]
        return _Judge(courses.callers(*tools), _of_failures(draft, state, tools))
    if "anchor" in trigger:
        callers = courses.callers(trigger["anchor"])
        return _Judge(callers, _of_procedure(trigger, courses))
    if "check" in trigger:
        return _of_words(courses, courses.of("check", trigger["check"]), tool)
    if "lack" in trigger:
        missed = _lacking(state, trigger["lack"], tool, trigger.get("voice", ""))
        return _Judge(missed, _is_failed)
    if trigger.get("signal") == "loop":
        return _Judge(courses.at(courses.looping), _is_failed)
    if trigger.get("signal") == "stop" and tool:
        return _of_words(courses, courses.of("halt", tool), tool)
    if trigger.get("outcome") == "failure" and tool:
        return _Judge(courses.callers(tool), _of_silence(trigger, courses))
    return None


def _of_words(courses: Courses, said: Iterable[Course], tool: str) -> _Judge:
    """Runs of which it was said that they failed, and others that called the tool: fine."""
    failed = {course.place: course for course in said}
    others = (one for one in courses.callers(tool) if one.place not in failed)

    def verdict(course: Course) -> _Judged:
        return ("failed" if course.place in failed else "fine"), False

    return _Judge(chain(failed.values(), others), verdict)


def _of_failures(
    draft: Draft, state: State, tools: Sequence[str]
) -> Callable[[Course], _Judged]:
    """Calls of which some fail in one way: all of them, the risky ones, or those that fail."""
    trigger, courses = draft.trigger, state.courses
    marks, slot = set(trigger["marks"].split()), trigger.get("slot", "")
    feature, present = trigger.get("feature", ""), trigger.get("when") != "absent"
    kind, _, first = feature.partition(":")
    # Told by what came before; anything else by the call alone.
    first = first if kind == "after" else ""
    every = draft.kind in REMINDERS

    def failed(call: Call) -> bool:
        how = call.failing
        if how is None or how.checked:
            return False
        return mark(call.tool, how.template) in marks

    def verdict_of(call: Call) -> _Judged:
        """What a call says, if it is one that the rule is about."""
        if call.tool not in tools:
            return _NOT
        if feature and not first and (feature in call.all_features()) is not present:
            return _NOT
        if not slot and failed(call):
            return "failed", call.failing is not None and call.failing.recovered
        if not (feature or every):
            return _NOT
        return ("rest" if call.failing else "fine"), False

    told: dict[int, _Judged] = {}

    # What a failure was about stands in digests alone: the places of runs that failed with it.
    slotted = _with_slot(state, slot, failed) if slot else {}

    def judge(course: Course) -> _Judged:
        verdict: Verdict | None = None
        recovered = worked = False
        if course.place in slotted:
            return "failed", slotted[course.place]
        for number in course.calls:
            if number not in told:
                told[number] = verdict_of(courses.known[number])
            its, again = told[number]
            if first:
                if worked is not present:
                    its = None
                call = courses.known[number]
                worked = worked or (call.tool == first and not call.failing)
            if its == "failed":
                verdict, recovered = its, recovered or again
            elif its and verdict != "failed" and verdict != "fine":
                verdict = its
        return verdict, recovered

    return judge


def _with_slot(
    state: State, slot: str, failed: Callable[[Call], bool]
) -> dict[int, bool]:
    """Places of runs that failed with this in a slot, and whether they got out of it."""
    courses = state.courses
    met = {number for number, call in enumerate(courses.known) if failed(call)}
    places = [
        course.place
        for course in courses.at(courses.failing)
        if not met.isdisjoint(course.calls)
    ]
    found: dict[int, bool] = {}
    for place, digest in zip(places, state.digests(places), strict=True):
        words = digest.words
        for row, number in zip(digest.rows, courses.runs[place].calls, strict=True):
            if number in met:
                fault = digest.faults[row.fault]
                slots = (f"{words[one]}={words[value]}" for one, value in fault.slots)
                if slot in slots:
                    found[place] = found.get(place, False) or fault.distance > 0
    return found


def _of_silence(
    trigger: Mapping[str, str], courses: Courses
) -> Callable[[Course], _Judged]:
    """A write without its check before it: how the run was rated."""
    write, writing = trigger["tool"], Writing(courses)
    check = trigger.get("feature", "").removeprefix("after:")

    def judge(course: Course) -> _Judged:
        first = writing.first(course).get(write)
        if first is None or check in first.before:
            return _NOT
        # A tool's failure explains a rating better than what was left out.
        return (_rated(course) if course.smooth else "rest"), False

    return judge


def _of_procedure(
    trigger: Mapping[str, str], courses: Courses
) -> Callable[[Course], _Judged]:
    """An anchor without every step before it: how the run was rated."""
    anchor, steps = trigger["anchor"], frozenset(trigger["steps"].split("\n"))

    def judge(course: Course) -> _Judged:
        left = set(steps)
        for call in courses.calls(course):
            if call.tool == anchor:
                return (_rated(course), False) if left else _NOT
            if not call.failing:
                left.discard(call.tool)
        return _NOT

    return judge


def _lacking(state: State, name: str, tool: str, voice: str) -> Iterator[Course]:
    """Runs in which something was missing that a tool could have told."""
    courses = state.courses
    digests = state.digests(courses.lacking)
    for course, digest in zip(courses.at(courses.lacking), digests, strict=True):
        calls = enumerate(courses.calls(course))
        worked = (at for at, one in calls if one.tool == tool and not one.failing)
        at = next(worked, None)
        for lack in digest.lacks:
            denied = lack.span.voice == "a"
            looked = at is not None and (not denied or at < lack.row)
            if looked or denied != (voice == "a"):
                continue
            if lacks.speaks_of(digest.words[lack.text], name):
                yield course
                break


def _is_failed(_: Course) -> _Judged:
    return "failed", False


def _rated(course: Course) -> Verdict:
    verdicts: dict[str, Verdict] = {"failure": "failed", "success": "fine"}
    return verdicts.get(course.outcome, "rest")
