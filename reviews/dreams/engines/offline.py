"""The offline engine: deterministic, without a network, complete on its own.

It sees what leaves a trace in calls and answers: failures and the ways out of them,
invented values, wrong orders, repeated calls, stops by people, linter rules, and checks
left out before a write; what good runs do alike, and what people ask for. What is wrong
in an agent's reasoning alone it does not see.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from reviews.dreams.engines import Evaluation, Head, Outcome, Refusal
from reviews.dreams.mining import (
    contrasts,
    counterfactuals,
    cues,
    customs,
    evaluation,
    extraction,
    fading,
    faults,
    habits,
    hygiene,
    lookups,
    proposing,
    recounting,
    silences,
)
from reviews.dreams.mining import subjects as kinds
from reviews.dreams.mining import thresholds as tables
from reviews.dreams.mining.candidates import Candidate
from reviews.dreams.mining.contrasts import Contrast
from reviews.dreams.mining.counterfactuals import Tried
from reviews.dreams.mining.drafting import Drafting, listed
from reviews.dreams.mining.extraction import Tally
from reviews.dreams.mining.fading import Life
from reviews.dreams.mining.proposing import Found
from reviews.dreams.mining.silences import Silence
from reviews.dreams.mining.states import State
from reviews.dreams.mining.statistics import benjamini_hochberg
from reviews.dreams.mining.stems import key_of
from reviews.dreams.mining.subjects import Subject
from reviews.dreams.mining.thresholds import Thresholds
from reviews.proposals.drafts import Draft
from reviews.traces.steps import Facts, Step


class Offline:
    """The engine that every installation has."""

    name = "offline"
    version = "3"
    evaluator = "offline/4"

    def settings(self) -> dict[str, Any]:
        """Every threshold by name, to be frozen into the dream."""
        return tables.as_settings()

    def evaluate(self, facts: Facts, steps: Sequence[Step]) -> Evaluation:
        """Digest one trace."""
        return evaluation.evaluate(facts, steps)

    def reduce(self, digests: Iterable[bytes]) -> State:
        """Fold digests in any order: the state is their set."""
        return State(digests)

    def propose(self, state: State, head: Head, settings: Mapping[str, Any]) -> Outcome:
        """Drafts best first, and what was refused and why."""
        limits = tables.from_settings(settings)
        counted = extraction.tally(state, limits)
        drafting = Drafting(state, counted, head, limits)
        synonyms = _stemmed(settings.get("synonyms", ""))
        found = list(_found(state, counted, limits, synonyms))
        drafts = drafting.drafts([one for one in found if isinstance(one, Candidate)])
        refused = [one for one in found if isinstance(one, Refusal)]
        tidying, doubtful = hygiene.drafts(drafting.rules, counted, limits)
        return Outcome(
            drafts=tuple(_signed(draft) for draft in (*drafts, *tidying)),
            refused=listed([*refused, *drafting.refused, *doubtful]),
            coverage=_coverage(counted),
            confirmed=tuple(drafting.confirmed),
            notes=drafting.calibration.notes(),
        )

    def recount(
        self, digests: Iterable[bytes], drafts: Sequence[Draft]
    ) -> list[dict[str, float]]:
        """The support of each draft, counted again by another way."""
        state = digests if isinstance(digests, State) else State(digests)
        return recounting.recount(state, drafts)

    def lives(
        self,
        state: State,
        triggers: Sequence[Mapping[str, str]],
        settings: Mapping[str, Any],
    ) -> list[Life]:
        """How much is left of what each trigger sees."""
        return fading.of_triggers(state, triggers, tables.from_settings(settings))

    def try_out(self, digests: Iterable[bytes], drafts: Sequence[Draft]) -> list[Tried]:
        """What each draft would have done to past runs."""
        state = digests if isinstance(digests, State) else State(digests)
        return counterfactuals.try_out(state, drafts)


def _found(
    state: State, counted: Tally, limits: Thresholds, synonyms: Mapping[str, str]
) -> Iterator[Found]:
    """Every pattern, as a candidate or as a refusal; all tests are judged together."""
    singles = kinds.merged(counted.subjects.values(), limits)
    pools = kinds.pooled(singles, limits)
    tested = contrasts.contrasts(counted, [*singles, *pools], limits)
    silent = silences.silences(counted, limits)
    _judge(tested, silent)
    results = {
        id(one): proposing.of_subject(one, contrasted, counted, limits)
        for one, contrasted in zip([*singles, *pools], tested, strict=True)
    }
    yield from _of_failures(singles, pools, results)
    yield from habits.of_stops(counted, limits)
    yield from habits.of_checks(counted, limits)
    yield from habits.of_loops(counted, limits)
    left_out = silences.plain(state, counted, silent, limits)
    yield from habits.of_silences(left_out, counted)
    yield from customs.of_procedures(state, counted, limits)
    yield from customs.of_wishes(counted, limits, synonyms)
    yield from faults.of_remarks(counted, limits)
    yield from lookups.of_lookups(state, counted, limits)


def _judge(tested: Sequence[list[Contrast]], silent: Sequence[Silence]) -> None:
    """Give every test its q among all tests of the dream."""
    compared = [one for several in tested for one in several]
    q = benjamini_hochberg(
        [*(one.p for one in compared), *(one.strata.p for one in silent)]
    )
    for one, value in zip(compared, q, strict=False):
        one.q = value
    for found, value in zip(silent, q[len(compared) :], strict=True):
        found.q = value


def _of_failures(
    singles: Sequence[Subject], pools: Sequence[Subject], results: Mapping[int, Found]
) -> Iterator[Found]:
    """One result per failure: of the pool where several tools show one thing, else its own."""
    taken: set[tuple[str, str]] = set()
    for pool in pools:
        result = results[id(pool)]
        own = [results[id(one)] for one in singles if one.members <= pool.members]
        if isinstance(result, Candidate) and (
            result.kind == "order" or all(isinstance(one, Refusal) for one in own)
        ):
            taken |= pool.members
            yield result
    for one in singles:
        if not one.members <= taken:
            yield results[id(one)]


def _stemmed(lines: str) -> dict[str, str]:
    """A store's own synonyms, as sentences know their words."""
    return {
        stem: first[0]
        for word, head in cues.grouped(lines.lower()).items()
        if (first := key_of(head)) and (own := key_of(word))
        for stem in own
    }


def _coverage(counted: Tally) -> dict[str, float]:
    """How much of the traces could be read: facts, not judgements."""
    calls, answered, signed, steps = counted.coverage
    return {
        "runs": counted.runs,
        "groups": counted.groups,
        "people": len(counted.people),
        "agents": len(counted.agents),
        "rated": counted.rated,
        "steps": steps,
        "calls": calls,
        "calls_answered": answered,
        "failures": counted.faults,
        "failures_with_signature": signed,
    }


def _signed(draft: Draft) -> Draft:
    return msgspec.structs.replace(
        draft, engine=Offline.name, engine_version=Offline.version
    )
