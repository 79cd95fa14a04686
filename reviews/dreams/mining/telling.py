"""One trace told: its scores, its summary and its reflection, in one pass over what is known."""

from collections.abc import Sequence

import msgspec

from reviews.dreams.engines import Evaluation
from reviews.dreams.mining import reflections, scores, summaries
from reviews.dreams.mining.reflections import Item
from reviews.dreams.mining.runs import RuleInForce, Run
from reviews.dreams.mining.scores import Score
from reviews.traces.steps import Facts, Step


class Told(msgspec.Struct, frozen=True):
    """What an episode holds."""

    scores: tuple[Score, ...]
    summary: str
    reflection: tuple[Item, ...]


def tell(
    facts: Facts,
    steps: Sequence[Step],
    evaluation: Evaluation,
    rules: Sequence[RuleInForce] = (),
) -> Told:
    """Tell one trace that the offline engine has evaluated; pure and deterministic."""
    run = Run(facts, steps, evaluation, rules)
    found = scores.scores(run)
    return Told(
        tuple(found), summaries.summary(run), tuple(reflections.reflection(run, found))
    )


# Of a trace that the engine could make nothing of.
NOTHING = Told((), "", ())
