"""What every draft has to pass before it is proposed, whichever engine wrote it.

Quotes are held against the stored steps by the offsets that the engine gave; support is
what can be read there, in independent groups, and numbers are counted again.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from reviews.dreams import provenances
from reviews.dreams.engines import Head, Refusal
from reviews.memory import places, plans
from reviews.memory.models import Store
from reviews.proposals import quotations
from reviews.proposals.drafts import Draft
from reviews.proposals.quotations import Checked

# Independent groups that must show it, in words that can be read there.
QUOTED_GROUPS = 2
# What memory itself shows needs no run; of what is gone, one person's word is worth reading.
HYGIENE_GROUPS = {"duplicate": 0, "outdated": 0, "stale": 1}
# Raised by drafts of a system that gives no source: people may still want them.
UNSUPPORTED = "unsupported"
# Beyond so many, nobody reads them: the best are proposed, the rest waits.
MOST_DRAFTS = 50
# Characters of one rule.
LONGEST_RULE = 4_000

_Reason = tuple[str, str] | None


@runtime_checkable
class Recounts(Protocol):
    """An engine that can count a draft's support again, from the digests alone."""

    def recount(
        self, digests: Iterable[bytes], drafts: Sequence[Draft]
    ) -> Sequence[Mapping[str, float]]:
        """The counts of each draft, by the names that the draft gives them."""
        ...


def check(
    drafts: Sequence[Draft], *, store: Store, head: Head
) -> tuple[list[Draft], list[Refusal]]:
    """Let through, in order, what can be verified; say of everything else why not."""
    passed: list[Draft] = []
    refused: list[Refusal] = []
    seen: set[str] = set()
    for draft in drafts:
        quoted = quotations.check(store.team, draft.quotes)
        reason = (
            _twice(draft, seen)
            or _size(draft, head)
            or _support(draft, quoted)
            or provenances.fault(draft, head, quoted.steps)
        )
        if reason is None and len(passed) >= MOST_DRAFTS:
            reason = "too-many", f"A dream proposes at most {MOST_DRAFTS} changes."
        if reason:
            refused.append(refusal(draft, *reason))
        else:
            held = msgspec.structs.replace(draft, quotes=quoted.quotes)
            if provenances.is_borrowed(held, head, quoted.steps):
                held = _flagged(held, "tool-only")
            if provenances.names_anew(held, head):
                held = _flagged(held, "new-name")
            passed.append(held)
        seen.add(draft.fingerprint)
    return _breaker(passed, store.deletion_limit), refused


def recount(
    engine: object, drafts: Sequence[Draft], digests: Iterable[bytes]
) -> tuple[list[Draft], list[Refusal]]:
    """Count again where the engine can; a draft that says otherwise is refused."""
    if not isinstance(engine, Recounts) or not drafts:
        return list(drafts), []
    passed: list[Draft] = []
    refused: list[Refusal] = []
    for draft, counts in zip(drafts, engine.recount(digests, drafts), strict=True):
        wrong = [
            name for name, count in counts.items() if draft.counts.get(name) != count
        ]
        if wrong:
            names = ", ".join(sorted(wrong))
            sentence = f"Counted again from the digests, these differ: {names}."
            refused.append(refusal(draft, "miscounted", sentence))
        else:
            passed.append(draft)
    return passed, refused


def refusal(draft: Draft, code: str, reason: str) -> Refusal:
    """A draft that is not proposed, and why."""
    return Refusal(
        statement=draft.title,
        code=code,
        reason=reason,
        family=draft.family,
        kind=draft.kind,
        fingerprint=draft.fingerprint,
        counts=draft.counts,
    )


def _twice(draft: Draft, seen: set[str]) -> _Reason:
    if draft.fingerprint in seen:
        return "duplicate", "This dream proposes the same thing already."
    return None


def _size(draft: Draft, head: Head) -> _Reason:
    for operation in draft.operations:
        # A memory as a whole, new or rewritten at a place, is bounded by its bytes.
        whole = places.WHOLE in operation.behind or (
            operation.before and operation.before == head.texts.get(operation.path)
        )
        if len(operation.after) > LONGEST_RULE and not whole:
            return "too-long", f"A rule has at most {LONGEST_RULE:,} characters."
        grown = len(head.texts.get(operation.path, "").encode())
        grown += len(operation.after.encode()) - len(operation.before.encode())
        if operation.after and grown > plans.MAX_SIZE:
            return (
                "memory-full",
                f"{operation.path} would outgrow {plans.MAX_SIZE:,} bytes.",
            )
    return None


def _support(draft: Draft, quoted: Checked) -> _Reason:
    if UNSUPPORTED in draft.flags:
        # It says so itself, and no policy may decide about it.
        return None
    needed = HYGIENE_GROUPS.get(draft.kind, QUOTED_GROUPS)
    groups = {
        quoted.traces[quote.agent, quote.trace].group
        for quote in quoted.quotes
        if quote.stance == "for"
    }
    if len(groups) >= needed:
        return None
    found = "only one" if groups else "none"
    several = f"{needed} independent groups" if needed > 1 else "one group"
    return "unquotable", (
        f"It has to be quoted verbatim from {several} of runs, and {found} could be."
    )


def _breaker(drafts: list[Draft], limit: int) -> list[Draft]:
    """Mark every deletion of a dream that would delete more than the store allows."""
    deletions = sum(_deletions(draft) for draft in drafts)
    if deletions <= limit:
        return drafts
    return [
        msgspec.structs.replace(draft, flags=(*draft.flags, "mass-change"))
        if _deletions(draft)
        else draft
        for draft in drafts
    ]


def _flagged(draft: Draft, flag: str) -> Draft:
    return msgspec.structs.replace(
        draft, flags=tuple(dict.fromkeys((*draft.flags, flag)))
    )


def _deletions(draft: Draft) -> int:
    return sum(operation.kind == "delete" for operation in draft.operations)
