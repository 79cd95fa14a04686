"""Saying it in other words: the editor with both diffs, and the choice in a conflict."""

import uuid
from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from reviews.errors import DomainError, Invalid
from reviews.memory import merges
from reviews.memory.merges import Choice
from reviews.proposals import bindings, decisions
from reviews.proposals.blocks import Block
from reviews.proposals.models import Proposal
from reviews.web import access, desk, dossiers
from reviews.web.presenters import editing, operations
from reviews.web.queues import Queue
from reviews.web.requests import Request, actor, form_id, said, whole
from reviews.web.views.decisions import decided, go


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("decide")
def edit(request: Request, pk: int) -> HttpResponse:
    """Word it differently, and approve one's own words in one go."""
    found = access.proposal(request, pk)
    texts = _texts(request)
    if request.method != "POST" or "preview" in request.POST:
        return _editor(request, found, texts=texts)
    keeps = "reword" in request.POST
    bound = request.POST.get("bound") or None
    by, reason = actor(request), said(request, "reason")
    queue = Queue.of(request)
    following = queue.next(found)
    try:
        if keeps:
            decisions.reword(found, texts=texts, by=by, reason=reason, bound=bound)
        else:
            decisions.edit_and_approve(
                found,
                texts=texts,
                by=by,
                reason=reason,
                bound=bound,
                request=form_id(request),
            )
    except DomainError as refusal:
        return _editor(request, access.proposal(request, pk), refusal, texts)
    if keeps:
        messages.success(request, f"{found} is in your words now, and still open.")
        return go(request, queue.address(found))
    return decided(request, found, following)


@require_POST
@access.needs("decide")
def settle(request: Request, pk: int) -> HttpResponse:
    """Choose, place by place, what a rule in conflict shall say: a wording of its own."""
    found = access.proposal(request, pk)
    try:
        texts = {
            block.position: _settled(request, block)
            for block in bindings.of(found).blocks
            if f"settle-{block.position}" in request.POST
        }
        bound = request.POST.get("bound") or None
        wording = decisions.reword(found, texts=texts, by=actor(request), bound=bound)
    except DomainError as refusal:
        return desk.show(request, access.proposal(request, pk), refusal)
    messages.success(request, f"Saved as wording {wording.number}; it is still open.")
    return go(request, Queue.of(request).address(found))


def _settled(request: Request, block: Block) -> str:
    """The text that these choices make; a deletion is only said again."""
    if block.kind == "delete":
        return ""
    head = block.before or ""
    merged = merges.merge(block.base, head, block.after)
    choices = [
        _choice(request, f"{block.position}-{number}")
        for number in range(len(merged.conflicts))
    ]
    text = merges.resolve(merged, choices)
    if text == head:
        raise Invalid(
            "That is what memory says already: reject the proposal, or leave this "
            "operation out.",
            field=f"settle-{block.position}",
        )
    return text


def _choice(request: Request, place: str) -> Choice:
    match request.POST.get(f"choice-{place}", ""):
        case "ours":
            return "ours"
        case "theirs":
            return "theirs"
        case "both":
            return "both"
        case "written":
            return merges.Written(said(request, f"written-{place}"))
    raise Invalid("Choose what shall stand at each place.", field=f"choice-{place}")


def _editor(
    request: Request,
    found: Proposal,
    refusal: DomainError | None = None,
    texts: Mapping[int, str] | None = None,
) -> HttpResponse:
    """The editor of every operation's text, with what is typed already."""
    dossier = dossiers.of(found, request.user)
    laid = operations.lay_out(found, dossier.rows)
    cards = operations.cards(laid, dossier)
    context = {
        "proposal": found,
        "binding": laid.binding,
        "fields": [editing.field(card, dossier.typed, texts or {}) for card in cards],
        "refusal": refusal,
        "queue": Queue.of(request),
        "previewing": "preview" in request.POST,
        "request_id": request.POST.get("request") or uuid.uuid4(),
        "reason": said(request, "reason") or dossier.typed.get("reason", ""),
    }
    status = refusal.status if refusal else 200
    return render(request, "proposals/edit.html", context, status=status)


def _texts(request: Request) -> dict[int, str]:
    """The typed texts by operation."""
    names = [name for name in request.POST if name.startswith("text-")]
    return {
        number: said(request, name)
        for name in names
        if (number := whole(name.removeprefix("text-"))) is not None
    }


urlpatterns = [
    path("proposals/<int:pk>/edit/", edit, name="proposal-edit"),
    path("proposals/<int:pk>/settle/", settle, name="proposal-settle"),
]
