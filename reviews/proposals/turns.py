"""Whose turn it is, beyond everybody who may decide: assigned, mentioned, answered, reset.

A turn ends when its person says something, decides, or passes it on. Only people have
turns: what a policy or a dream does asks nothing of itself. Turns change under their
proposal's lock, so two who call each other at once do not wait for each other.
"""

from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import Invalid
from reviews.proposals import locks, states
from reviews.proposals.models import Approval, Proposal, Turn
from reviews.teams import roles
from reviews.teams.models import Membership, User

Why = Turn.Why
# Whoever speaks or decides has seen what they speak about; with every verb, so written out.
_ACTED = """
WITH over AS (
    DELETE FROM reviews_turn turn USING reviews_user person
    WHERE turn.proposal_id = %(proposal)s AND turn.user_id = person.id
        AND person.username = %(name)s
)
UPDATE reviews_visit visit SET wording = %(wording)s FROM reviews_user person
WHERE visit.proposal_id = %(proposal)s AND visit.user_id = person.id
    AND person.username = %(name)s
"""


def give(proposal: Proposal, user: User, why: Turn.Why, *, by: Actor) -> Turn | None:
    """Give somebody the turn, and say why; nobody has one once it is settled.

    Whoever has it already has it for the newest reason.
    """
    if proposal.state not in states.UNDECIDED or str(by) == f"person:{user.actor_name}":
        return None
    turn, _ = Turn.objects.update_or_create(
        proposal=proposal,
        user=user,
        defaults={"why": why, "by": str(by), "at": timezone.now()},
    )
    return turn


def acted(proposal: Proposal, by: Actor) -> None:
    """Somebody said or decided something: their turn is over, and they are up to date."""
    if by.kind == "person":
        seen = {"proposal": proposal.pk, "wording": proposal.wording}
        with connection.cursor() as cursor:
            cursor.execute(_ACTED, {**seen, "name": by.name})


def reset(proposal: Proposal, *, by: Actor) -> None:
    """Whoever has approved is asked again: other words came since.

    To be called while their approvals still stand.
    """
    standing = Approval.objects.filter(proposal=proposal, void_at__isnull=True)
    names = [
        actor.name
        for actor in map(Actor.parse, standing.values_list("by", flat=True))
        if actor.kind == "person"
    ]
    for user in User.objects.filter(username__in=names) if names else ():
        give(proposal, user, Why.RESET, by=by)


@transaction.atomic
def assign(proposal: Proposal, user: User | None, *, by: Actor) -> None:
    """Ask one person to see to it, instead of whoever was asked before; None asks nobody.

    Whoever assigns it to somebody else has passed their own turn on.
    """
    locks.take(proposal)
    if proposal.state not in states.UNDECIDED:
        raise Invalid(f"{proposal} is settled: there is nothing left to do about it.")
    if user is not None:
        check_may_decide(proposal, user)
    Turn.objects.filter(proposal=proposal, why=Why.ASSIGNED).delete()
    if user is None or user.actor_name != by.name:
        acted(proposal, by)
    if user is not None:
        Turn.objects.update_or_create(
            proposal=proposal,
            user=user,
            defaults={"why": Why.ASSIGNED, "by": str(by), "at": timezone.now()},
        )
    ledger.record(
        by,
        "proposal.assigned",
        proposal,
        team=proposal.store.team,
        to=user.actor_name if user else None,
    )


def of(proposals: Iterable[Proposal]) -> dict[int, list[Turn]]:
    """The turns on these proposals, with their people, in one query."""
    rows = Turn.objects.filter(proposal__in=list(proposals)).select_related("user")
    found: dict[int, list[Turn]] = {}
    for turn in rows.order_by("at", "pk"):
        found.setdefault(turn.proposal_id, []).append(turn)
    return found


def candidates(proposal: Proposal) -> list[User]:
    """Whoever of the team may see to a proposal, by name."""
    rows = Membership.objects.filter(
        team=proposal.store.team_id,
        role__in=roles.allowed("decide"),
        user__is_active=True,
    )
    return [row.user for row in rows.select_related("user").order_by("user__username")]


def check_may_decide(proposal: Proposal, user: User) -> None:
    """Refuse to wait for somebody who could do nothing about it."""
    if user.pk not in {each.pk for each in candidates(proposal)}:
        raise Invalid(
            f"{user.actor_name} cannot decide about proposals of this team.",
            field="user",
        )
