"""What a proposal says, formulation by formulation.

A wording holds the text after of every operation and, where it was written against a
newer text than the operation's own, that text too. It is never changed: whoever says it
better writes the next one.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.memory import diffs
from reviews.proposals.models import Operation, Proposal, Wording


class Said(NamedTuple):
    """What a wording makes of one operation: the text before, the text after."""

    before: str
    after: str


def newest(proposal: Proposal) -> Wording:
    """The wording that a decision would be about."""
    return proposal.wordings.get(number=proposal.wording)


def said(wording: Wording, operation: Operation) -> Said:
    """Before and after of one operation; both empty once redacted."""
    texts = wording.texts or {}
    position = operation.position
    before = texts.get(_base_key(position), operation.before)
    return Said(before or "", texts.get(str(position), ""))


def write(
    proposal: Proposal,
    number: int,
    operations: Iterable[Operation],
    texts: Mapping[int, Said],
    *,
    by: Actor,
) -> Wording:
    """Store one more wording with its diffs, and what a decision on it is bound to."""
    stored: dict[str, str] = {}
    for operation in operations:
        position = operation.position
        stored[str(position)] = texts[position].after
        if texts[position].before != (operation.before or ""):
            stored[_base_key(position)] = texts[position].before
    return Wording.objects.create(
        proposal=proposal,
        number=number,
        by=str(by),
        texts=stored,
        diffs={
            str(position): diffs.dump(diffs.compare(before, after))
            for position, (before, after) in texts.items()
        },
        sha256=digest(texts),
    )


def digest(texts: Mapping[int, Said]) -> str:
    """One hash over every text before and after."""
    plain = [[position, *texts[position]] for position in sorted(texts)]
    return hashlib.sha256(ledger.canonical(plain).encode()).hexdigest()


def _base_key(position: int) -> str:
    return f"{position}.before"
