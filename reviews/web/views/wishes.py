"""Sending a proposal back: with a wish that the next dream follows, or with free words."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods

from reviews.errors import DomainError, Invalid
from reviews.proposals import decisions as verbs
from reviews.proposals import jottings, wishes
from reviews.proposals.models import Proposal
from reviews.proposals.requirements import WISHES
from reviews.web import access
from reviews.web.queues import Queue
from reviews.web.requests import Request, actor, form_id, said
from reviews.web.views import decisions


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("decide")
def request_changes(request: Request, pk: int) -> HttpResponse:
    """Say what should be different; what a dream can follow is chosen, not described."""
    found = access.proposal(request, pk)
    if request.method != "POST":
        return _ask(request, found)
    following = Queue.of(request).next(found)
    choice = said(request, "choice")
    try:
        wanted = _wanted(request, choice)
        verbs.request_changes(
            found,
            by=actor(request),
            reason=said(request, "reason"),
            wish="" if wanted else choice,
            wanted=wanted,
            request=form_id(request),
        )
    except DomainError as refusal:
        if "reason" in request.POST:
            jottings.keep(found, request.user, "reason", said(request, "reason"))
        return _ask(request, found, refusal)
    jottings.clear(found, request.user)
    when = (
        "the next dream answers it"
        if wanted and not isinstance(wanted, wishes.More)
        else "it sleeps until there is more evidence"
        if wanted
        else "it waits for somebody to word it differently"
    )
    messages.success(request, f"{found} is sent back: {when}.")
    return decisions.go_on(request, found, following)


def _wanted(request: Request, choice: str) -> wishes.Wish | None:
    """The wish that was chosen, with its value; None for free words."""
    value = said(request, choice) if choice in WISHES else ""
    if choice in wishes.FOLLOWED and not value:
        raise Invalid("Choose what it should be instead.", field=choice)
    match choice:
        case "scope":
            scope, _, of = value.partition(":")
            return wishes.read({"wish": "scope", "scope": scope, "of": of})
        case "place":
            try:
                where = json.loads(value)
            except ValueError as error:
                raise Invalid("That is no place.", field="place") from error
            if not isinstance(where, dict):
                raise Invalid("That is no place.", field="place")
            return wishes.read(where | {"wish": "place"})
        case "wording":
            return wishes.Words(value)
        case "evidence":
            return wishes.More()
    return None


def _ask(
    request: Request, found: Proposal, refusal: DomainError | None = None
) -> HttpResponse:
    """The form, with everything that was chosen and typed."""
    sent = request.POST if request.method == "POST" else request.GET
    offers = wishes.offers(found)
    typed = sent.get("reason") or jottings.of(found, request.user).get("reason", "")
    choices = {
        name: words for name, words in WISHES.items() if _is_offered(name, offers)
    }
    context: dict[str, Any] = {
        "proposal": found,
        "choices": choices.items(),
        "chosen": sent.get("choice") or "other",
        "scopes": [
            (f"{each.scope}:{each.of}", f"only for the {each.scope} {each.of}")
            for each in offers.scopes
        ],
        "places": [(_kept(each), _said(each)) for each in offers.places],
        "wordings": offers.wordings,
        "sent": sent,
        "reason": typed,
        "refusal": refusal,
        "request_id": sent.get("request") or uuid.uuid4(),
        "queue": Queue.of(request),
    }
    part = "#dialog" if request.htmx else ""
    status = refusal.status if refusal else 200
    return render(request, f"discussion/changes.html{part}", context, status=status)


def _is_offered(name: str, offers: wishes.Offers) -> bool:
    had: Mapping[str, tuple[Any, ...]] = {
        "scope": offers.scopes,
        "place": offers.places,
        "wording": offers.wordings,
    }
    return bool(had.get(name, ("always",)))


def _kept(place: wishes.Place) -> str:
    return json.dumps({"path": place.path, "heading": place.heading})


def _said(place: wishes.Place) -> str:
    return " › ".join([place.path, *place.heading])  # noqa: RUF001


urlpatterns = [
    path("proposals/<int:pk>/changes/", request_changes, name="proposal-changes"),
]
