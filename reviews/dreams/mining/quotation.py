"""Quotes for and against a candidate: ranges of steps, chosen by hash, spread over people.

For: runs that show it. Against: runs where the same call went well, so that a reviewer sees
what right looks like, and how often it needs no rule.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Sequence
from functools import partial
from operator import itemgetter

from reviews.dreams.mining.candidates import Candidate
from reviews.dreams.mining.digests import Digest, Span
from reviews.dreams.mining.states import State
from reviews.dreams.mining.support import Exemplar, exemplar
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
    for digest in state.digests() if wanted else ():
        for tool, features, span in _good_calls(digest, wanted.keys()):
            one = exemplar(digest, span)
            for number in wanted[tool]:
                candidate = candidates[number]
                if _may_speak(candidate, digest):
                    wrong = partial(_is_wrong, candidate, tool, features)
                    _offer(kept[number], wrong, one, limits.counter_quotes)
    return [_against(best, limits) for best in kept]


def quote(one: Exemplar, span: Span, stance: Stance) -> Quote:
    """A range of a run, as evidence."""
    return Quote(
        agent=one.agent, trace=one.trace, step=span.step, start=span.start, end=span.end,
        sha256=span.sha.hex(), stance=stance, person=one.person,
        provenance=_PROVENANCE[span.voice],
    )  # fmt: skip


def _good_calls(
    digest: Digest, tools: Container[str]
) -> Iterator[tuple[str, set[str], Span]]:
    words = digest.words
    spans = {sample.row: sample.span for sample in digest.samples}
    before: set[str] = set()
    for number, row in enumerate(digest.rows):
        tool = words[row.tool]
        if number in spans and tool in tools:
            features = {words[feature] for feature in row.features}
            features.update(f"has:{name}" for name in words[row.given].split(","))
            features.update(f"after:{one}" for one in before)
            yield tool, features, spans[number]
        if row.fault < 0:
            before.add(tool)


def _is_wrong(candidate: Candidate, tool: str, features: set[str]) -> bool:
    """Whether a good call does not do what the candidate says."""
    return candidate.right is not None and not candidate.right(tool, features)


def _may_speak(candidate: Candidate, digest: Digest) -> bool:
    """Whether a run is one that can be held against a candidate."""
    if candidate.against_outcome and digest.outcome != candidate.against_outcome:
        return False
    return not candidate.personal or digest.person in candidate.support.by_person


def _offer(kept: _Kept, wrong: Callable[[], bool], one: Exemplar, most: int) -> None:
    """Keep a run if it is among the best so far, of its group and of all."""
    if len(kept) >= most and all(held <= (False, one.rank) for held, _ in kept):
        return
    rank = (wrong(), one.rank)
    if any(held.group == one.group and held_rank <= rank for held_rank, held in kept):
        return
    kept[:] = [entry for entry in kept if entry[1].group != one.group]
    kept.append((rank, one))
    if len(kept) > most:
        kept[:] = heapq.nsmallest(most, kept, key=itemgetter(0))


def _against(best: _Kept, limits: Thresholds) -> tuple[Quote, ...]:
    ranked = sorted(best, key=lambda entry: entry[0])[: limits.counter_quotes]
    return tuple(quote(one, one.spans[0], "against") for _, one in ranked)
