"""What the page after a decision says, once: what was decided, and how to take it back."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from reviews.proposals.models import Decision, Proposal

KEY = "just-decided"


@dataclass(frozen=True)
class Toast:
    """One sentence; with an undo while the decision is held."""

    text: str
    undo_url: str = ""
    until: datetime | None = None


def remember(request: HttpRequest, proposal: Proposal) -> None:
    """Let the next page speak of this decision."""
    request.session[KEY] = proposal.pk


def tell(request: HttpRequest) -> Toast | None:
    """What was just decided; told once."""
    key = request.session.pop(KEY, None)
    proposal = Proposal.objects.filter(pk=key).first() if key else None
    if proposal is None:
        return None
    text = f"{proposal}: {proposal.get_state_display().lower()}."
    held = proposal.decisions.filter(
        state=Decision.State.HELD, applies_at__gt=timezone.now()
    ).first()
    if held is None:
        return Toast(text)
    undo = reverse("web:proposal-withdraw", args=[proposal.pk])
    return Toast(text, undo, held.applies_at)
