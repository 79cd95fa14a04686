"""What people say to each other about a proposal, thread by thread.

Every place that is talked about (the proposal, one of its operations) is a fragment of its
own: a comment swaps only that, and a refusal keeps what was typed in it.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from reviews.errors import DomainError
from reviews.proposals import (
    jottings,
    threads,
)
from reviews.proposals.models import Comment, Evidence, Operation, Proposal
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
    response = _show(request, found, place, talked=True)
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
    talked: bool = False,
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
        "talked": talked,
        "refusal": refusal,
    }
    template = place.template if request.htmx else "discussion/comment.html"
    status = refusal.status if refusal else 200
    return render(request, template, context, status=status)


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


def _number(text: str) -> int | None:
    """A number as a form sends it; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


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
]
