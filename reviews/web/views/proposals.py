"""A proposal: what would change and why, and what deciding would do."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from reviews.proposals import bindings, requirements
from reviews.web import access, desk
from reviews.web.presenters import effects
from reviews.web.requests import Request, actor
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


urlpatterns = [
    path("proposals/<int:pk>/", proposal, name="proposal"),
    path("proposals/<int:pk>/effect/", effect, name="proposal-effect"),
    *decisions.urlpatterns,
]
