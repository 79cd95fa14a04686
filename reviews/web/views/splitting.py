"""Two proposals of one: what is ticked, and the rest, each to be decided for itself."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from reviews.errors import DomainError
from reviews.proposals import bindings, jottings, links, splits
from reviews.proposals.models import Proposal
from reviews.web import access, desk
from reviews.web.queues import Queue
from reviews.web.requests import Request, actor, said
from reviews.web.views import decisions


@require_POST
@access.needs("decide")
def split(request: Request, pk: int) -> HttpResponse:
    """Split a proposal and go on with the part that is ticked."""
    found = access.proposal(request, pk)
    try:
        first, rest = splits.split(
            found,
            _together(found, desk.chosen(request.POST) or []),
            by=actor(request),
            reason=said(request, "reason"),
        )
    except DomainError as refusal:
        return desk.show(request, access.proposal(request, pk), refusal)
    jottings.clear(found, request.user)
    messages.success(request, f"{found} is two proposals now: {first} and {rest}.")
    return decisions.go(request, Queue.of(request).address(first))


def _together(found: Proposal, ticked: list[int]) -> list[int]:
    """What is ticked, with what only makes sense together with it."""
    blocks = bindings.of(found).blocks
    return sorted({o for one in ticked for o in links.with_linked(blocks, one)})


urlpatterns = [path("proposals/<int:pk>/split/", split, name="proposal-split")]
