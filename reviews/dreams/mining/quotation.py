"""Quotes for and against a candidate: ranges of steps, chosen by hash, spread over people.

For: runs that show it. Against: runs where the same call went well, so that a reviewer sees
what right looks like, and how often it needs no rule.
"""

import heapq
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import attrgetter

from reviews.dreams.mining.candidates import Candidate
from reviews.dreams.mining.courses import Course, Courses
from reviews.dreams.mining.digests import Span, samples_of
from reviews.dreams.mining.states import State
from reviews.dreams.mining.support import Exemplar, exemplar
from reviews.dreams.mining.thresholds import Thresholds
from reviews.proposals.drafts import Quote, Stance
from reviews.traces.steps import Provenance

# Runs that are nearly always enough to choose from.
_FEW = 64

_rank = attrgetter("rank")

_PROVENANCE: dict[str, Provenance] = {
    "t": "tool", "w": "web", "a": "agent", "p": "person", "o": "operator",
}  # fmt: skip


def quotes_for(candidate: Candidate, limits: Thresholds) -> tuple[Quote, ...]:
    """The most telling range of each run first, then the rest of what they show."""
    shown = candidate.support.quotable(limits.quotes)
    quotes = [
        quote(one, one.spans[place], "for")
        for place in candidate.spans
        for one in shown
        if place < len(one.spans)
    ]
    first = len(shown)
    if len(quotes) > limits.quotes and first > 2:
        first = max(2, limits.quotes - 2)
        quotes = [*quotes[:first], *quotes[len(shown) :]]
    return tuple(quotes[: limits.quotes])


def counter_quotes(
    state: State, candidates: Sequence[Candidate], limits: Thresholds
) -> list[tuple[Quote, ...]]:
    """For each candidate, good calls of its tools; those that do it right come first."""
    chosen = [
        _good_calls(state.courses, candidate, limits.counter_quotes)
        for candidate in candidates
    ]
    places = sorted({course.place for calls in chosen for course, _ in calls})
    digests = dict(zip(places, state.documents(places), strict=True))
    return [
        tuple(
            quote(exemplar(digest, sample.span), sample.span, "against")
            for course, row in calls
            for digest in [samples_of(digests[course.place])]
            for sample in digest.samples
            if sample.row == row
        )
        for calls in chosen
    ]


def quote(one: Exemplar, span: Span, stance: Stance) -> Quote:
    """A range of a run, as evidence."""
    return Quote(
        agent=one.agent, trace=one.trace, step=span.step, start=span.start, end=span.end,
        sha256=span.sha.hex(), stance=stance, person=one.person,
        provenance=_PROVENANCE[span.voice],
    )  # fmt: skip


def _good_calls(
    courses: Courses, candidate: Candidate, most: int
) -> list[tuple[Course, int]]:
    """The first good calls of some runs, by row: of each group one, lowest hash first."""
    right: dict[int, tuple[Course, int]] = {}
    wrong: dict[int, tuple[Course, int]] = {}
    for course in _by_rank(courses.callers(*candidate.tools)):
        if len(right) == most:
            break
        if course.group in right or not _may_speak(candidate, course):
            continue
        for row, is_right in _calls(courses, candidate, course):
            kept = right if is_right else wrong
            kept.setdefault(course.group, (course, row))
            if is_right:
                break
    others = [one for group, one in wrong.items() if group not in right]
    return [*right.values(), *others][:most]


def _by_rank(courses: Iterator[Course]) -> Iterator[Course]:
    """Runs in the order of their hashes; most who ask want only a few."""
    every = list(courses)
    first = heapq.nsmallest(_FEW, every, key=_rank)
    yield from first
    if len(every) > _FEW:
        yield from islice(sorted(every, key=_rank), _FEW, None)


def _calls(
    courses: Courses, candidate: Candidate, course: Course
) -> Iterator[tuple[int, bool]]:
    """The first good call of each of a candidate's tools, and whether it does as is advised."""
    seen: set[str] = set()
    for row, call in enumerate(courses.calls(course)):
        if call.failing or call.tool in seen:
            continue
        if call.tool in candidate.tools:
            before = {f"after:{tool}" for tool in seen}
            features = call.all_features() | before if candidate.right else before
            right = candidate.right is None or candidate.right(call.tool, features)
            yield row, right
        seen.add(call.tool)


def _may_speak(candidate: Candidate, course: Course) -> bool:
    """Whether a run is one that can be held against a candidate."""
    if candidate.against_outcome and course.outcome != candidate.against_outcome:
        return False
    return not candidate.personal or course.person in candidate.support.by_person
