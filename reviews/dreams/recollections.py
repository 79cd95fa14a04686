"""What a store remembers of its people's decisions, and which of its runs went badly.

Given to engines that ask a model, in bounded numbers: newest first, so that what people
think today counts most.
"""

from collections.abc import Sequence

from django.db.models import Q

from reviews.dreams import episodes
from reviews.dreams.engines import Reflected, Rejected
from reviews.dreams.models import Episode, Pattern
from reviews.memory.models import Store
from reviews.proposals import states
from reviews.proposals.models import Mute, Proposal, Wording
from reviews.traces.models import Trace

REJECTED, PREFERRED, LESSONS, TROUBLED = 40, 10, 200, 2_000
_LONGEST = 400


def rejected(store: Store) -> tuple[Rejected, ...]:
    """What people turned down and has not been let back, with their reasons."""
    mutes = (
        Mute.objects.filter(store=store, lifted_at=None)
        .select_related("proposal")
        .order_by("-at", "-pk")[:REJECTED]
    )
    return tuple(
        Rejected(
            fingerprint=mute.fingerprint,
            text=mute.proposal.title[:_LONGEST],
            reason=mute.reason[:_LONGEST],
            ground=mute.ground,
        )
        for mute in mutes
    )


def preferred(store: Store) -> tuple[tuple[str, str], ...]:
    """What a dream proposed beside what a person made of it before saying yes."""
    agreed = Proposal.objects.filter(
        store=store, state=Proposal.State.APPLIED, wording__gt=1
    ).exclude(engine="")
    newest = list(agreed.order_by("-settled_at", "-pk")[:PREFERRED])
    wordings = Wording.objects.filter(proposal__in=newest, redacted_at=None)
    texts = {(one.proposal_id, one.number): one.texts or {} for one in wordings}
    pairs = (
        (
            texts.get((one.pk, 1), {}).get("0", ""),
            texts.get((one.pk, one.wording), {}).get("0", ""),
        )
        for one in newest
    )
    return tuple(
        (before[:_LONGEST], after[:_LONGEST])
        for before, after in pairs
        if before and after and before != after
    )


def settled(store: Store) -> frozenset[str]:
    """What waits for people in words of its own, or is in memory already."""
    done = (Proposal.State.APPLIED, Proposal.State.SPLIT_OFF)
    rows = Proposal.objects.filter(store=store, state__in=[*states.UNDECIDED, *done])
    return frozenset(rows.values_list("fingerprint", flat=True))


def lessons(store: Store) -> tuple[tuple[str, str], ...]:
    """What single runs have taught before: fingerprint and what it is about."""
    rows = Pattern.objects.filter(store=store, trigger__has_key="lesson")
    newest = rows.order_by("-last_seen_at", "-pk").values_list(
        "fingerprint", "trigger__lesson"
    )
    return tuple(newest[:LESSONS])


def troubled(store: Store) -> frozenset[tuple[str, str]]:
    """Runs in which people corrected the agent or it gave up, newest first, so many."""
    bad = Episode.objects.filter(
        Q(scores__correction__gt=0) | Q(scores__gave_up__gt=0),
        agent__subscriptions__store=store,
    ).order_by("-day", "-pk")
    return frozenset(bad.values_list("agent__name", "trace__external_id")[:TROUBLED])


def reflect(store: Store, reflections: Sequence[Reflected], *, by: str) -> None:
    """Put what a model reflected beside the traces that it read, as they are now."""
    for one in reflections:
        trace = Trace.objects.filter(
            agent__team=store.team_id, agent__name=one.agent, external_id=one.trace
        ).first()
        if trace is not None:
            episodes.reflect(trace, one.items, by=by)
