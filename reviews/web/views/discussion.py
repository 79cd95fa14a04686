"""What people say to each other about a proposal, whose turn it is, and when to look again.

Every place that is talked about (the proposal, one of its operations) is a fragment of its
own: a comment swaps only that, and a refusal keeps what was typed in it.
"""

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import NamedTuple

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST

from reviews.errors import DomainError, Invalid
from reviews.proposals import jottings, snoozes, threads, turns, visits
from reviews.proposals.models import Comment, Evidence, Operation, Proposal
from reviews.teams.models import User
from reviews.web import access
from reviews.web.presenters import discussion as shapes
from reviews.web.requests import Request, actor, said
from reviews.web.views import decisions

# What somebody can have begun to type on a proposal's pages.
FIELD = re.compile(r"(reason|(comment|answer|text)(-\d{1,9}){0,2}|wish)")


class Place(NamedTuple):
    """What is talked about: the proposal, an operation of it, or a line of one."""

    operation: Operation | None = None
    line: int | None = None

    @property
    def id(self) -> str:
        """Where it stands on the page."""
        return f"talk-{self.operation.position}" if self.operation else "discussion"

    @property
    def field(self) -> str:
        """The name of what is typed there, on the page and as a jotting."""
        return f"comment-{self.operation.position}" if self.operation else "comment"

    @property
    def template(self) -> str:
        """Its fragment."""
        name = "operation" if self.operation else "discussion"
        return f"discussion/{name}.html"


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("comment")
def comment(request: Request, pk: int) -> HttpResponse:
    """Begin a thread on the proposal, on an operation of it, or on a line."""
    found = access.proposal(request, pk)
    sent = request.POST if request.method == "POST" else request.GET
    place = Place(_operation(found, sent.get("on", "")), _number(sent.get("line", "")))
    if request.method != "POST":
        return _show(request, found, place, writing="shut" not in sent)
    text = said(request, place.field)
    try:
        if "quote" in sent:
            text = shapes.quoted(text, _evidence(found, sent["quote"]))
            jottings.keep(found, request.user, place.field, text)
            return _show(request, found, place, writing=True)
        threads.say(
            found,
            by=actor(request),
            text=text,
            operation=place.operation,
            line=place.line,
        )
    except DomainError as refusal:
        jottings.keep(found, request.user, place.field, text)
        return _show(request, found, place, writing=True, refusal=refusal)
    jottings.clear(found, request.user, place.field)
    return _talked(request, found, place)


@require_POST
@access.needs("comment")
def answer(request: Request, pk: int, thread: int) -> HttpResponse:
    """Answer in a thread; with ``resolve`` it is dealt with at once."""
    found = access.proposal(request, pk)
    first = _thread(found, thread)
    place, field = Place(first.operation), f"answer-{first.pk}"
    text = said(request, field)
    try:
        with transaction.atomic():
            threads.answer(first, by=actor(request), text=text)
            if "resolve" in request.POST:
                threads.resolve(first, by=actor(request))
    except DomainError as refusal:
        jottings.keep(found, request.user, field, text)
        return _show(request, found, place, answering=first.pk, refusal=refusal)
    jottings.clear(found, request.user, field)
    return _talked(request, found, place)


@require_POST
@access.needs("comment")
def resolve(request: Request, pk: int, thread: int) -> HttpResponse:
    """Say that a thread is dealt with."""
    return _settle(request, pk, thread, threads.resolve)


@require_POST
@access.needs("comment")
def reopen(request: Request, pk: int, thread: int) -> HttpResponse:
    """Say that it is not dealt with after all."""
    return _settle(request, pk, thread, threads.reopen)


@require_POST
@access.needs("comment")
def jot(request: Request, pk: int) -> HttpResponse:
    """Keep what somebody is typing, so that an expired session loses nothing."""
    found = access.proposal(request, pk)
    for field in request.POST:
        if FIELD.fullmatch(field):
            jottings.keep(found, request.user, field, said(request, field))
    return HttpResponse(status=204)


