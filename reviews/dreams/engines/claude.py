"""Claude on top of the offline engine: it judges, words, places and doubts what code found.

It evaluates nothing itself: digests, counts, fingerprints and scopes are the offline
engine's, and so its mutes hold here too. Without a key, or when the budget is spent, what
remains is the offline engine, and the dream says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from reviews.dreams.claude import lessons, prompts
from reviews.dreams.claude.consideration import Consideration
from reviews.dreams.engines import Context, Evaluation, Head, Outcome
from reviews.dreams.engines.offline import Offline
from reviews.dreams.mining import thresholds as tables
from reviews.dreams.mining.counterfactuals import Tried
from reviews.dreams.mining.digests import decode
from reviews.dreams.mining.fading import Life
from reviews.dreams.mining.states import State
from reviews.proposals.drafts import Draft
from reviews.traces.steps import Facts, Step

# Patterns that are judged at most: more than a dream proposes, so that a good one below
# the line can rise when one above it is turned down.
MOST_JUDGED = 100
_PROMPTS = "prompts"


class Claude:
    """The offline engine with a model's judgement."""

    name = "claude"
    version = "1"
    evaluator = Offline.evaluator

    def __init__(self) -> None:
        self.offline = Offline()

    def settings(self) -> dict[str, Any]:
        """The offline thresholds, and the hash of every prompt."""
        return {**self.offline.settings(), _PROMPTS: prompts.versions()}

    def evaluate(self, facts: Facts, steps: Sequence[Step]) -> Evaluation:
        """Digest one trace, as the offline engine does."""
        return self.offline.evaluate(facts, steps)

    def reduce(self, digests: Iterable[bytes]) -> State:
        """Fold digests, as the offline engine does."""
        return self.offline.reduce(digests)

    def propose(self, state: State, head: Head, settings: Mapping[str, Any]) -> Outcome:
        """What is left without anybody to ask: the offline outcome."""
        return _signed(self.offline.propose(state, head, _thresholds(settings)))

    def consider(
        self, state: State, head: Head, settings: Mapping[str, Any], context: Context
    ) -> Outcome:
        """The offline outcome as Claude judges it, and what silent runs teach."""
        own = _thresholds(settings)
        limits = tables.from_settings(own)
        wide = own | {"drafts": max(MOST_JUDGED, limits.drafts)}
        offline = self.offline.propose(state, head, wide)
        return _signed(Consideration(offline, state, head, limits, context).outcome())

    def recount(
        self, digests: Iterable[bytes], drafts: Sequence[Draft]
    ) -> list[dict[str, float]]:
        """Count support again; of a lesson, the runs that it names."""
        taught = {
            number: lessons.Recount(draft)
            for number, draft in enumerate(drafts)
            if draft.kind == lessons.KIND
        }
        others = [draft for draft in drafts if draft.kind != lessons.KIND]
        counted = iter(self.offline.recount(_heard(digests, taught), others))
        return [
            taught[number].counts() if number in taught else next(counted)
            for number in range(len(drafts))
        ]

    def lives(
        self,
        state: State,
        triggers: Sequence[Mapping[str, str]],
        settings: Mapping[str, Any],
    ) -> Sequence[Life]:
        """How much is left of patterns; of a lesson nobody can tell."""
        return self.offline.lives(state, triggers, _thresholds(settings))

    def try_out(
        self, digests: Iterable[bytes], drafts: Sequence[Draft]
    ) -> Sequence[Tried]:
        """Try each draft on past runs, as the offline engine does."""
        return self.offline.try_out(digests, drafts)


def _heard(
    digests: Iterable[bytes], taught: Mapping[int, lessons.Recount]
) -> Iterator[bytes]:
    for document in digests:
        if taught:
            digest = decode(document)
            for one in taught.values():
                one.read(digest)
        yield document


def _thresholds(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name != _PROMPTS}


def _signed(outcome: Outcome) -> Outcome:
    """Whoever drafted a part of it: the dream's engine answers for all of it."""
    return msgspec.structs.replace(
        outcome,
        drafts=tuple(
            msgspec.structs.replace(
                draft, engine=Claude.name, engine_version=Claude.version
            )
            for draft in outcome.drafts
        ),
    )
