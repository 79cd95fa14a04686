"""Asking for a rollback: the inverse of a change as a proposal, for others to decide.

It is worded rule by rule as the change was, so that it reads as one; where the rules
have moved since, it is about whole memories, as the preview shows them.
"""

import hashlib
from collections.abc import Iterator, Sequence

from django.db import transaction

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import Invalid
from reviews.memory import versions
from reviews.proposals import (
    locks,
    openings,
    requirements,
    submissions,
    undoings,
    wordings,
)
from reviews.proposals.bindings import Outcome
from reviews.proposals.drafts import Draft, DraftOperation
from reviews.proposals.models import Decision, Operation, Proposal
from reviews.proposals.previews import APPROVALS, REQUEST, Preview

WHY = "Say why it should be taken back: whoever decides will read it."
# Why a rule cannot be named one by one any more.
MOVED = ("rule-moved", "rule-gone", "memory-gone", "already-there", "invalid")


@transaction.atomic
def propose(preview: Preview, *, by: Actor, reason: str) -> Proposal:
    """Open a proposal with what rolling back would do; asking twice leads to the first.

    Conflicts are for somebody who may roll back: only a person can choose a side.
    """
    # As whatever it is submitted with: the switch before the store.
    locks.take_switch(preview.store.team_id)
    locks.take_store(preview.store)
    requirements.check_reason(reason, WHY)
    if preview.conflicts:
        raise versions.RevertConflict(
            f"{' and '.join(preview.conflicts)} changed later in the same place: "
            "whoever may roll back has to choose what stands there."
        )
    if not preview.outcomes:
        raise versions.NothingToCommit("Nothing of it is left to take back.")
    found = submissions.Submission(result="refused", code=MOVED[0])
    if preview.verb == "undo":
        found = _submit(preview, list(_by_rule(preview.undone[0])), by, reason)
    if found.proposal is None and found.code in MOVED:
        found = _submit(preview, list(_by_memory(preview.outcomes)), by, reason)
    if found.proposal is None:
        raise Invalid(found.reason)
    return found.proposal


def _submit(
    preview: Preview, operations: Sequence[DraftOperation], by: Actor, reason: str
) -> submissions.Submission:
    kept = sorted(proposal.pk for proposal in preview.kept)
    seed = [preview.verb, preview.store.pk, preview.version.number, *kept]
    return submissions.open(
        preview.store,
        Draft(
            fingerprint=hashlib.sha256(ledger.canonical(seed).encode()).hexdigest(),
            family="manual",
            kind=REQUEST,
            title=_title(preview),
            operations=tuple(operations),
            because=reason.strip(),
            trigger=undoings.named(preview),
        ),
        by=by,
    )


def _title(preview: Preview) -> str:
    if preview.verb == "undo":
        undone = preview.undone[0]
        return f"Undo {undone}: {undone.title}"[: openings.LONGEST_TITLE]
    return f"Restore v{preview.version.number} of {preview.store.name}"


def _by_rule(proposal: Proposal) -> Iterator[DraftOperation]:
    """What each operation was decided to do, the other way round."""
    decided = proposal.decisions.filter(
        verb__in=APPROVALS, state=Decision.State.APPLIED
    ).latest("pk")
    wording = proposal.wordings.get(number=decided.wording)
    rows = proposal.operations.filter(position__in=decided.included)
    for operation in rows.order_by("-position"):
        said = wordings.said(wording, operation)
        yield _inverse(operation, said.before, said.after)


def _inverse(operation: Operation, before: str, after: str) -> DraftOperation:
    path = operation.path
    match operation.kind:
        case Operation.Kind.ADD:
            return DraftOperation(kind="delete", path=path, before=after)
        case Operation.Kind.DELETE:
            heading = tuple(operation.heading)
            return DraftOperation(kind="add", path=path, heading=heading, after=before)
        case Operation.Kind.RENAME:
            return DraftOperation(kind="rename", path=operation.new_path, new_path=path)
    return DraftOperation(kind="edit", path=path, before=after, after=before)


def _by_memory(outcomes: Sequence[Outcome]) -> Iterator[DraftOperation]:
    """Each memory as a whole, as the preview has it."""
    for one in outcomes:
        if one.new_path:
            yield DraftOperation(kind="rename", path=one.path, new_path=one.new_path)
        if one.before is None:
            yield DraftOperation(kind="add", path=one.path, after=one.after or "")
        elif one.after is None:
            yield DraftOperation(kind="delete", path=one.path, before=one.before)
        elif one.before != one.after:
            yield DraftOperation(
                kind="edit", path=one.path, before=one.before, after=one.after
            )
