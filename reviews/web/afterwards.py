"""What the page after a decision says, once: what was decided, and how to take it back."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from reviews.proposals import requirements
from reviews.proposals.models import Decision, Proposal

KEY, DONE, FROM = "just-decided", "just-done", "just-from"
STATES = {
    Proposal.State.HELD: "{} is approved.",
    Proposal.State.APPLIED: "{} is approved and applied.",
    Proposal.State.REJECTED: "{} is rejected.",
    Proposal.State.CHANGES_REQUESTED: "{} is sent back for changes.",
    Proposal.State.NEEDS_ATTENTION: "{} could not be applied; it needs attention.",
}


@dataclass(frozen=True)
class Toast:
    """One sentence; with an undo while the decision is held."""

    text: str
    tone: str = "ok"
    undo_url: str = ""
    until: datetime | None = None


def remember(request: HttpRequest, proposal: Proposal, suffix: str = "") -> None:
    """Let the next page speak of this decision, which an undo finds in its queue."""
    request.session[KEY], request.session[FROM] = proposal.pk, suffix


def finish(request: HttpRequest, words: str) -> None:
    """Let it also say what was got done, at the end of a queue."""
    if words:
        request.session[DONE] = words


def tell(request: HttpRequest) -> Toast | None:
    """What was just decided; told once."""
    told, done = _told(request), request.session.pop(DONE, "")
    return replace(told, text=f"{told.text} {done}") if told and done else told


def _told(request: HttpRequest) -> Toast | None:
    key, suffix = request.session.pop(KEY, None), request.session.pop(FROM, "")
    return toast(key, suffix) if key else None


def toast(key: int, suffix: str = "") -> Toast | None:
    """What there is to say of a proposal that was just decided."""
    proposal = Proposal.objects.filter(pk=key).select_related("store").first()
    if proposal is None:
        return None
    state = Proposal.State(proposal.state)
    if state == Proposal.State.OPEN:
        return Toast(_counted(proposal))
    text = STATES.get(state, f"{{}}: {state.label.lower()}.").format(proposal)
    if state == Proposal.State.NEEDS_ATTENTION:
        return Toast(text, "warn")
    held = proposal.decisions.filter(
        state=Decision.State.HELD, applies_at__gt=timezone.now()
    ).first()
    if held is None:
        return Toast(text)
    undo = reverse("web:proposal-withdraw", args=[proposal.pk]) + suffix
    return Toast(text, undo_url=undo, until=held.applies_at)


def _counted(proposal: Proposal) -> str:
    situation = requirements.situation_of(proposal)
    given, needed = (
        len(situation.approvers),
        requirements.approvers_needed(situation),
    )
    return f"Your approval of {proposal} counts: {given} of {needed}."
