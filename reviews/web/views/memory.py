"""Memory: the stores, and what each said, says, and who answers for every line of it."""

from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from reviews.errors import DomainError, Invalid
from reviews.memory import revisions
from reviews.memory.models import Store, Version
from reviews.web import access
from reviews.web.presenters import memory as shapes
from reviews.web.requests import Request

LONGEST_NUMBER = 9


class Asked(NamedTuple):
    """The version that an address asks for; the head where it could not be found."""

    number: int
    version: Version | None
    moment: datetime | None = None
    refusal: DomainError | None = None


@require_safe
def memories(request: Request) -> HttpResponse:
    """The team's stores, with how much each says and who reads it."""
    return render(
        request, "memory/stores.html", {"rows": shapes.store_rows(request.team)}
    )


@require_safe
def memory(request: Request, store: str) -> HttpResponse:
    """A store's files at its head or at any version, one of them opened."""
    found = access.store(request, store)
    asked = _asked(request, found)
    pending = shapes.pending(found)
    words = request.GET.get("q", "").strip()
    tree = shapes.tree(found, asked.number, pending, words=words)
    at = request.GET.get("path") or tree.first
    shown, refusal = None, asked.refusal
    if at:
        try:
            shown = shapes.show(found, asked.number, at, _view(request))
        except DomainError as error:
            refusal = refusal or error
    context = {
        "store": found,
        "asked": asked,
        "old": asked.number != found.head,
        "tree": tree,
        "words": words,
        "shown": shown,
        "path": at,
        "pending": shapes.waiting(pending) if not found.head else pending.get(at, ()),
        "readers": shapes.readers(found),
        "views": shapes.VIEWS,
        "refusal": refusal,
    }
    name = "memory/memory.html#browser" if request.htmx else "memory/memory.html"
    return render(request, name, context, status=refusal.status if refusal else 200)


@require_safe
def file(request: Request, store: str, file: str) -> HttpResponse:
    """A memory by its own address; its page is the store's, with it opened."""
    query = request.GET.dict() | {"path": f"/{file}"}
    return redirect(f"{reverse('web:memory', args=[store])}?{urlencode(query)}")


def _asked(request: Request, store: Store) -> Asked:
    """The version named by number or by moment."""
    try:
        moment = _moment(request.GET.get("as_of", "").strip())
        number = _number(request.GET.get("v", "").strip())
        if moment and number is None:
            number = revisions.as_of(store, moment)
        if number is None:
            number = store.head
        version = revisions.version(store, number) if number else None
    except DomainError as refusal:
        return Asked(store.head, None, refusal=refusal)
    return Asked(number, version, moment)


def _moment(text: str) -> datetime | None:
    """A moment, UTC unless it says otherwise."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(
            f"“{text[:40]}” is no date and time; write it like 2026-11-20T09:00."
        ) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _number(text: str) -> int | None:
    """A version's number, with or without its v."""
    digits = text.removeprefix("v")
    if not digits or text == "head":
        return None
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > LONGEST_NUMBER:
        raise Invalid(f"“{text[:40]}” is no version; write its number, like 41.")
    return int(digits)


def _view(request: Request) -> shapes.View:
    """How the file is shown; rendered unless another view is asked for."""
    asked = request.GET.get("view", "")
    return next((view for view in shapes.VIEWS if view == asked), "rendered")


urlpatterns = [
    path("memory/", memories, name="memories"),
    path("memory/<str:store>/", memory, name="memory"),
    path("memory/<str:store>/<path:file>", file, name="memory-file"),
]
