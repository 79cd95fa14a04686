"""Memory changed by hand: looked at first, always with a reason, written or proposed."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from reviews.errors import DomainError, Invalid
from reviews.memory.models import Memory
from reviews.proposals import submissions
from reviews.proposals.models import Proposal
from reviews.web import access, afterwards, sheets
from reviews.web.presenters.memory import address
from reviews.web.requests import Request, actor, form_id
from reviews.web.sheets import Kind, Sheet
from reviews.web.views.decisions import go

METHODS = ["GET", "HEAD", "POST"]
CONFLICT, UNPROCESSABLE = 409, 422


@require_http_methods(METHODS)
@access.needs("edit memory")
def new(request: Request, store: str) -> HttpResponse:
    """Begin a memory at a path of its own."""
    return _change(request, store, "new")


@require_http_methods(METHODS)
@access.needs("edit memory")
def edit(request: Request, store: str) -> HttpResponse:
    """Change what a memory says."""
    return _change(request, store, "edit")


@require_http_methods(METHODS)
@access.needs("edit memory")
def rename(request: Request, store: str) -> HttpResponse:
    """Let a memory stand at another path."""
    return _change(request, store, "rename")


@require_http_methods(METHODS)
@access.needs("edit memory")
def delete(request: Request, store: str) -> HttpResponse:
    """Let agents read a memory no longer; its history stays."""
    return _change(request, store, "delete")


def _change(request: Request, store: str, kind: Kind) -> HttpResponse:
    """Show what would change; then write it, or propose it to the others."""
    sheet = sheets.read(request, access.store(request, store), kind)
    if request.method != "POST":
        return _show(request, sheet)
    wanted = request.POST.get("act", "")
    sheet.check(reason=wanted in ("write", "propose"))
    if (
        sheet.moved
        or sheet.gone
        or sheet.errors
        or not wanted
        or not sheet.was_looked_at
    ):
        return _show(request, sheet)
    try:
        if wanted == "propose":
            return _propose(request, sheet)
        return _write(request, sheet)
    except DomainError as refusal:
        return _show(request, sheet, refusal)


def _write(request: Request, sheet: Sheet) -> HttpResponse:
    """Decide it oneself; where two have to, it waits for the second."""
    draft = sheet.draft()
    submission = submissions.by_hand(
        sheet.store,
        draft.operations,
        by=actor(request),
        reason=sheet.reason,
        title=draft.title,
        request=form_id(request),
    )
    proposal = submission.proposal
    if proposal is None:
        raise Invalid(submission.reason)
    afterwards.remember(request, proposal)
    if submission.decision is None:
        return go(request, reverse("web:proposal", args=[proposal.pk]))
    return go(request, _onwards(sheet))


def _propose(request: Request, sheet: Sheet) -> HttpResponse:
    """Ask the others; nothing changes until somebody decides."""
    submission = submissions.open(sheet.store, sheet.draft(), by=actor(request))
    proposal = submission.proposal
    if proposal is None or submission.result == "refused":
        raise Invalid(submission.reason or "This cannot be proposed.")
    text = "{} waits for a decision." if _waits(proposal) else "{} is on its way."
    messages.success(request, text.format(proposal))
    return go(request, reverse("web:proposal", args=[proposal.pk]))


def _waits(proposal: Proposal) -> bool:
    proposal.refresh_from_db(fields=["state"])
    return proposal.state == Proposal.State.OPEN


def _onwards(sheet: Sheet) -> str:
    """The memory as it is now; the store's page where that is not there any more."""
    standing = Memory.objects.filter(store=sheet.store, path=sheet.target)
    if standing.exists():
        return address(sheet.store, sheet.target)
    if sheet.kind == "rename":
        return address(sheet.store, sheet.path)
    return reverse("web:memory", args=[sheet.store.name])


def _show(
    request: Request, sheet: Sheet, refusal: DomainError | None = None
) -> HttpResponse:
    """The sheet with everything that was typed on it, and what it would change."""
    status = 200
    if refusal:
        status = refusal.status
    elif sheet.moved or sheet.gone:
        status = CONFLICT
    elif sheet.errors:
        status = UNPROCESSABLE
    looking = request.method == "POST" or not sheet.writes
    context = {
        "store": sheet.store,
        "sheet": sheet,
        "refusal": refusal,
        "looking": looking and not sheet.errors.keys() - {"reason"},
        "back": address(sheet.store, sheet.path)
        if sheet.path
        else reverse("web:memory", args=[sheet.store.name]),
    }
    return render(request, "memory/edit.html", context, status=status)


urlpatterns = [
    path("memory/<str:store>/new/", new, name="memory-new"),
    path("memory/<str:store>/edit/", edit, name="memory-edit"),
    path("memory/<str:store>/rename/", rename, name="memory-rename"),
    path("memory/<str:store>/delete/", delete, name="memory-delete"),
]
