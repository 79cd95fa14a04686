"""Memory: the stores, and what each said, says, and who answers for every line of it."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from reviews.errors import DomainError, Invalid
from reviews.memory import lineages, revisions, search, stores, tags
from reviews.memory.models import Store, Version
from reviews.web import access, afterwards
from reviews.web.presenters import blame, finds, origins, pending
from reviews.web.presenters import memory as shapes
from reviews.web.presenters import stores as bodies
from reviews.web.requests import Request, actor
from reviews.web.views import edits

# What goes along from one memory to the next.
KEPT = ("v", "as_of", "view", "plain")
LONGEST_NUMBER = 9


class Asked(NamedTuple):
    """The version that an address asks for; the head where it could not be found."""

    number: int
    version: Version | None
    moment: datetime | None = None
    refusal: DomainError | None = None


@require_safe
def memories(request: Request) -> HttpResponse:
    """The team's stores, with how much each says and who reads it; a search over all."""
    words = request.GET.get("q", "").strip()
    rows = bodies.rows(request.team)
    found = [
        (row.store, finds.marked(row.store, search.places(row.store, words, limit=20)))
        for row in rows[: finds.STORES]
        if words and row.store.head
    ]
    context = {
        "rows": rows,
        "words": words,
        "found": [(store, hits) for store, hits in found if hits.rows],
        "unapproved": sum(row.unapproved for row in rows),
    }
    return render(request, "memory/stores.html", context)


@require_safe
def memory(request: Request, store: str) -> HttpResponse:
    """A store's files at its head or at any version, the first of them opened."""
    if "path" in request.GET:
        query = request.GET.copy()
        (at,) = query.pop("path")[-1:]
        found = access.store(request, store)
        address = shapes.address(found, at if at.startswith("/") else f"/{at}")
        return redirect(f"{address}?{query.urlencode()}" if query else address)
    return _browse(request, access.store(request, store), "")


@require_safe
def file(request: Request, store: str, file: str) -> HttpResponse:
    """One memory at the head or at any version, rendered, raw or with its blame."""
    return _browse(request, access.store(request, store), f"/{file}")


@require_safe
def line(request: Request, store: str) -> HttpResponse:
    """Every version that touched one line, and whose each word of it is."""
    found = access.store(request, store)
    asked, at = _asked(request, found), request.GET.get("path", "")
    if asked.refusal:
        raise asked.refusal
    revision = revisions.revision_at(found, asked.number, at)
    number = _digits(request.GET.get("line", ""))
    if not 1 <= number <= len(blame.lines(revision.content or "")):
        raise Http404
    steps = lineages.of(revision, number - 1)
    touched = {step.revision.number for step in steps}
    known = origins.of(found, touched, revision=revision)
    context = {
        "store": found,
        "path": at,
        "asked": asked,
        "old": asked.number != found.head,
        "number": number,
        "intact": revisions.is_intact(revision),
        "url": shapes.address(found, at),
        "history": finds.history(steps, known),
        "spans": [(known[span.number], span.text) for span in lineages.spans(steps)],
    }
    return render(request, "memory/line.html", context)


@require_POST
@access.needs("edit memory")
def bring(request: Request, store: str) -> HttpResponse:
    """Begin an empty store with files that people have already written."""
    found = access.store(request, store)
    files = request.FILES.getlist("files")
    with tempfile.TemporaryDirectory(prefix="dreamboard-") as folder:
        for upload in files:
            name = PurePath(upload.name or "").name
            (Path(folder) / name).write_bytes(upload.read())
        reason = f"Imported {', '.join(PurePath(f.name or '').name for f in files)}."
        try:
            imported = stores.import_folder(
                found, Path(folder), by=actor(request), reason=reason
            )
        except DomainError as refusal:
            return _browse(request, found, "", refusal)
    for left_out in imported.unreadable:
        messages.warning(request, left_out.reason)
    messages.success(request, f"v1 has {imported.rules} rules, all of them imported.")
    return redirect("web:memory", found.name)


