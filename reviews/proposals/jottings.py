"""What somebody has typed on a proposal and not sent: kept, so that nothing is lost."""

from django.db import connection
from django.utils import timezone

from reviews.proposals.models import Jotting, Proposal
from reviews.teams.models import User


def keep(proposal: Proposal, user: User, field: str, text: str) -> None:
    """Keep what stands in a field now; nothing in it is nothing to keep."""
    if not text:
        clear(proposal, user, field)
        return
    Jotting.objects.update_or_create(
        proposal=proposal,
        user=user,
        field=field,
        defaults={"text": text, "at": timezone.now()},
    )


def of(proposal: Proposal, user: User) -> dict[str, str]:
    """What somebody had typed, by field."""
    rows = Jotting.objects.filter(proposal=proposal, user=user)
    return dict(rows.values_list("field", "text"))


def clear(proposal: Proposal, user: User, field: str | None = None) -> None:
    """Forget one field, or all of them once they have been sent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM reviews_jotting WHERE proposal_id = %(proposal)s"
            " AND user_id = %(user)s AND (%(field)s IS NULL OR field = %(field)s)",
            {"proposal": proposal.pk, "user": user.pk, "field": field},
        )
