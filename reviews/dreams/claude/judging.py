"""Judging whether a pattern is one durable thing, and how it is best said.

The model may turn a pattern down with a reason or word it anew. Its wording stands only
where its quotes are borne out in two independent groups and its names and numbers are in
the evidence; else the offline engine's words stay. Fingerprint, counts and scope never change.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from reviews.dreams.claude import answers, cards, plain, prompts, verification
from reviews.dreams.claude.cards import Card
from reviews.dreams.claude.schemas import Judgement
from reviews.dreams.engines import Context, Head, Question, Refusal, Tier
from reviews.proposals import flags
from reviews.proposals.drafts import Draft, Quote

_WIDTH = {"person": 0, "agent": 1, "team": 2, "store": 3}
_MOST_ALTERNATIVES = 3
# Quotes that a model adds to those of the offline engine: one of each run, so many.
_MOST_QUOTES = 4
_LONGEST_MEMORY = 60_000
REASONS = {
    "split": "several-things",
    "not-worth-it": "not-worth-it",
    "transient": "transient",
    "instance-specific": "instance-specific",
    "suspicious": "suspicious",
}


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one card."""

    card: Card
    draft: Draft | None = None
    refusal: Refusal | None = None
    # The model's words stand.
    worded: bool = False
    # Why they do not, where it gave some.
    kept: str = ""

    def card_of_draft(self) -> Card:
        """The card as it goes on, with the draft as it is now."""
        return msgspec.structs.replace(self.card, draft=self.draft or self.card.draft)


def standing(head: Head, context: Context) -> str:
    """What every judgement should know: memory now, and what people made of proposals."""
    memory, room = [], _LONGEST_MEMORY
    for rule in head.rules:
        room -= len(rule.text)
        if room < 0:
            break
        memory.append({"file": rule.path, "text": plain.shown(rule.text).text})
    past: dict[str, Any] = {
        "turned_down": [
            {"text": one.text, "reason": one.reason, "ground": one.ground}
            for one in context.rejected
        ],
        "reworded_by_people": [
            {"proposed": before, "preferred": after}
            for before, after in context.preferred
        ],
    }
    return f"{prompts.block(memory, 'memory')}\n\n{prompts.block(past, 'past')}"


def ask(card: Card, known: str, tier: Tier = "middle", attempt: int = 1) -> Question:
    """The question about one card."""
    again = f":{attempt}" if attempt > 1 else ""
    return answers.question(
        f"judge:{card.draft.fingerprint[:40]}{again}",
        "judge",
        tier,
        prompts.block(cards.content(card)),
        Judgement,
        runs=card.runs(),
        standing=known,
    )


def weigh(card: Card, judgement: Judgement | None, memory: str) -> Judged:
    """Take a judgement over as far as it can be verified."""
    if judgement is None:
        return Judged(card=card, draft=card.draft)
    if judgement.pattern_id != card.id:
        return Judged(card=card, draft=card.draft, kept="another-pattern")
    if judgement.verdict != "rule":
        return Judged(card=card, refusal=_turned_down(card, judgement))
    held = verification.quotes(judgement.support_quotes, card, "for")
    code, _ = verification.fault(judgement.rule, card, memory)
    if not code and len(held.groups) < verification.GROUPS:
        code = "unsupported"
    if code:
        return Judged(card=card, draft=_narrowed(card.draft, judgement), kept=code)
    against = verification.quotes(judgement.counter_quotes, card, "against")
    return Judged(
        card=card,
        draft=_worded(card, judgement, (*held.quotes, *against.quotes), memory),
        worded=judgement.rule.strip() != card.draft.title,
    )


def _worded(
    card: Card, judgement: Judgement, cited: Sequence[Quote], memory: str
) -> Draft:
    draft = card.draft
    rule = " ".join(judgement.rule.split())
    others = [
        " ".join(text.split())
        for text in (judgement.alternative, draft.title, *draft.alternatives)
        if text.strip() and not verification.fault(text, card, memory)[0]
    ]
    because = draft.because
    limit = " ".join(judgement.when_not.split())
    if limit and not verification.fault(limit, card, memory)[0]:
        because = f"{because} Not meant for: {limit}"
    operation = msgspec.structs.replace(draft.operations[0], after=rule)
    made = msgspec.structs.replace(
        draft,
        title=rule,
        operations=(operation,),
        quotes=_joined(draft, cited),
        alternatives=tuple(dict.fromkeys(one for one in others if one != rule))[
            :_MOST_ALTERNATIVES
        ],
        because=because,
        flags=_by_evidence(draft),
    )
    return _narrowed(
        msgspec.structs.replace(made, flags=flags.screen(made, memory)), judgement
    )


def _joined(draft: Draft, cited: Sequence[Quote]) -> tuple[Quote, ...]:
    """Some of the model's quotes beside the engine's own; what stands within one is one."""
    own, added = list(draft.quotes), dict[tuple[str, str, str], Quote]()
    for quote in cited:
        if not any(_holds(one, quote) for one in own):
            added.setdefault((quote.agent, quote.trace, quote.stance), quote)
    return (*own, *list(added.values())[:_MOST_QUOTES])


def _holds(one: Quote, other: Quote) -> bool:
    """Whether a quote lies within another one."""
    same_step = (one.agent, one.trace, one.step) == (
        other.agent,
        other.trace,
        other.step,
    )
    return same_step and one.start <= other.start and other.end <= one.end


def _by_evidence(draft: Draft) -> tuple[str, ...]:
    """The flags that no wording takes away."""
    return tuple(name for name in draft.flags if name == "tool-only")


def _narrowed(draft: Draft, judgement: Judgement) -> Draft:
    """A scope is the code's to find; that the model would keep it narrower is a flag."""
    if _WIDTH[judgement.scope] >= _WIDTH[draft.scope] or "broad-scope" in draft.flags:
        return draft
    return msgspec.structs.replace(draft, flags=(*draft.flags, "broad-scope"))


def _turned_down(card: Card, judgement: Judgement) -> Refusal:
    reason = " ".join(judgement.reason.split())[:400] or "No reason was given."
    if judgement.split_by:
        reason += f" It differs by: {', '.join(judgement.split_by)[:200]}."
    said = f"Claude: {plain.shown(reason).text}"
    return refusal(card, REASONS[judgement.verdict], said)


def refusal(card: Card, code: str, reason: str) -> Refusal:
    """Why the draft of a card goes no further."""
    return Refusal(
        statement=card.draft.title,
        code=code,
        reason=reason,
        family=card.draft.family,
        kind=card.draft.kind,
        fingerprint=card.draft.fingerprint,
        counts=card.draft.counts,
    )
