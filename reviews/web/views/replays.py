"""Trying a proposal out: the price first, then the start, then what came of it."""

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from reviews.dreams import replays
from reviews.dreams.asking import keys
from reviews.errors import DomainError, Invalid
from reviews.proposals import states
from reviews.proposals.models import Proposal
from reviews.web import access
from reviews.web.presenters import replays as shapes
from reviews.web.requests import Request, actor, said


@require_safe
def panel(request: Request, pk: int) -> HttpResponse:
    """What was tried, or with ``?price=1`` what trying would cost."""
    found = access.proposal(request, pk)
    return _show(request, found, priced="price" in request.GET)


@require_POST
@access.needs("dream")
def start(request: Request, pk: int) -> HttpResponse:
    """Try the proposal out, for no more than the price that was shown."""
    found = access.proposal(request, pk)
    try:
        replays.start(found, by=actor(request), agreed=_agreed(request))
    except DomainError as refusal:
        return _show(request, found, priced=True, refusal=refusal)
    return _done(request, found, "It is being tried out.")


@require_POST
@access.needs("dream")
def cancel(request: Request, pk: int) -> HttpResponse:
    """Stop trying it out; what was answered is paid."""
    found = access.proposal(request, pk)
    replay = replays.latest(found)
    try:
        if replay is None:
            raise replays.ReplayOver("Nothing is being tried out.")
        replays.cancel(replay, by=actor(request))
    except DomainError as refusal:
        return _show(request, found, refusal=refusal)
    return _done(request, found, "It is not tried out any further.")


def _show(
    request: Request,
    found: Proposal,
    *,
    priced: bool = False,
    refusal: DomainError | None = None,
) -> HttpResponse:
    newest = replays.latest(found)
    shown = shapes.present(newest) if newest else None
    idle = shown is None or not shown.unfinished
    context = {
        "proposal": found,
        "shown": shown,
        "keyless": _keyless(),
        "waiting": found.state in states.WAITING,
        "foreseen": replays.foresee(found) if priced and idle else None,
        "refusal": refusal,
    }
    template = "replays/panel.html#replay" if request.htmx else "replays/panel.html"
    return render(request, template, context, status=refusal.status if refusal else 200)


def _keyless() -> bool:
    try:
        return keys.find() is None
    except keys.KeyUnreadable:
        # Settings, Models, says what is wrong with it.
        return True


def _done(request: Request, found: Proposal, sentence: str) -> HttpResponse:
    if request.htmx:
        return _show(request, found)
    messages.success(request, sentence)
    return redirect("web:proposal-replay", found.pk)


def _agreed(request: Request) -> Decimal:
    try:
        agreed = Decimal(said(request, "agreed"))
    except InvalidOperation:
        agreed = Decimal("NaN")
    if not agreed.is_finite():
        raise Invalid("Look at the price first: no amount was agreed to.")
    return agreed


urlpatterns = [
    path("proposals/<int:pk>/replay/", panel, name="proposal-replay"),
    path("proposals/<int:pk>/replay/start/", start, name="proposal-replay-start"),
    path("proposals/<int:pk>/replay/cancel/", cancel, name="proposal-replay-cancel"),
]
