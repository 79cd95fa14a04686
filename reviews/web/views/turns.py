"""Whose turn a proposal is, who is there, and when to look at it again."""

from datetime import datetime, time, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST

from reviews.errors import DomainError, Invalid
from reviews.proposals import mutes, snoozes, submissions, turns, visits
from reviews.proposals.models import Proposal
from reviews.teams.models import User
from reviews.web import access
from reviews.web.presenters import discussion as shapes
from reviews.web.queues import Queue
from reviews.web.requests import Request, actor, said
from reviews.web.views import decisions


@require_POST
@access.needs("comment")
def ping(request: Request, pk: int) -> HttpResponse:
    """Say that the page is still open, and learn who else has it open."""
    found = access.proposal(request, pk)
    visits.arrive(found, request.user)
    context = shapes.header(found, request.user)
    return render(request, "discussion/participants.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("decide")
def assign(request: Request, pk: int) -> HttpResponse:
    """Ask one person to see to it, or nobody in particular any more."""
    found = access.proposal(request, pk)
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            user = _colleague(found, said(request, "user"))
            turns.assign(found, user, by=actor(request))
        except DomainError as error:
            refusal = error
        else:
            name = user.actor_name if user else "nobody in particular"
            messages.success(request, f"{found} is assigned to {name}.")
            url = access.safe_next(request, reverse("web:proposal", args=[pk]))
            return decisions.go(request, url)
    asked = {turn.user_id for turn in turns.of([found]).get(found.pk, [])}
    context = {
        "proposal": found,
        "people": turns.candidates(found),
        "asked": asked,
        "refusal": refusal,
        "next": access.safe_next(request, ""),
    }
    part = "#dialog" if request.htmx else ""
    status = refusal.status if refusal else 200
    return render(request, f"discussion/assign.html{part}", context, status=status)


@require_POST
@access.needs("decide")
def snooze(request: Request, pk: int) -> HttpResponse:
    """Put it aside until some day or until new evidence; without either it is back."""
    found = access.proposal(request, pk)
    following = Queue.of(request).next(found)
    by, until = actor(request), _until(request)
    if "evidence" in request.POST:
        snoozes.until_evidence(found, by=by)
        words = "until there is new evidence"
    else:
        snoozes.snooze(found, by=by, until=until)
        words = shapes.NAPS.get(request.POST.get("days", ""), "")
        words = words or (f"until {until:%-d %B %Y}" if until else "")
    if not words:
        messages.success(request, f"{found} is awake again.")
        return decisions.go(request, reverse("web:proposal", args=[pk]))
    messages.success(request, f"{found} sleeps {words}.")
    return decisions.go_on(request, found, following)


@require_POST
@access.needs("decide")
def take_back(request: Request, pk: int) -> HttpResponse:
    """Let whoever proposed it take it from the queue before it is decided."""
    found = access.proposal(request, pk)
    submissions.take_back(found, by=actor(request), reason=said(request, "reason"))
    messages.success(request, f"{found} is taken back; nothing was written.")
    return decisions.go(request, reverse("web:proposal", args=[pk]))


@require_POST
@access.needs("lift mutes")
def unmute(request: Request, pk: int) -> HttpResponse:
    """Let dreams propose again what was turned down, new evidence or not."""
    found = access.proposal(request, pk)
    mutes.lift(
        found.store,
        found.fingerprint,
        by=actor(request),
        reason=said(request, "reason"),
    )
    messages.success(request, f"What {found} asked for may be proposed again.")
    back = access.safe_next(request, reverse("web:proposal", args=[pk]))
    return decisions.go(request, back)


def _colleague(found: Proposal, name: str) -> User | None:
    """Whoever of the team is called that; nobody for no name."""
    if not name:
        return None
    people = turns.candidates(found)
    user = next((one for one in people if one.actor_name == name), None)
    if user is None:
        raise Invalid(f"{name} cannot decide about proposals here.", field="user")
    return user


def _until(request: Request) -> datetime | None:
    """When to look again, as the form says it; None for at once."""
    days, on = request.POST.get("days", ""), request.POST.get("on", "")
    if days in shapes.NAPS:
        return timezone.now() + timedelta(days=int(days))
    if not on:
        return None
    try:
        day = parse_date(on)
    except ValueError:
        day = None
    if day is None:
        raise Invalid("That is no day: write it like 2026-12-24.", field="on")
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


urlpatterns = [
    path("proposals/<int:pk>/ping/", ping, name="proposal-ping"),
    path("proposals/<int:pk>/assign/", assign, name="proposal-assign"),
    path("proposals/<int:pk>/take-back/", take_back, name="proposal-take-back"),
    path("proposals/<int:pk>/unmute/", unmute, name="proposal-unmute"),
    path("proposals/<int:pk>/snooze/", snooze, name="proposal-snooze"),
]
