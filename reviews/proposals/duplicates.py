"""The same thing proposed twice: one of them carries on, with the evidence of both.

A duplicate is superseded for good; what dreams find under its fingerprint later goes to
the one that carried on. Nothing is counted twice: quotes by their place in a trace,
support by its independent groups.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from rapidfuzz import fuzz

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid
from reviews.memory.models import Store
from reviews.proposals import (
    locks,
    quotations,
    requirements,
    settlements,
    states,
    turns,
    wordings,
)
from reviews.proposals.models import Evidence, Operation, Proposal

State = Proposal.State
# Past so many duplicates of duplicates somebody is going round in circles.
LONGEST_WAY = 50


class NotUndecided(DomainError):
    """What carries on has to be undecided."""

    code = "not-undecided"


class Doing(NamedTuple):
    """Where an operation works and what it says: how its like is found elsewhere."""

    path: str
    words: str


@transaction.atomic
def mark(
    proposal: Proposal, canonical: Proposal, *, by: Actor, reason: str = ""
) -> None:
    """Let ``canonical`` carry on for both; it takes the evidence along. For good."""
    if proposal.pk == canonical.pk:
        raise Invalid("A proposal is no duplicate of itself.", field="of")
    if proposal.store_id != canonical.store_id:
        raise Invalid("They are about different stores.", field="of")
    requirements.check_decider(by)
    locks.take_with_store(proposal)
    locks.take(canonical)
    settlements.check_waiting(proposal)
    if canonical.state not in states.UNDECIDED:
        label = State(canonical.state).label.lower()
        raise NotUndecided(f"{canonical} is {label}: nothing can carry on as it.")
    now = timezone.now()
    states.move(proposal, State.SUPERSEDED, settled_at=now)
    proposal.superseded_by = canonical
    proposal.save(update_fields=["superseded_by"])
    turns.acted(proposal, by)
    quotes, groups = _take_along(proposal, canonical)
    ledger.record(
        by,
        "proposal.merged",
        proposal,
        team=proposal.store.team,
        reason=reason,
        into=canonical.pk,
        quotes=quotes,
        groups=groups,
    )


def carrying_on(store: Store, fingerprint: str) -> Proposal | None:
    """Who carries on for a fingerprint that was marked as a duplicate; None: it itself."""
    # Only its newest proposal counts: it may have come back on its own since.
    newest = (
        Proposal.objects.filter(store=store, fingerprint=fingerprint)
        .order_by("-pk")
        .select_related("superseded_by")
        .first()
    )
    found = newest and newest.superseded_by
    for _ in range(LONGEST_WAY):
        if found is None or found.superseded_by is None:
            break
        found = found.superseded_by
    if found is None or found.fingerprint == fingerprint:
        return None
    return None if found.state in {State.WITHDRAWN, State.SUPERSEDED} else found


def has_taken_over(proposal: Proposal) -> bool:
    """Whether it carries on for others than itself, so that its counts are of several."""
    others = proposal.superseded.exclude(fingerprint=proposal.fingerprint)
    return others.exists()


def together(
    one: Mapping[str, float], other: Mapping[str, float], *, groups: int, joined: int
) -> dict[str, float]:
    """The counts of both: at least so much, so that nothing is counted twice.

    ``groups`` is how many there are in all, ``joined`` how many of them are new to
    ``one``: each of those stands for at least one run more.
    """
    most = {name: max(value, other.get(name, 0)) for name, value in one.items()}
    runs = max(one.get("runs", 0) + joined, other.get("runs", 0))
    return {**most, "groups": groups, "runs": runs}


def matched(sources: Sequence[Doing], targets: Sequence[Doing]) -> list[int]:
    """For each source the target that it is likest: in the same memory, if there is one."""
    return [
        max(
            range(len(targets)),
            key=lambda at: (
                targets[at].path == source.path,
                fuzz.token_sort_ratio(source.words, targets[at].words),
                -at,
            ),
        )
        for source in sources
    ]


def doing(proposal: Proposal) -> tuple[list[Operation], list[Doing]]:
    """A proposal's operations, and what each does in the newest wording."""
    wording = wordings.newest(proposal)
    operations = list(proposal.operations.order_by("position"))
    said = [wordings.said(wording, operation) for operation in operations]
    return operations, [
        Doing(operation.path, each.after or each.before)
        for operation, each in zip(operations, said, strict=True)
    ]


def _take_along(proposal: Proposal, canonical: Proposal) -> tuple[int, int]:
    """Give evidence, groups and counts on; say how many quotes and groups were new."""
    quotes = _copy_evidence(proposal, canonical)
    shared = set(proposal.groups) & set(canonical.groups)
    groups = sorted({*canonical.groups, *proposal.groups})
    joined = len(groups) - len(canonical.groups)
    counts = together(
        canonical.counts, proposal.counts, groups=len(groups), joined=joined
    )
    if not shared:
        # Every run belongs to one group: where none is shared, no run is.
        ran = (each.counts.get("runs", 0) for each in (canonical, proposal))
        counts["runs"] = sum(ran)
    canonical.groups, canonical.counts = groups, counts
    canonical.people = sorted({*canonical.people, *proposal.people})
    canonical.save(update_fields=["groups", "people", "counts"])
    return quotes, joined


def _copy_evidence(proposal: Proposal, canonical: Proposal) -> int:
    """Copy the quotes that are new to the operations that they are likest to speak of."""
    sources, theirs = doing(proposal)
    targets, ours = doing(canonical)
    goes_to = dict(
        zip([o.pk for o in sources], matched(theirs, ours), strict=True),
    )
    held = Evidence.objects.filter(operation__in=targets)
    known = {quotations.place_of(row) for row in held}
    counts = Counter(row.operation_id for row in held)
    copies = []
    for row in Evidence.objects.filter(operation__in=sources).order_by("pk"):
        place = quotations.place_of(row)
        if place in known:
            continue
        known.add(place)
        target = targets[goes_to[row.operation_id]]
        row.pk, row._state.adding = None, True
        row.operation, row.position = target, counts[target.pk]
        counts[target.pk] += 1
        copies.append(row)
    Evidence.objects.bulk_create(copies)
    return len(copies)