def _browse(
    request: Request, store: Store, at: str, refused: DomainError | None = None
) -> HttpResponse:
    """The browser, with a file, with what was searched for, or with the way to begin."""
    asked, words = _asked(request, store), request.GET.get("q", "").strip()
    files = shapes.files(store, asked.number)
    # What is shown when nothing was asked for.
    at = at or (files[0].path if files and not words else "")
    waiting = pending.of(store, at)
    shown, refusal = None, refused or asked.refusal
    if at and not words:
        try:
            shown = shapes.show(
                store, asked.number, at, _view(request), plain="plain" in request.GET
            )
        except DomainError as error:
            refusal = refusal or error
    readers = bodies.readers(store)
    context: dict[str, Any] = {
        "store": store,
        "asked": asked,
        "old": asked.number != store.head,
        "tree": shapes.tree(files, waiting.counts, at=at),
        "words": words,
        "found": _searched(store, asked.number, words),
        "at_version": "" if asked.number == store.head else f"&v={asked.number}",
        "shown": shown,
        "path": at,
        "url": shapes.address(store, at) if at else "",
        "kept": _kept(request),
        "readers": readers,
        "read": bodies.latest(readers),
        "behind": sum(1 for one in readers if one.number != store.head),
        "views": shapes.VIEWS,
        "refusal": refusal,
        "just": None if request.htmx else afterwards.tell(request),
    } | _waiting(store, at, waiting, shown if asked.number == store.head else None)
    name = "memory/memory.html#browser" if request.htmx else "memory/memory.html"
    return render(request, name, context, status=refusal.status if refusal else 200)


def _waiting(
    store: Store, at: str, waiting: pending.Pending, head: shapes.Shown | None
) -> dict[str, Any]:
    """What waits to change the memory on the page, or the store that is still empty."""
    if not store.head:
        return {"pending": pending.beginning(store)}
    intact = head.revision if head and head.intact else None
    ghosts = pending.ghosts(intact, waiting.operations) if intact else []
    return {
        "pending": waiting.waiting,
        "pending_count": waiting.counts.get(at, 0),
        "held": waiting.held,
        "ghosts": ghosts,
        "haunted": pending.by_line(ghosts),
        "placed": {ghost.proposal.pk: ghost.line for ghost in ghosts if ghost.line},
    }


def _searched(store: Store, number: int, words: str) -> finds.Finds | None:
    if not words:
        return None
    return finds.marked(store, search.places(store, words, number=number))


def _kept(request: Request) -> str:
    """The part of the query that leads on to the next memory."""
    kept = {name: request.GET[name] for name in KEPT if request.GET.get(name)}
    return f"?{urlencode(kept)}" if kept else ""


def _asked(request: Request, store: Store) -> Asked:
    """The version named by number, by tag or by moment."""
    try:
        moment = _moment(request.GET.get("as_of", "").strip())
        named = request.GET.get("v", "").strip()
        number = tags.number_of(store, named) if named else None
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
    return revisions.in_utc(at if at.tzinfo else at.replace(tzinfo=UTC))


def _digits(text: str) -> int:
    """A line's number; 0 for what is none."""
    fits = text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER
    return int(text) if fits else 0


def _view(request: Request) -> shapes.View:
    """How the file is shown; rendered unless another view is asked for."""
    asked = request.GET.get("view", "")
    return next((view for view in shapes.VIEWS if view == asked), "rendered")


urlpatterns = [
    path("memory/", memories, name="memories"),
    path("memory/<str:store>/", memory, name="memory"),
    path("memory/<str:store>/line/", line, name="memory-line"),
    path("memory/<str:store>/import/", bring, name="memory-import"),
    *edits.urlpatterns,
    path("memory/<str:store>/<path:file>", file, name="memory-file"),
]
