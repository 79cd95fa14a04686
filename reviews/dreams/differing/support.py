"""What the traces say for a change that came without a source, where they say anything.

A hosted dream names no evidence. Where the offline engine found a pattern about the same
names in much the same words, the change is shown with that pattern's quotes and counts.
"""

from collections.abc import Sequence

import msgspec

from reviews.dreams.differing import saying
from reviews.dreams.differing.words import names, words
from reviews.proposals.drafts import Draft, DraftOperation

UNSUPPORTED = "unsupported"
# Share of the words of the shorter side that both have: with a name in common, without.
NAMED, UNNAMED = 0.35, 0.6
FEWEST = 3
# A change is somebody else's wording: it is never as sure as the pattern itself.
MOST_CONFIDENT = 0.8


def supported(drafts: Sequence[Draft], patterns: Sequence[Draft]) -> tuple[Draft, ...]:
    """Each draft with the evidence of the pattern that it is most like, if it is like one."""
    known = [(pattern, _about(pattern)) for pattern in patterns if pattern.quotes]
    return tuple(_supported(draft, known) for draft in drafts)


def _supported(draft: Draft, known: Sequence[tuple[Draft, str]]) -> Draft:
    text = _about(draft)
    scored = [(_likeness(text, other), -n) for n, (_, other) in enumerate(known)]
    best, place = max(scored, default=(0.0, 0))
    if not best or draft.kind in ("reorganised", "renamed"):
        return draft
    pattern = known[-place][0]
    if _deletes(draft) != _deletes(pattern):
        return draft
    return msgspec.structs.replace(
        draft,
        family=pattern.family,
        quotes=tuple(
            msgspec.structs.replace(quote, operation=0) for quote in pattern.quotes
        ),
        counts=pattern.counts,
        groups=pattern.groups,
        people=pattern.people,
        impact=pattern.impact,
        confidence=min(pattern.confidence, MOST_CONFIDENT),
        trigger=pattern.trigger,
        because=f"{draft.because} The traces here show the same. {pattern.because}".strip(),
        flags=tuple(flag for flag in draft.flags if flag != UNSUPPORTED),
    )


def _likeness(one: str, other: str) -> float:
    """How much two texts are about the same; 0 where that is too little to say so."""
    a, b = set(words(one)), set(words(other))
    if min(len(a), len(b)) < FEWEST:
        return 0.0
    named, called = names(one), names(other)
    if named and called and not named & called:
        return 0.0
    share = len(a & b) / min(len(a), len(b))
    return share if share >= (NAMED if named & called else UNNAMED) else 0.0


def _about(draft: Draft) -> str:
    """The words that a draft brings, or takes away."""
    return " ".join(_words(operation) for operation in draft.operations)


def _words(operation: DraftOperation) -> str:
    if operation.kind == "edit" and not operation.rule:
        come = saying.told(operation.after) - saying.told(operation.before)
        return " ".join(come or saying.told(operation.before))
    return operation.before if operation.kind == "delete" else operation.after


def _deletes(draft: Draft) -> bool:
    return all(operation.kind == "delete" for operation in draft.operations)
