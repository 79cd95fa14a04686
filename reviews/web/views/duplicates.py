"""Which other proposal is about the same thing: that one carries on for both."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods

from reviews.errors import DomainError, Invalid
from reviews.proposals import duplicates, jottings, resemblances
from reviews.proposals.models import Proposal
from reviews.web import access
from reviews.web.queues import Queue
from reviews.web.requests import Request, actor, said
from reviews.web.views import decisions

# As many as can be told apart at a glance.
SHOWN = 8


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("decide")
def duplicate(request: Request, pk: int) -> HttpResponse:
    """Choose the one that carries on: the likest ones first, the others by a search."""
    found = access.proposal(request, pk)
    if request.method != "POST":
        return _ask(request, found)
    queue = Queue.of(request)
    following = queue.next(found)
    try:
        canonical = _other(request, said(request, "of"))
        duplicates.mark(
            found, canonical, by=actor(request), reason=said(request, "reason")
        )
    except DomainError as refusal:
        return _ask(request, found, refusal)
    jottings.clear(found, request.user)
    messages.success(request, f"{canonical} carries on for {found}, with its evidence.")
    if following == canonical or following is None:
        following = canonical
    return decisions.go_on(request, found, following)


def _ask(
    request: Request, found: Proposal, refusal: DomainError | None = None
) -> HttpResponse:
    sent = request.POST if request.method == "POST" else request.GET
    words = sent.get("q", "")[:200]
    typed = jottings.of(found, request.user).get("reason", "")
    context: dict[str, Any] = {
        "proposal": found,
        "near": resemblances.near(found, words=words, most=SHOWN),
        "words": words,
        "reason": sent.get("reason", typed),
        "rejecting": "rejecting" in sent,
        "refusal": refusal,
        "queue": Queue.of(request),
    }
    part = "#dialog" if request.htmx else ""
    status = refusal.status if refusal else 200
    return render(request, f"discussion/duplicate.html{part}", context, status=status)


def _other(request: Request, name: str) -> Proposal:
    """The proposal that was chosen, by its key or its name."""
    key = name.strip().upper().removeprefix("P-")
    if not (key.isascii() and key.isdecimal() and len(key) < 10):
        raise Invalid("Choose the proposal that carries on.", field="of")
    return access.proposal(request, int(key))


urlpatterns = [
    path("proposals/<int:pk>/duplicate/", duplicate, name="proposal-duplicate"),
]
