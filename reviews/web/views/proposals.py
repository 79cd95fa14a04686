"""A proposal: what would change and why, what is said about it, and when to look again."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from reviews.errors import DomainError
from reviews.proposals import bindings, jottings, requirements
from reviews.proposals import decisions as verbs
from reviews.web import access, desk
from reviews.web.presenters import effects
from reviews.web.requests import Request, actor, said
from reviews.web.views import decisions


@require_safe
def proposal(request: Request, pk: int) -> HttpResponse:
    """Everything that a person needs to judge it, evidence beside the diff."""
    return desk.show(request, access.proposal(request, pk))


@require_safe
def effect(request: Request, pk: int) -> HttpResponse:
    """What approving the ticked operations will do."""
    found = access.proposal(request, pk)
    sentence = effects.of(
        found,
        bindings.of(found),
        desk.chosen(request.GET),
        requirements.situation_of(found),
        by=actor(request),
    )
    context = {"effect": sentence, "proposal": found}
    return render(request, "proposals/proposal.html#effect", context)


@require_POST
@access.needs("comment")
def comment(request: Request, pk: int) -> HttpResponse:
    """Say something about it."""
    found = access.proposal(request, pk)
    try:
        verbs.comment(found, by=actor(request), text=said(request, "comment"))
    except DomainError as refusal:
        return desk.show(request, found, refusal)
    jottings.clear(found, request.user, "comment")
    response = redirect(f"{reverse('web:proposal', args=[pk])}#discussion")
    response.status_code = 303
    return response


@require_POST
@access.needs("comment")
def jot(request: Request, pk: int) -> HttpResponse:
    """Keep what somebody is typing, so that an expired session loses nothing."""
    found = access.proposal(request, pk)
    for field in desk.TYPED:
        if field in request.POST:
            jottings.keep(found, request.user, field, said(request, field))
    return HttpResponse(status=204)


@require_POST
@access.needs("decide")
def snooze(request: Request, pk: int) -> HttpResponse:
    """Put it aside for some days; without any it is back at once."""
    found = access.proposal(request, pk)
    days = request.POST.get("days", "")
    until = timezone.now() + timedelta(days=int(days)) if days in desk.NAPS else None
    verbs.snooze(found, by=actor(request), until=until)
    if until is None:
        messages.success(request, f"{found} is awake again.")
        return decisions.go(request, reverse("web:proposal", args=[pk]))
    messages.success(request, f"{found} sleeps {desk.NAPS[days]}.")
    return decisions.go_on(request, found)


urlpatterns = [
    path("proposals/<int:pk>/", proposal, name="proposal"),
    path("proposals/<int:pk>/effect/", effect, name="proposal-effect"),
    path("proposals/<int:pk>/comment/", comment, name="proposal-comment"),
    path("proposals/<int:pk>/jot/", jot, name="proposal-jot"),
    path("proposals/<int:pk>/snooze/", snooze, name="proposal-snooze"),
    *decisions.urlpatterns,
]
