"""What happens between an approval and its version: the hold ends, or is taken back.

An approved proposal is written against the head as it is when its hold ends. Other
changes that came in between are kept; where they stand in the way, nothing is written
and the proposal needs attention, with the reason.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import DomainError
from reviews.memory import versions
from reviews.memory.models import Store, Version
from reviews.proposals import (
    bindings,
    locks,
    mutes,
    rebases,
    settlements,
    splits,
    states,
    turns,
    undoings,
)
from reviews.proposals.bindings import Binding, Block, Memories
from reviews.proposals.models import (
    Approval,
    Decision,
    KillSwitch,
    Operation,
    Proposal,
)
from reviews.proposals.previews import REQUEST, Preview

State = Proposal.State
logger = logging.getLogger(__name__)

# A sweep takes so many; the next one is seconds away.
SWEEP = 500


class NotHeld(DomainError):
    """There is no decision on hold to take back."""

    code = "not-held"


def apply_due(now: datetime | None = None) -> int:
    """Apply every decision whose hold has ended; say how many were carried out."""
    due = Decision.objects.filter(
        state=Decision.State.HELD, applies_at__lte=now or timezone.now()
    ).order_by("applies_at", "pk")
    done = 0
    for key in list(due.values_list("pk", flat=True)[:SWEEP]):
        try:
            done += apply(key, now) is not None
        except Exception:
            # One that breaks must not keep the others from being applied.
            logger.exception("Decision %s could not be applied", key)
    return done


@transaction.atomic
def apply(decision: Decision | int, now: datetime | None = None) -> Decision | None:
    """Carry out one decision, once; None when it is not held, or not due yet."""
    key = decision if isinstance(decision, int) else decision.pk
    found = Decision.objects.select_related("proposal__store__team").get(pk=key)
    switch = None
    if found.policy_version_id:
        switch = locks.take_switch(found.proposal.store.team_id)
    locks.take_with_store(found.proposal)
    undoings.lock(found.proposal)
    found.refresh_from_db(fields=["state"])
    due = found.applies_at is not None and found.applies_at <= (now or timezone.now())
    if found.state != Decision.State.HELD or not due:
        return None
    if switch is not None and switch.on:
        _stop(found, switch)
        return None
    carry_out(found)
    return found


def carry_out(decision: Decision) -> None:
    """Write the version of a held decision; proposal and store are locked already."""
    proposal = decision.proposal
    binding, memories = bindings.at_head(proposal)
    blocks = binding.only(decision.included)
    taken = None
    try:
        undoings.check(proposal)
        faults = [block for block in blocks if not block.applies]
        if faults:
            raise bindings.Stale(faults[0].sentence)
        if undoings.is_whole(proposal, decision.included):
            taken = undoings.preview(proposal)
        with transaction.atomic():
            version = _commit(decision, blocks, memories, taken)
    except DomainError as refusal:
        _fail(decision, refusal.message)
        return
    decision.note = _note(decision, binding, blocks)
    decision.state, decision.version = Decision.State.APPLIED, version
    decision.save(update_fields=["state", "version", "note"])
    states.move(proposal, State.APPLIED, attention="")
    mutes.lift(proposal.store, proposal.fingerprint, by=Actor.parse(decision.by))
    if taken is not None:
        undoings.settle(proposal, taken, decision=decision)
    _see_to_rest(decision)
    mark_moved(proposal.store, [block.path for block in blocks])
    ledger.record(
        Actor.parse(decision.by),
        "proposal.applied",
        proposal,
        team=proposal.store.team,
        reason=decision.reason,
        decision=decision.pk,
        version=version.number,
        note=decision.note,
    )


@transaction.atomic
def withdraw(proposal: Proposal, *, by: Actor, reason: str = "") -> Decision:
    """Take an approval back within its hold: nothing was written, it is open again."""
    locks.take(proposal)
    decision = proposal.decisions.filter(state=Decision.State.HELD).first()
    if decision is None:
        raise NotHeld(_why_not_held(proposal), state=proposal.state)
    _take_back(decision, note=reason, by=by)
    ledger.record(
        by,
        "proposal.withdrawn",
        proposal,
        team=proposal.store.team,
        reason=reason,
        decision=decision.pk,
    )
    return decision


def mark_moved(store: Store, paths: Sequence[str], since: int | None = None) -> None:
    """Say on every waiting neighbour whose words have moved that they have.

    What a page or a decision relies on is computed anew; this is what lists go by.
    Approvals of a place that has changed since a version (the last one) are void.
    """
    touching = Operation.objects.filter(
        proposal=OuterRef("pk"),
        path__in=set(paths),
        kind__in=[
            Operation.Kind.EDIT,
            Operation.Kind.DELETE,
            Operation.Kind.RENAME,
        ],
    )
    waiting = Proposal.objects.filter(
        # Of a rollback request, what it takes back may have moved from under it.
        Exists(touching) | Q(kind=REQUEST),
        store=store,
        state__in=[State.OPEN, State.CHANGES_REQUESTED],
    )
    # Whoever is deciding about one right now sees for themselves what has moved.
    neighbours = list(waiting.select_for_update(skip_locked=True, no_key=True))
    for proposal in neighbours:
        proposal.store = store
    if not neighbours:
        return
    found = bindings.of_many(neighbours)
    rebases.reset(store, store.head - 1 if since is None else since, neighbours, found)
    for proposal in neighbours:
        moved = found[proposal.pk].moved
        gone = undoings.moot(proposal)
        proposal.attention = gone or (moved[0].sentence if moved else "")
    Proposal.objects.bulk_update(neighbours, ["attention"])


def _commit(
    decision: Decision,
    blocks: Sequence[Block],
    memories: Memories,
    taken: Preview | None,
) -> Version:
    """The version that these blocks make of the head."""
    store, by = decision.proposal.store, Actor.parse(decision.by)
    reason = decision.reason or decision.proposal.title
    result = bindings.applied(memories, blocks)
    if taken and (back := undoings.write(taken, result, by=by, reason=reason)):
        return back
    return versions.commit(
        store,
        result.texts,
        by=by,
        reason=reason,
        kind=Version.Kind.EDIT
        if decision.proposal.family == "manual"
        else Version.Kind.DECISION,
        renames=result.renames,
    )


def _see_to_rest(decision: Decision) -> None:
    """What was left out lives on by itself, or is rejected along with this decision."""
    rest = splits.off(decision.proposal, decision)
    if rest is None or decision.wishes.get("rest") != "reject":
        return
    locks.take(rest)
    if rest.state not in states.WAITING:
        return
    by = Actor.parse(decision.by)
    reason = decision.reason or f"Left out when {decision.proposal} was approved."
    mutes.place(rest, by=by, reason=reason, ground="other")
    settlements.record(
        rest,
        Decision.Verb.REJECT,
        State.REJECTED,
        by=by,
        reason=reason,
        ground="other",
        request=None,
    )


def _fail(decision: Decision, sentence: str) -> None:
    """The hold ended in a conflict: nothing is written, the proposal says why."""
    proposal = decision.proposal
    decision.state, decision.note = Decision.State.FAILED, sentence
    decision.save(update_fields=["state", "note"])
    _void_approvals(proposal, by=Actor.system("hold"))
    states.move(
        proposal,
        State.NEEDS_ATTENTION,
        attention=sentence,
        settled_at=None,
        waiting_since=timezone.now(),
    )
    ledger.record(
        Actor.system("hold"),
        "proposal.conflicted",
        proposal,
        team=proposal.store.team,
        reason=sentence,
        decision=decision.pk,
    )


def _stop(decision: Decision, switch: KillSwitch) -> None:
    """A policy decided, and the kill switch was turned on before it came to be."""
    sentence = "The kill switch was turned on during the hold."
    by = Actor.parse(switch.by) if switch.by else Actor.system("kill-switch")
    _take_back(decision, note=sentence, by=by)
    ledger.record(
        by,
        "proposal.withdrawn",
        decision.proposal,
        team=decision.proposal.store.team,
        reason=sentence,
        decision=decision.pk,
    )


def _take_back(decision: Decision, *, note: str, by: Actor) -> None:
    decision.state, decision.note = Decision.State.WITHDRAWN, note
    decision.save(update_fields=["state", "note"])
    _void_approvals(decision.proposal, by=by)
    states.move(decision.proposal, State.OPEN, settled_at=None)


def _void_approvals(proposal: Proposal, *, by: Actor) -> None:
    """Ask whoever approved again, unless they took it back themselves."""
    turns.reset(proposal, by=by)
    standing = Approval.objects.filter(proposal=proposal, void_at__isnull=True)
    standing.update(void_at=timezone.now())


def _note(decision: Decision, binding: Binding, blocks: Sequence[Block]) -> str:
    """What applying has to say: which versions it was rebased over, what was merged."""
    proposal = decision.proposal
    over = bindings.versions_over(
        proposal.store, proposal.base, binding.head, [block.path for block in blocks]
    )
    left = undoings.left(proposal, decision.included)
    if not over:
        return left
    names = ", ".join(f"v{number}" for number in over)
    merged = [block.sentence for block in blocks if block.standing == "merged"]
    said = [f"Rebased cleanly over {names}.", *merged, left]
    return " ".join(filter(None, said))


def _why_not_held(proposal: Proposal) -> str:
    applied = proposal.decisions.filter(state=Decision.State.APPLIED).last()
    if applied is not None and applied.version is not None:
        return (
            f"{proposal} was applied as v{applied.version.number} already: "
            "it can be undone, not taken back."
        )
    return f"No decision on {proposal} is on hold."
