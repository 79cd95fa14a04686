"""Doubting: another reading tries to refute each rule before people see it.

It can only bar and object: what it says never makes a proposal look better than it did.
"""

from collections.abc import Sequence

import msgspec

from reviews.dreams.claude import answers, cards, plain, prompts
from reviews.dreams.claude.cards import Card
from reviews.dreams.claude.schemas import Doubt
from reviews.dreams.engines import Question, Tier
from reviews.proposals.drafts import Draft

_LONGEST = 400


def ask(draft: Draft, card: Card, tier: Tier = "strong") -> Question:
    """The question about one rule as it would be written."""
    content = cards.content(card)
    content["rule"] = [
        {"op": one.kind, "before": one.before, "after": one.after}
        for one in draft.operations
    ]
    return answers.question(
        f"doubt:{draft.fingerprint[:40]}",
        "doubt",
        tier,
        prompts.block(content),
        Doubt,
        runs=card.runs(),
        max_tokens=700,
    )


def needs(draft: Draft, *, worded: bool) -> bool:
    """Whether a second reading is worth its price: a model's words, or any risk."""
    return worded or bool(draft.flags) or len(draft.operations) > 1


def apply(draft: Draft, card: Card, doubt: Doubt | None, *, worded: bool) -> Draft:
    """What a second reading makes of a draft."""
    if doubt is None or doubt.draft_id != card.id:
        return _flagged(draft, ("not-doubted",)) if worded else draft
    if doubt.verdict == "supported":
        return draft
    objection = plain.shown(" ".join(doubt.objection.split())).text[:_LONGEST]
    said = objection or "no reason was given"
    flagged = _flagged(draft, (doubt.verdict,))
    return msgspec.structs.replace(
        flagged, because=f"{draft.because} A second reading objects: “{said}”".strip()
    )


def _flagged(draft: Draft, names: Sequence[str]) -> Draft:
    raised = dict.fromkeys((*draft.flags, *names))
    return msgspec.structs.replace(draft, flags=tuple(raised))
