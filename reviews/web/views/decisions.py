"""The verbs that settle a proposal, each bound to what the page showed.

When that has moved, the page comes back with status 409, what moved, and every word
that was typed.
"""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from reviews.errors import DomainError
from reviews.proposals import (
    bindings,
    decisions,
    inbox,
    jottings,
    requirements,
)
from reviews.proposals.models import Proposal
from reviews.web import access, afterwards, desk
from reviews.web.presenters import effects
from reviews.web.presenters import proposals as shapes
from reviews.web.requests import Request, actor, form_id, said

# What each verb lets choose from, beside the reason that it asks for.
CHOICES: dict[str, Mapping[str, str]] = {
    "approve": {},
    "reject": requirements.GROUNDS,
    "changes": requirements.WISHES,
}


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("decide")
def approve(request: Request, pk: int) -> HttpResponse:
    """Approve what is ticked; its version is written when the hold ends.

    Asked for with GET it is a dialog: grave risk is not approved with a single key.
    """
    found = access.proposal(request, pk)
    if request.method != "POST":
        if "bound" not in request.GET:
            return redirect("web:proposal", pk)
        return _ask(request, found, "approve")
    included = desk.chosen(request.POST)
    if included is not None and len(included) == found.operations.count():
        included = None
    try:
        decisions.approve(
            found,
            by=actor(request),
            reason=said(request, "reason"),
            included=included,
            bound=request.POST.get("bound") or None,
            request=form_id(request),
        )
    except DomainError as refusal:
        if request.htmx.target == "dialog":
            return _ask(request, found, "approve", refusal)
        return desk.show(request, access.proposal(request, pk), refusal)
    return _decided(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("decide")
def edit(request: Request, pk: int) -> HttpResponse:
    """Word it differently, and approve one's own words in one go."""
    found = access.proposal(request, pk)
    if request.method != "POST":
        return _editor(request, found)
    keeps = "reword" in request.POST
    bound = request.POST.get("bound") or None
    by, reason, texts = actor(request), said(request, "reason"), _texts(request)
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
        return go(request, reverse("web:proposal", args=[pk]))
    return _decided(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("decide")
def reject(request: Request, pk: int) -> HttpResponse:
    """Turn it down, with the reason that keeps it from coming back unchanged."""

    def act(found: Proposal, reason: str, choice: str) -> None:
        by, form = actor(request), form_id(request)
        decisions.reject(found, by=by, reason=reason, ground=choice, request=form)

    return _reasoned(request, pk, "reject", act)


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("decide")
def request_changes(request: Request, pk: int) -> HttpResponse:
    """Send it back with what should be different."""

    def act(found: Proposal, reason: str, choice: str) -> None:
        by, form = actor(request), form_id(request)
        decisions.request_changes(
            found, by=by, reason=reason, wish=choice, request=form
        )

    return _reasoned(request, pk, "changes", act)


@require_POST
@access.needs("decide")
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Take an approval back while it is held."""
    found = access.proposal(request, pk)
    decisions.withdraw(found, by=actor(request))
    messages.success(request, f"{found} is open again; nothing was written.")
    return go(request, reverse("web:proposal", args=[pk]))


def go(request: Request, url: str) -> HttpResponse:
    """Lead a browser on after a form, whoever sent it."""
    if request.htmx:
        return HttpResponseClientRedirect(url)
    response = redirect(url)
    response.status_code = 303
    return response


def go_on(request: Request, found: Proposal) -> HttpResponse:
    """To the next proposal of the queue, or to the inbox when it is done."""
    following = inbox.next_after(request.team, found, by=actor(request))
    if following is None:
        return go(request, reverse("web:inbox"))
    return go(request, reverse("web:proposal", args=[following.pk]))


def _decided(request: Request, found: Proposal) -> HttpResponse:
    jottings.clear(found, request.user)
    afterwards.remember(request, found)
    return go_on(request, found)


def _reasoned(
    request: Request, pk: int, verb: str, act: Callable[[Proposal, str, str], None]
) -> HttpResponse:
    """A verb that needs a reason: ask for it in a dialog, or on a page of its own."""
    found = access.proposal(request, pk)
    if request.method != "POST":
        return _ask(request, found, verb)
    try:
        act(found, said(request, "reason"), said(request, "choice"))
    except DomainError as refusal:
        return _ask(request, found, verb, refusal)
    return _decided(request, found)


def _ask(
    request: Request, found: Proposal, verb: str, refusal: DomainError | None = None
) -> HttpResponse:
    """Ask for the reason, keeping what is typed already."""
    sent = request.POST if request.method == "POST" else request.GET
    if refusal and "reason" in sent:
        # Whatever has moved: the page that shows it finds these words again.
        jottings.keep(found, request.user, "reason", said(request, "reason"))
    typed = sent.get("reason") or jottings.of(found, request.user).get("reason", "")
    choices = CHOICES[verb]
    context: dict[str, Any] = {
        "proposal": found,
        "verb": verb,
        "choices": choices.items(),
        # Nobody is taken to have meant what they did not choose.
        "chosen": sent.get("choice") or "other",
        "reason": typed,
        "bound": sent.get("bound", ""),
        "choose": sent.get("choose", ""),
        "included": sent.getlist("included"),
        "effect": _effect(request, found, sent) if verb == "approve" else "",
        "refusal": refusal,
        "moved": refusal is not None and refusal.status == 409,
        "request_id": sent.get("request") or uuid.uuid4(),
    }
    part = "#dialog" if request.htmx else ""
    status = refusal.status if refusal else 200
    return render(request, f"proposals/reasoned.html{part}", context, status=status)


def _effect(request: Request, found: Proposal, sent: QueryDict) -> str:
    return effects.of(
        found,
        bindings.of(found),
        desk.chosen(sent),
        requirements.situation_of(found),
        by=actor(request),
    )


def _editor(
    request: Request,
    found: Proposal,
    refusal: DomainError | None = None,
    texts: Mapping[int, str] | None = None,
) -> HttpResponse:
    """The editor of every operation's text, with what is typed already."""
    typed = texts or {}
    laid = shapes.lay_out(found)
    fields = [
        {"card": card, "text": typed.get(card.block.position, card.block.after)}
        for card in shapes.cards(laid, None)
    ]
    kept = jottings.of(found, request.user).get("reason", "")
    context = {
        "proposal": found,
        "binding": laid.binding,
        "fields": fields,
        "refusal": refusal,
        "request_id": uuid.uuid4(),
        "reason": said(request, "reason") or kept,
    }
    status = refusal.status if refusal else 200
    return render(request, "proposals/edit.html", context, status=status)


def _texts(request: Request) -> dict[int, str]:
    """The typed texts by operation."""
    names = [name for name in request.POST if name.startswith("text-")]
    return {
        int(number): said(request, name)
        for name in names
        if (number := name.removeprefix("text-")).isdecimal()
    }


urlpatterns = [
    path("proposals/<int:pk>/approve/", approve, name="proposal-approve"),
    path("proposals/<int:pk>/edit/", edit, name="proposal-edit"),
    path("proposals/<int:pk>/reject/", reject, name="proposal-reject"),
    path("proposals/<int:pk>/changes/", request_changes, name="proposal-changes"),
    path("proposals/<int:pk>/withdraw/", withdraw, name="proposal-withdraw"),
]
