"""A draft's support counted again, from digests and its trigger alone.

Another way through the same facts: if both ways do not meet, the draft is not proposed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from reviews.dreams.mining import lacks
from reviews.dreams.mining.courses import Course, Courses, Said
from reviews.dreams.mining.digests import Digest
from reviews.dreams.mining.silences import Writing
from reviews.dreams.mining.states import State
from reviews.dreams.mining.subjects import mark
from reviews.proposals.drafts import Draft

Trigger = Mapping[str, str]

# What only memory, its dates, or what is missing in runs can show.
_OF_MEMORY = frozenset({"duplicate", "forsaken", "over", "moved"})


def recount(state: State, drafts: Sequence[Draft]) -> list[dict[str, float]]:
    """Runs, groups, people and agents of each draft."""
    counts = [_Count(draft.trigger) for draft in drafts]
    seen = sightings(state, [draft.trigger for draft in drafts])
    for count, its in zip(counts, seen, strict=True):
        for course, counts_group in its:
            count.add(course, counts_group=counts_group)
    return [one.counts() for one in counts]


class _Count:
    """Who showed one pattern. Runs of a group follow each other, and wait for its end."""

    def __init__(self, trigger: Trigger) -> None:
        self.trigger = trigger
        self.runs = self.groups = 0
        self.people: set[str] = set()
        self.agents: set[str] = set()
        self._group = 0
        self._waiting: list[tuple[str, str]] = []
        self._counts = False

    def add(self, course: Course, *, counts_group: bool) -> None:
        """Count one run; its group counts once one of its runs says so."""
        if course.group != self._group:
            self._close()
            self._group = course.group
        self._waiting.append((course.person, course.agent))
        self._counts |= counts_group

    def counts(self) -> dict[str, float]:
        if _OF_MEMORY & self.trigger.keys():
            # Memory itself is the evidence: no run has to show it.
            return {}
        self._close()
        return {
            "runs": self.runs,
            "groups": self.groups,
            "people": len(self.people),
            "agents": len(self.agents),
        }

    def _close(self) -> None:
        if self._counts:
            self.groups += 1
            self.runs += len(self._waiting)
            self.people |= {person for person, _ in self._waiting if person}
            self.agents |= {agent for _, agent in self._waiting}
        self._waiting.clear()
        self._counts = False


def sightings(
    state: State, triggers: Sequence[Trigger]
) -> list[Iterable[tuple[Course, bool]]]:
    """For each trigger the runs in which it is seen, each with whether its group counts."""
    courses = state.courses
    return [
        _failures(state, courses, trigger)
        if trigger.get("marks")
        else ((course, True) for course in _seen(state, courses, trigger))
        for trigger in triggers
    ]


def _seen(state: State, courses: Courses, trigger: Trigger) -> Iterator[Course]:
    """Where a trigger other than of a failure is seen."""
    for kind in ("wish", "obsolete", "remark"):
        if kind in trigger:
            return _told(courses, kind, trigger[kind], trigger.get("owner", ""))
    if trigger.get("signal") == "loop":
        return courses.at(courses.looping)
    if "lack" in trigger:
        return _lacking(state, courses, trigger)
    if "anchor" in trigger:
        callers = courses.callers(trigger["anchor"])
        return (one for one in callers if _went_all_the_way(trigger, courses, one))
    if "check" in trigger:
        return _told(courses, "check", trigger["check"])
    tool = trigger.get("tool", "")
    if trigger.get("signal") == "stop":
        return _told(courses, "stop", tool)
    writing = Writing(courses)
    return (one for one in courses.callers(tool) if _left_out(trigger, writing, one))


def _told(
    courses: Courses, kind: Said, subjects: str, owner: str = ""
) -> Iterator[Course]:
    """Runs in which one of some subjects, one a line, was spoken of; by its owner, if it has one."""
    its = courses.of(kind, *subjects.split("\n"))
    return (one for one in its if not owner or one.person == owner)


def _lacking(state: State, courses: Courses, trigger: Trigger) -> Iterator[Course]:
    digests = state.digests(courses.lacking)
    for course, digest in zip(courses.at(courses.lacking), digests, strict=True):
        if _missing(trigger, digest):
            yield course


def _failures(
    state: State, courses: Courses, trigger: Trigger
) -> Iterator[tuple[Course, bool]]:
    """Runs with a failure that has one of the marks; groups count by its slot."""
    marks, slot = set(trigger["marks"].split()), trigger.get("slot", "")
    failing = {
        number
        for number, call in enumerate(courses.known)
        if call.failing
        and not call.failing.checked
        and mark(call.tool, call.failing.template) in marks
    }
    met = [
        course
        for course in courses.at(courses.failing)
        if not failing.isdisjoint(course.calls)
    ]
    if not slot:
        yield from ((course, True) for course in met)
        return
    digests = state.digests([course.place for course in met])
    for course, digest in zip(met, digests, strict=True):
        yield course, slot in _slots(digest, marks)


def _slots(digest: Digest, marks: Set[str]) -> set[str]:
    """What masking took out of the failures with these marks."""
    words = digest.words
    return {
        f"{words[kind]}={words[value]}"
        for row in digest.rows
        if row.fault >= 0 and not (fault := digest.faults[row.fault]).checked
        if mark(words[row.tool], words[fault.template]) in marks
        for kind, value in fault.slots
    }


def _missing(trigger: Trigger, digest: Digest) -> bool:
    """Whether something was missing that nobody looked up, before or after."""
    words = digest.words
    called = [
        number
        for number, row in enumerate(digest.rows)
        if row.fault < 0 and words[row.tool] == trigger["tool"]
    ]
    for lack in digest.lacks:
        denied = lack.span.voice == "a"
        if denied != (trigger["voice"] == "a"):
            continue
        looked_up = [one for one in called if one < lack.row] if denied else called
        if not looked_up and lacks.speaks_of(words[lack.text], trigger["lack"]):
            return True
    return False


def _went_all_the_way(trigger: Trigger, courses: Courses, course: Course) -> bool:
    """Whether a good run did every step before the first call of the anchor."""
    if course.is_bad:
        return False
    steps = set(trigger["steps"].split("\n"))
    for call in courses.calls(course):
        if call.failing:
            continue
        if call.tool == trigger["anchor"]:
            return not steps
        steps.discard(call.tool)
    return False


def _left_out(trigger: Trigger, writing: Writing, course: Course) -> bool:
    if not (course.is_telling and course.is_bad):
        return False
    write = writing.first(course).get(trigger.get("tool", ""))
    check = trigger.get("feature", "").removeprefix("after:")
    return write is not None and check not in write.before