@require_POST
@access.needs("comment")
def ping(request: Request, pk: int) -> HttpResponse:
    """Say that the page is still open, and learn who else has it open."""
    found = access.proposal(request, pk)
    visits.arrive(found, request.user)
    return _participants(request, found)


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
    return decisions.go_on(request, found)


def _settle(
    request: Request, pk: int, thread: int, act: Callable[..., None]
) -> HttpResponse:
    found = access.proposal(request, pk)
    first = _thread(found, thread)
    try:
        act(first, by=actor(request))
    except DomainError as refusal:
        return _show(request, found, Place(first.operation), refusal=refusal)
    return _talked(request, found, Place(first.operation))


def _talked(request: Request, found: Proposal, place: Place) -> HttpResponse:
    """The place as it is now, for htmx; a browser goes back to it on the page."""
    if not request.htmx:
        url = reverse("web:proposal", args=[found.pk])
        return decisions.go(request, f"{url}#{place.id}")
    response = _show(request, found, place)
    # What depends on it (the requirements, the counts) asks for itself anew.
    response["HX-Trigger"] = "talked"
    return response


def _show(
    request: Request,
    found: Proposal,
    place: Place,
    *,
    writing: bool = False,
    answering: int | None = None,
    refusal: DomainError | None = None,
) -> HttpResponse:
    """One place that is talked about, with the form open if something is being said."""
    operations = list(
        found.operations.order_by("position").prefetch_related("evidence")
    )
    written = list(found.wordings.order_by("number"))
    typed = jottings.of(found, request.user)
    context = {
        "proposal": found,
        "talk": shapes.of(found, operations, written, typed),
        "typed": typed,
        "position": place.operation.position if place.operation else None,
        "line": place.line,
        "lines": shapes.lines(place.operation, written[-1]) if place.operation else [],
        "field": place.field,
        "draft": typed.get(place.field, ""),
        "writing": writing,
        "answering": answering,
        "refusal": refusal,
    }
    template = place.template if request.htmx else "discussion/comment.html"
    status = refusal.status if refusal else 200
    return render(request, template, context, status=status)


def _participants(request: Request, found: Proposal) -> HttpResponse:
    context = shapes.header(found, request.user)
    return render(request, "discussion/participants.html", context)


def _operation(found: Proposal, position: str) -> Operation | None:
    """The operation at a position; none where none is named."""
    if not position:
        return None
    return get_object_or_404(found.operations, position=_number(position))


def _thread(found: Proposal, pk: int) -> Comment:
    rows = found.comments.filter(thread__isnull=True).select_related("operation")
    return get_object_or_404(rows, pk=pk)


def _evidence(found: Proposal, key: str) -> Evidence:
    rows = Evidence.objects.filter(operation__proposal=found)
    return get_object_or_404(rows, pk=_number(key))


def _colleague(found: Proposal, name: str) -> User | None:
    """Whoever of the team is called that; nobody for no name."""
    if not name:
        return None
    people = turns.candidates(found)
    user = next((one for one in people if one.actor_name == name), None)
    if user is None:
        raise Invalid(f"{name} cannot decide about proposals here.", field="user")
    return user


def _number(text: str) -> int | None:
    """A number as a form sends it; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


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
    path("proposals/<int:pk>/comment/", comment, name="proposal-comment"),
    path(
        "proposals/<int:pk>/threads/<int:thread>/answer/",
        answer,
        name="proposal-answer",
    ),
    path(
        "proposals/<int:pk>/threads/<int:thread>/resolve/",
        resolve,
        name="proposal-resolve",
    ),
    path(
        "proposals/<int:pk>/threads/<int:thread>/reopen/",
        reopen,
        name="proposal-reopen",
    ),
    path("proposals/<int:pk>/jot/", jot, name="proposal-jot"),
    path("proposals/<int:pk>/ping/", ping, name="proposal-ping"),
    path("proposals/<int:pk>/assign/", assign, name="proposal-assign"),
    path("proposals/<int:pk>/snooze/", snooze, name="proposal-snooze"),
]
