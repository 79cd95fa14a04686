"""New evidence for a proposal that waits: it grows in place instead of coming twice."""

from collections import Counter
from collections.abc import Mapping

import msgspec
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.proposals import (
    bindings,
    duplicates,
    flags,
    followings,
    quotations,
    rewordings,
    snoozes,
)
from reviews.proposals.drafts import Draft
from reviews.proposals.models import Evidence, Proposal
from reviews.proposals.quotations import Checked

CHANGED = (
    "groups",
    "people",
    "counts",
    "because",
    "confidence",
    "impact",
    "flags",
    "risk",
    "snoozed_until",
    "wakes_on_evidence",
    "waiting_since",
)
# Other figures move with every trace that is read: alone they are no news.
NEWS = ("runs", "against")


def bring(proposal: Proposal, draft: Draft, checked: Checked, *, by: Actor) -> str:
    """Add what is new, for it or against it, and say what that is; empty for no news.

    Quotes change places with every dream: alone they are no news. Wordings stay as they
    are: nobody's reading of them is voided by more evidence. A draft of a duplicate adds
    its evidence; what it says of itself is not said of the one that carried on.
    """
    own = draft.fingerprint == proposal.fingerprint
    groups = sorted({*proposal.groups, *draft.groups})
    joined = len(groups) - len(proposal.groups)
    counts = draft.counts
    if not own or duplicates.has_taken_over(proposal):
        counts = duplicates.together(
            proposal.counts, draft.counts, groups=len(groups), joined=joined
        )
    more = _more(proposal.counts, counts)
    if not joined and all(more.get(name, 0) <= 0 for name in NEWS):
        return ""
    added = _add_evidence(proposal, checked, draft if not own else None)
    sentence = _sentence(added, joined, more)
    proposal.groups, proposal.counts = groups, counts
    proposal.people = sorted({*proposal.people, *draft.people})
    if own:
        proposal.because = draft.because or proposal.because
        proposal.confidence = min(1.0, max(0.0, draft.confidence))
        proposal.impact = draft.impact
    proposal.flags = _flags(proposal, draft)
    proposal.risk = flags.risk(tuple(proposal.flags))
    woken = _wake(proposal)
    proposal.save(update_fields=CHANGED)
    followings.answer_with_evidence(proposal, sentence, by=by)
    ledger.record(
        by,
        "proposal.updated",
        proposal,
        team=proposal.store.team,
        reason=sentence,
        quotes=added,
        groups=len(groups),
        dropped=checked.dropped,
        woken=woken,
    )
    return sentence


def is_out_of_place(proposal: Proposal) -> bool:
    """Whether a proposal could not be applied to the head as it is."""
    return any(
        block.standing in {"gone", "conflict"} for block in bindings.of(proposal).blocks
    )


def _wake(proposal: Proposal) -> bool:
    """End a sleep that was to last until there is something new; it waits from now on."""
    if not (proposal.wakes_on_evidence and snoozes.is_asleep(proposal)):
        return False
    proposal.snoozed_until, proposal.wakes_on_evidence = None, False
    proposal.waiting_since = timezone.now()
    return True


def _add_evidence(proposal: Proposal, checked: Checked, other: Draft | None) -> int:
    """Append the quotes that the proposal does not have yet; say how many.

    Those of ``other``, a duplicate's draft, go where they are likest to belong.
    """
    operations = list(proposal.operations.order_by("position"))
    if other is not None:
        checked = _placed(proposal, checked, other)
    known, counts = set(), Counter[int]()
    for row in Evidence.objects.filter(operation__in=operations):
        known.add((row.operation_id, *quotations.place_of(row)))
        counts[row.operation_id] += 1
    new = [
        quote
        for quote in checked.quotes
        if quote.operation < len(operations)
        and (operations[quote.operation].pk, *quotations.place(quote)) not in known
    ]
    rows = quotations.rows(
        checked._replace(quotes=tuple(new)),
        operations,
        [counts[operation.pk] for operation in operations],
    )
    Evidence.objects.bulk_create(rows)
    return len(rows)


def _placed(proposal: Proposal, checked: Checked, other: Draft) -> Checked:
    """The quotes, each for the operation that says what the duplicate's says."""
    theirs = [
        duplicates.Doing(each.path, each.after or each.before)
        for each in other.operations
    ]
    goes_to = duplicates.matched(theirs, duplicates.doing(proposal)[1])
    return checked._replace(
        quotes=tuple(
            msgspec.structs.replace(quote, operation=goes_to[quote.operation])
            for quote in checked.quotes
            if quote.operation < len(goes_to)
        )
    )


def _flags(proposal: Proposal, draft: Draft) -> list[str]:
    """The words' flags as they are; the evidence's as all of it now earns them."""
    voices = (
        Evidence.objects.filter(operation__proposal=proposal, stance="for")
        .values_list("provenance", flat=True)
        .distinct()
    )
    quotes = tuple(
        msgspec.structs.replace(draft.quotes[0], provenance=voice, stance="for")
        for voice in voices
        if draft.quotes
    )
    bare = msgspec.structs.replace(draft, operations=(), quotes=quotes)
    earned = flags.screen(bare)
    lasting = {*rewordings.OF_WORDS, "returned", "like-unsafe", "many-agents"}
    kept = [flag for flag in proposal.flags if flag in lasting]
    return [*kept, *(flag for flag in earned if flag not in kept)]


def _more(old: Mapping[str, float], new: Mapping[str, float]) -> dict[str, float]:
    """By how much the counts have grown, shrunk ones too."""
    return {
        name: value - old.get(name, 0)
        for name, value in new.items()
        if value != old.get(name, 0)
    }


def _sentence(added: int, joined: int, more: Mapping[str, float]) -> str:
    """What is new, in a few words: +14 runs, +3 people, 2 new quotes."""
    parts = [
        f"{more[name]:+g} {name}"
        for name in ("runs", "groups", "people", "agents", "against")
        if name in more
    ]
    if added:
        parts.append(f"{added} new quote{'s' if added != 1 else ''}")
    # Where as many groups left the window, the counts do not show who joined.
    return (", ".join(parts) or f"{joined:+} groups") + " since"
