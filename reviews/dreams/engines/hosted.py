"""Anthropic's dream over a linked store, read piece by piece.

What each trace came to is the offline engine's; what it found is where the evidence for a
change is looked for, since a hosted dream names none.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from reviews.dreams import differences
from reviews.dreams.differences import Difference
from reviews.dreams.differing import support
from reviews.dreams.engines import Context, Evaluation, Head, Outcome
from reviews.dreams.engines.offline import Offline
from reviews.dreams.hosted import bills, dreaming
from reviews.dreams.hosted.dreaming import Dreamt
from reviews.dreams.mining.counterfactuals import Tried
from reviews.memory import versions
from reviews.proposals.drafts import Draft
from reviews.traces.steps import Facts, Step

SOURCE = "The hosted dream"
# What it only moved about is a proposal that nobody asked for, unless somebody does.
_REORGANISE = "propose_reorganisation"


class Hosted:
    """The engine of stores that are linked to one at Anthropic."""

    name = "hosted"
    version = "1"

    def __init__(self) -> None:
        self.offline = Offline()
        self.evaluator = self.offline.evaluator

    def settings(self) -> dict[str, Any]:
        """The offline engine's thresholds, and whether order and layout are proposed."""
        return self.offline.settings() | {_REORGANISE: False}

    def evaluate(self, facts: Facts, steps: Sequence[Step]) -> Evaluation:
        """Digest one trace, as the offline engine does."""
        return self.offline.evaluate(facts, steps)

    def reduce(self, digests: Iterable[bytes]) -> Any:
        """Fold digests into the offline engine's state."""
        return self.offline.reduce(digests)

    def propose(self, state: Any, head: Head, settings: Mapping[str, Any]) -> Outcome:
        """What the offline engine would propose: where evidence is looked for."""
        return self.offline.propose(state, head, _plain(settings))

    def consider(
        self, state: Any, head: Head, settings: Mapping[str, Any], context: Context
    ) -> Outcome:
        """What the dream over there made of memory, as drafts; waits for it first."""
        dreamt = dreaming.result(context.dream)
        bill = bills.settle(dreamt.row)
        difference = differences.between(
            versions.authored_head(dreamt.row.dream.store),
            dreamt.before,
            dreamt.after,
            source=SOURCE,
            engine=self.name,
            version=self.version,
        )
        found = self.propose(state, head, settings)
        drafts = support.supported(difference.drafts, found.drafts)
        shown = [
            draft
            for draft in drafts
            if draft.kind != "reorganised" or settings.get(_REORGANISE)
        ]
        return Outcome(
            drafts=tuple(_best_first(shown)),
            refused=(),
            coverage=found.coverage | _figures(difference, drafts),
            notes=tuple(_notes(dreamt, difference, drafts, len(shown), bill)),
        )

    def recount(
        self, digests: Iterable[bytes], drafts: Sequence[Draft]
    ) -> list[Mapping[str, float]]:
        """Count the support of those again that have any."""
        found = [d for d in drafts if support.UNSUPPORTED not in d.flags]
        counted = iter(self.offline.recount(digests, found))
        return [
            {} if support.UNSUPPORTED in draft.flags else next(counted)
            for draft in drafts
        ]

    def try_out(self, digests: Iterable[bytes], drafts: Sequence[Draft]) -> list[Tried]:
        """Try each draft on past runs, as the offline engine does."""
        return self.offline.try_out(digests, drafts)


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name != _REORGANISE}


def _best_first(drafts: Sequence[Draft]) -> list[Draft]:
    """What traces bear out comes first; otherwise the order of the memories stays."""
    return sorted(drafts, key=lambda draft: support.UNSUPPORTED in draft.flags)


def _figures(difference: Difference, drafts: Sequence[Draft]) -> dict[str, float]:
    return {
        "rules_before": difference.before.rules,
        "rules_after": difference.after.rules,
        "tokens_before": difference.before.tokens,
        "tokens_after": difference.after.tokens,
        "rewritten": round(difference.rewritten, 3),
        "unsupported": sum(support.UNSUPPORTED in draft.flags for draft in drafts),
    }


def _notes(
    dreamt: Dreamt,
    difference: Difference,
    drafts: Sequence[Draft],
    shown: int,
    bill: Decimal | None,
) -> Iterable[str]:
    """What a reader of the dream's page has to know about it as a whole."""
    before, after = difference.before, difference.after
    if difference.collapsed:
        yield (
            f"The hosted dream rewrote {difference.rewritten:.0%} of the rules: "
            f"{before.rules} rules of {before.tokens:,} tokens became {after.rules} of "
            f"{after.tokens:,}. Detail may be lost in that; read the deletions first."
        )
    count = len(dreamt.row.sessions)
    yield (
        f"Anthropic's dream {dreamt.row.remote_id} read {count} "
        f"{'session' if count == 1 else 'sessions'} and wrote {dreamt.row.output_id}."
    )
    lost = sum(support.UNSUPPORTED in draft.flags for draft in drafts)
    if lost:
        yield f"For {lost} of its {len(drafts)} changes no run here shows why."
    if shown < len(drafts):
        yield (
            f"{len(drafts) - shown} of them change order and layout alone, and are not "
            "proposed."
        )
    if difference.both:
        yield f"Changed on both sides in the meantime: {', '.join(difference.both)}."
    if bill is None:
        yield (
            "What it cost is not known: there is no price for its model. It counts in "
            "the budget as soon as somebody adds one."
        )
