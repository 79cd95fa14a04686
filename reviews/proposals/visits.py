"""Who is at a proposal now, and what each person has seen of it.

Looking is no act: nothing of it stands in the ledger. A page says every few seconds that
it is still open; once it stops saying so, the visit ends by itself.
"""

from collections.abc import Collection
from datetime import timedelta

from django.db.models import Case, F, When
from django.utils import timezone

from reviews.proposals.models import Proposal, Visit
from reviews.teams.models import User

# For so long somebody counts as present after the last sign of life.
LEASE = timedelta(minutes=5)


def of(proposal: Proposal, user: User) -> Visit | None:
    """What somebody has seen of a proposal; None if they never were there."""
    return Visit.objects.filter(proposal=proposal, user=user).first()


def arrive(proposal: Proposal, user: User) -> None:
    """Say that somebody is at a proposal, for the first time or still; one statement."""
    _write(proposal, user, "here_until", here_until=timezone.now() + LEASE)


def open_evidence(proposal: Proposal, user: User, *, only_reads: bool = False) -> None:
    """Remember when somebody first looked at what it rests on.

    Whoever only reads is not at it: others need not wait for what they will say.
    """
    now = timezone.now()
    if only_reads:
        visit = Visit(proposal=proposal, user=user, wording=proposal.wording)
        Visit.objects.bulk_create([visit], ignore_conflicts=True)
    else:
        arrive(proposal, user)
    unseen = Visit.objects.filter(
        proposal=proposal, user=user, evidence_at__isnull=True
    )
    unseen.update(evidence_at=now)


def catch_up(proposal: Proposal, user: User) -> None:
    """Take the newest wording as seen: what "changed since" starts from."""
    _write(proposal, user, "wording")


def here(
    proposals: Collection[Proposal], besides: User | None = None
) -> dict[int, list[str]]:
    """Names of those who are at these proposals now, in one query."""
    rows = Visit.objects.filter(
        proposal__in=proposals, here_until__gt=timezone.now()
    ).order_by("first_at", "pk")
    if besides is not None:
        rows = rows.exclude(user=besides)
    found: dict[int, list[str]] = {}
    for proposal, name in rows.values_list("proposal", shown_name()):
        found.setdefault(proposal, []).append(name)
    return found


def shown_name() -> Case:
    """What people call a user, asked of the database."""
    return Case(When(user__name="", then=F("user__username")), default=F("user__name"))


def _write(proposal: Proposal, user: User, *fields: str, **values: object) -> None:
    """Make or update a visit, whoever else is doing the same right now."""
    visit = Visit(proposal=proposal, user=user, wording=proposal.wording, **values)
    Visit.objects.bulk_create(
        [visit],
        update_conflicts=True,
        unique_fields=["proposal", "user"],
        update_fields=list(fields),
    )
