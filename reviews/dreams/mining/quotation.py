"""Quotes for and against a candidate: ranges of steps, chosen by hash, spread over people.

For: runs that show it. Against: runs where the same call went well, so that a reviewer sees
what right looks like, and how often it needs no rule.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter

from reviews.dreams.mining.candidates import Candidate
from reviews.dreams.mining.courses import Course, Courses
from reviews.dreams.mining.digests import Sampled, Span, samples_of
from reviews.dreams.mining.states import State
from reviews.dreams.mining.support import Exemplar, exemplar, rank_of
from reviews.dreams.mining.thresholds import Thresholds
from reviews.proposals.drafts import Quote, Stance
from reviews.traces.steps import Provenance

_PROVENANCE: dict[str, Provenance] = {
    "t": "tool", "w": "web", "a": "agent", "p": "person", "o": "operator",
}  # fmt: skip

# Runs with their ranks: those that do it right first, then by hash.
_Kept = list[tuple[tuple[bool, bytes], Exemplar]]


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
    wanted: defaultdict[str, list[int]] = defaultdict(list)
    for number, candidate in enumerate(candidates):
        for tool in candidate.tools:
            wanted[tool].append(number)
    kept: list[_Kept] = [[] for _ in candidates]
    courses = state.courses
    callers = [one.place for one in courses.callers(*wanted)]
    for course, document in zip(
        courses.at(callers), state.documents(callers), strict=True
    ):
        digest = samples_of(document)
        for sample in digest.samples:
            tool = courses.known[course.calls[sample.row]].tool
            numbers = [
                one
                for one in wanted.get(tool, ())
                if _may_speak(candidates[one], digest)
            ]
            if not numbers:
                continue
            rank = rank_of(digest.agent, digest.trace, sample.span.step)
            for number in numbers:
                wrong = partial(
                    _is_wrong, candidates[number], courses, course, sample.row
                )
                one = partial(exemplar, digest, sample.span)
                _offer(kept[number], rank, digest.group, wrong, one, limits)
    return [_against(best, limits) for best in kept]


def quote(one: Exemplar, span: Span, stance: Stance) -> Quote:
    """A range of a run, as evidence."""
    return Quote(
        agent=one.agent, trace=one.trace, step=span.step, start=span.start, end=span.end,
        sha256=span.sha.hex(), stance=stance, person=one.person,
        provenance=_PROVENANCE[span.voice],
    )  # fmt: skip


def _is_wrong(candidate: Candidate, courses: Courses, course: Course, row: int) -> bool:
    """Whether a good call does not do what the candidate says."""
    if candidate.right is None:
        return False
    calls = list(courses.calls(course))[: row + 1]
    call = calls.pop()
    before = {f"after:{one.tool}" for one in calls if not one.failing}
    return not candidate.right(call.tool, call.all_features() | before)


def _may_speak(candidate: Candidate, digest: Sampled) -> bool:
    """Whether a run is one that can be held against a candidate."""
    if candidate.against_outcome and digest.outcome != candidate.against_outcome:
        return False
    return not candidate.personal or digest.person in candidate.support.by_person


def _offer(
    kept: _Kept,
    rank: bytes,
    group: str,
    wrong: Callable[[], bool],
    one: Callable[[], Exemplar],
    limits: Thresholds,
) -> None:
    """Keep a run if it is among the best so far, of its group and of all."""
    most = limits.counter_quotes
    if len(kept) >= most and all(held <= (False, rank) for held, _ in kept):
        return
    ranked = (wrong(), rank)
    if any(held.group == group and best <= ranked for best, held in kept):
        return
    kept[:] = [entry for entry in kept if entry[1].group != group]
    kept.append((ranked, one()))
    if len(kept) > most:
        kept[:] = heapq.nsmallest(most, kept, key=itemgetter(0))


def _against(best: _Kept, limits: Thresholds) -> tuple[Quote, ...]:
    ranked = sorted(best, key=lambda entry: entry[0])[: limits.counter_quotes]
    return tuple(quote(one, one.spans[0], "against") for _, one in ranked)
