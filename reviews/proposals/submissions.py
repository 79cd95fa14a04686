"""The only way in: a draft becomes a proposal, adds to one that waits, or is refused.

Whoever drafts goes through the same checks: operations against the head, quotes against
their steps, what was turned down before, the screen, and the policies.
"""

import uuid
from collections.abc import Sequence
from typing import Literal

import msgspec
from django.db import transaction
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid, NotAllowed
from reviews.memory.models import Store
from reviews.proposals import (
    decisions,
    drafts,
    duplicates,
    locks,
    mutes,
    openings,
    quotations,
    settlements,
    states,
    turns,
    updates,
    verdicts,
)
from reviews.proposals.drafts import Draft, DraftOperation
from reviews.proposals.models import Decision, KillSwitch, Proposal
from reviews.proposals.mutes import Met
from reviews.proposals.openings import Located
from reviews.proposals.quotations import Checked

type Result = Literal["opened", "updated", "refused", "returned"]


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a draft; a refused one has a code and a reason.

    ``dropped`` counts quotes that their steps do not bear out.
    """

    result: Result
    proposal: Proposal | None = None
    code: str = ""
    reason: str = ""
    dropped: int = 0
    # Set where a decision came with it: a policy's, or that of an edit by hand.
    decision: Decision | None = None


@transaction.atomic
def open(  # noqa: A001
    store: Store, draft: Draft, *, by: Actor, number: int | None = None
) -> Submission:
    """Let a draft in, or say why not; nothing is raised for what is wrong with it.

    A proposal that will not stay is given its ``number``: the next one is not used up.
    """
    switch = locks.take_switch(store.team_id)
    locks.take_store(store)
    checked = quotations.check(store.team, draft.quotes)
    try:
        _check_shape(draft)
        located = openings.locate(store, draft)
    except DomainError as refusal:
        located, fault = None, refusal
    home = duplicates.carrying_on(store, draft.fingerprint)
    known_as = home.fingerprint if home else draft.fingerprint
    waiting = _waiting(store, known_as)
    if waiting is not None and (home or not _replaces(waiting, located)):
        return _add_to(waiting, draft, checked, by)
    if located is None:
        return _refused(fault.code, fault.message, checked)
    met = mutes.meetings(store, draft, known_as)
    code, reason = _silence(store, draft, known_as, checked, met)
    if code:
        return _refused(code, reason, checked, waiting)
    mute = next((one.mute for one in met if one.same), None)
    if any(not one.same for one in met):
        draft = msgspec.structs.replace(draft, flags=(*draft.flags, "like-unsafe"))
    proposal = openings.write(
        store,
        draft,
        located,
        checked,
        by=by,
        returned=mute.proposal if mute else None,
        replaces=waiting,
        number=number,
    )
    return Submission(
        result="returned" if mute else "opened",
        proposal=proposal,
        dropped=checked.dropped,
        decision=_by_policy(proposal, switch),
    )


@transaction.atomic
def by_hand(
    store: Store,
    operations: Sequence[DraftOperation],
    *,
    by: Actor,
    reason: str = "",
    title: str = "",
    request: uuid.UUID | None = None,
    hold: int | None = None,
) -> Submission:
    """A person's own edit: a proposal and its approval at once, or a refusal.

    Where two people have to approve, it waits for the second with no decision yet.
    """
    switch = locks.take_switch(store.team_id)
    locks.take_store(store)
    first = Decision.objects.filter(request=request).first() if request else None
    if first is not None:
        if (first.proposal.store_id, first.by) != (store.pk, str(by)):
            raise decisions.RequestReused
        return Submission(result="opened", proposal=first.proposal, decision=first)
    draft = drafts.by_hand(operations, title=title)
    _check_shape(draft)
    located = openings.locate(store, draft)
    proposal = openings.write(store, draft, located, Checked(), by=by)
    # Only for the record: whoever edits by hand decides.
    verdicts.give(proposal, switch)
    decision = decisions.approve(
        proposal, by=by, reason=reason, request=request, hold=hold
    )
    return Submission(result="opened", proposal=proposal, decision=decision)


@transaction.atomic
def take_back(proposal: Proposal, *, by: Actor, reason: str = "") -> None:
    """Let whoever proposed something take it from the queue before it is decided."""
    locks.take(proposal)
    if str(by) != proposal.by:
        name = proposal.by.partition(":")[2]
        raise NotAllowed(f"Only {name}, who proposed it, can take it back.")
    settlements.check_waiting(proposal)
    turns.acted(proposal, by)
    states.move(proposal, Proposal.State.WITHDRAWN, settled_at=timezone.now())
    ledger.record(
        by,
        "proposal.taken-back",
        proposal,
        team=proposal.store.team,
        reason=reason,
    )


def _check_shape(draft: Draft) -> None:
    """Refuse a draft of nothing, and evidence for an operation that is not there."""
    if not draft.operations:
        raise Invalid("A proposal needs at least one operation.")
    if any(not 0 <= q.operation < len(draft.operations) for q in draft.quotes):
        raise Invalid("A quote speaks for an operation that is not there.")
    if not draft.fingerprint or len(draft.fingerprint) > 64:
        raise Invalid("A draft needs a fingerprint of at most 64 characters.")


def _waiting(store: Store, fingerprint: str) -> Proposal | None:
    """The undecided proposal of this fingerprint, locked against its decision."""
    undecided = Proposal.objects.filter(
        store=store, fingerprint=fingerprint, state__in=states.UNDECIDED
    )
    found = undecided.select_for_update(no_key=True).first()
    if found is not None:
        found.store = store
    return found


def _replaces(waiting: Proposal, located: Located | None) -> bool:
    """Whether a draft fits the head where the one that waits no longer does."""
    if located is None or waiting.state == Proposal.State.HELD:
        return False
    return updates.is_out_of_place(waiting)


def _add_to(waiting: Proposal, draft: Draft, checked: Checked, by: Actor) -> Submission:
    """New support for what waits already; without any it stays as it is."""
    sentence = updates.bring(waiting, draft, checked, by=by)
    if not sentence:
        reason = f"{waiting} waits already, and nothing new supports it."
        return _refused("waiting", reason, checked, waiting)
    return Submission(
        result="updated", proposal=waiting, reason=sentence, dropped=checked.dropped
    )


def _silence(
    store: Store, draft: Draft, known_as: str, checked: Checked, met: Sequence[Met]
) -> tuple[str, str]:
    """Why a draft that could be applied is not proposed: code and reason, or nothing.

    What was marked as a duplicate is known as the one that carried on.
    """
    applied = Proposal.objects.filter(
        store=store,
        fingerprint=known_as,
        state__in=[Proposal.State.APPLIED, Proposal.State.SPLIT_OFF],
    ).last()
    if applied is not None:
        return "covered", f"{applied} was about this already."
    for one in met:
        if one.same and (said := mutes.refusal(one.mute, draft, timezone.now())):
            is_there = one.mute.ground == "duplicate"
            return ("covered" if is_there else "muted"), said
    needs_quote = bool(draft.engine) and draft.family != "hygiene"
    if needs_quote and not any(quote.stance == "for" for quote in checked.quotes):
        return "no-quote", "No quote for it stands in its step word for word."
    return "", ""


def _refused(
    code: str, reason: str, checked: Checked, proposal: Proposal | None = None
) -> Submission:
    return Submission(
        result="refused",
        code=code,
        reason=reason,
        proposal=proposal,
        dropped=checked.dropped,
    )


def _by_policy(proposal: Proposal, switch: KillSwitch) -> Decision | None:
    """Ask the policies, and let the one that may decide do so."""
    verdict = verdicts.give(proposal, switch)
    version = verdict.policy_version
    if verdict.shadow or not verdict.approves or version is None:
        return None
    return decisions.approve(
        proposal,
        by=Actor.policy(version),
        reason=f"Policy “{version.policy.name}”, version {version.number}.",
        hold=version.limits.get("hold_seconds"),
    )
