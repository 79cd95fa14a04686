"""A proposal: what would change and why; and every verb that settles it.

Forms are bound to what the page showed. When that has moved, the page comes back with
status 409, what moved, and every word that was typed.
"""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)
from django_htmx.http import HttpResponseClientRedirect

from reviews.dreams.models import Finding
from reviews.errors import DomainError
from reviews.proposals import (
    bindings,
    decisions,
    inbox,
    jottings,
    requirements,
    states,
    wordings,
)
from reviews.proposals.models import Decision, Proposal
from reviews.web import access, afterwards
from reviews.web.presenters import proposals as shapes
from reviews.web.requests import Request, actor, form_id


@require_safe
def proposal(request: Request, pk: int) -> HttpResponse:
    """Everything that a person needs to judge it, evidence beside the diff."""
    return _page(request, access.proposal(request, pk))


@require_safe
def effect(request: Request, pk: int) -> HttpResponse:
    """What approving the ticked operations will do."""
    found = access.proposal(request, pk)
    binding = bindings.of(found)
    included = _included(request.GET)
    context = {"effect": shapes.effect(found, binding, included), "proposal": found}
    return render(request, "proposals/proposal.html#effect", context)


@require_POST
@access.needs("decide")
def approve(request: Request, pk: int) -> HttpResponse:
    """Approve what is ticked; its version is written when the hold ends."""
    found = access.proposal(request, pk)
    try:
        decisions.approve(
            found,
            by=actor(request),
            reason=request.POST.get("reason", ""),
            included=_included(request.POST, len(found.operations.all())),
            bound=request.POST.get("bound") or None,
            request=form_id(request),
        )
    except DomainError as refusal:
        return _refused(request, found, refusal)
    return _onwards(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("decide")
def edit(request: Request, pk: int) -> HttpResponse:
    """Word it differently, and approve one's own words in one go."""
    found = access.proposal(request, pk)
    if request.method != "POST":
        return _editor(request, found)
    texts = _texts(request)
    by, reason = actor(request), request.POST.get("reason", "")
    bound = request.POST.get("bound") or None
    try:
        if "reword" in request.POST:
            decisions.reword(found, texts=texts, by=by, reason=reason, bound=bound)
            jottings.clear(found, request.user)
            return redirect("web:proposal", pk)
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
    return _onwards(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("decide")
def reject(request: Request, pk: int) -> HttpResponse:
    """Turn it down, with the reason that keeps it from coming back unchanged."""

    def act(found: Proposal, reason: str, choice: str) -> None:
        decisions.reject(
            found,
            by=actor(request),
            reason=reason,
            ground=choice,
            request=form_id(request),
        )

    return _reasoned(request, pk, "reject", requirements.GROUNDS, act)


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("decide")
def request_changes(request: Request, pk: int) -> HttpResponse:
    """Send it back with what should be different."""

    def act(found: Proposal, reason: str, choice: str) -> None:
        decisions.request_changes(
            found,
            by=actor(request),
            reason=reason,
            wish=choice,
            request=form_id(request),
        )

    return _reasoned(request, pk, "changes", requirements.WISHES, act)


@require_POST
@access.needs("decide")
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Take an approval back while it is held."""
    found = access.proposal(request, pk)
    decisions.withdraw(found, by=actor(request))
    messages.success(request, f"{found} is open again; nothing was written.")
    return _go(request, reverse("web:proposal", args=[pk]))


@require_POST
@access.needs("comment")
def comment(request: Request, pk: int) -> HttpResponse:
    """Say something about it."""
    found = access.proposal(request, pk)
    text = request.POST.get("comment", "")
    try:
        decisions.comment(found, by=actor(request), text=text)
    except DomainError as refusal:
        return _page(request, found, refusal, status=refusal.status)
    jottings.clear(found, request.user, "comment")
    return redirect(f"{reverse('web:proposal', args=[pk])}#discussion")


@require_POST
@access.needs("comment")
def jot(request: Request, pk: int) -> HttpResponse:
    """Keep what somebody is typing, so that an expired session loses nothing."""
    found = access.proposal(request, pk)
    for field in ("reason", "comment"):
        if field in request.POST:
            jottings.keep(found, request.user, field, request.POST[field])
    return HttpResponse(status=204)


def _page(
    request: Request,
    found: Proposal,
    refusal: DomainError | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    binding = bindings.of(found)
    posted = request.method == "POST"
    included = (
        _included(request.POST) if posted and "included" in request.POST else None
    )
    situation = requirements.situation_of(found)
    typed = jottings.of(found, request.user) | _typed(request)
    cards = shapes.cards(found, binding, wordings.newest(found), included)
    context = {
        "proposal": found,
        "binding": binding,
        "cards": cards,
        "applies": any(block.applies for block in binding.blocks),
        "waiting": found.state in states.WAITING,
        "effect": shapes.effect(found, binding, included),
        "preview": shapes.preview(found, binding, included),
        "flags": shapes.flagged(found),
        "support": shapes.support(found),
        "panel": requirements.panel(situation),
        "approvers": situation.approvers,
        "decisions": found.decisions.select_related("version").order_by("pk"),
        "held": found.decisions.filter(state=Decision.State.HELD).first(),
        "judged": shapes.judged(found),
        "finding": Finding.objects.filter(proposal=found)
        .select_related("dream")
        .first(),
        "wordings": found.wordings.order_by("number"),
        "comments": found.comments.order_by("pk"),
        "split_offs": found.split_offs.order_by("pk"),
        "next": inbox.next_after(request.team, found, by=actor(request)),
        "request_id": uuid.uuid4(),
        "typed": typed,
        "refusal": refusal,
        "just": afterwards.tell(request),
    }
    return render(request, "proposals/proposal.html", context, status=status)


def _editor(
    request: Request,
    found: Proposal,
    refusal: DomainError | None = None,
    texts: dict[int, str] | None = None,
) -> HttpResponse:
    binding = bindings.of(found)
    cards = shapes.cards(found, binding, wordings.newest(found), None)
    fields = [
        {
            "card": card,
            "text": (texts or {}).get(card.block.position, card.block.after),
        }
        for card in cards
    ]
    context = {
        "proposal": found,
        "binding": binding,
        "fields": fields,
        "refusal": refusal,
        "request_id": uuid.uuid4(),
        "reason": request.POST.get("reason", ""),
    }
    status = refusal.status if refusal else 200
    return render(request, "proposals/edit.html", context, status=status)


def _reasoned(
    request: Request,
    pk: int,
    verb: str,
    choices: dict[str, str],
    act: Callable[[Proposal, str, str], None],
) -> HttpResponse:
    """A verb that needs a reason: ask for it in a dialog, or on a page of its own."""
    found = access.proposal(request, pk)
    refusal = None
    if request.method == "POST":
        try:
            act(found, request.POST.get("reason", ""), request.POST.get("choice", ""))
        except DomainError as error:
            refusal = error
        else:
            return _onwards(request, found)
    context = {
        "proposal": found,
        "verb": verb,
        "choices": choices.items(),
        "chosen": request.POST.get("choice") or next(iter(choices)),
        "reason": request.POST.get("reason")
        or jottings.of(found, request.user).get("reason", ""),
        "refusal": refusal,
        "request_id": uuid.uuid4(),
    }
    name = (
        "proposals/reasoned.html#dialog" if request.htmx else "proposals/reasoned.html"
    )
    return render(request, name, context, status=refusal.status if refusal else 200)


def _refused(request: Request, found: Proposal, refusal: DomainError) -> HttpResponse:
    """The page as it stands now, with the refusal on it and the typed words kept."""
    return _page(
        request, access.proposal(request, found.pk), refusal, status=refusal.status
    )


def _onwards(request: Request, found: Proposal) -> HttpResponse:
    """To the next proposal of the queue, or to the inbox when it is done."""
    jottings.clear(found, request.user)
    afterwards.remember(request, found)
    following = inbox.next_after(request.team, found, by=actor(request))
    if following is not None:
        return _go(request, reverse("web:proposal", args=[following.pk]))
    return _go(request, reverse("web:inbox"))


def _go(request: Request, url: str) -> HttpResponse:
    if request.htmx:
        return HttpResponseClientRedirect(url)
    response = redirect(url)
    response.status_code = 303
    return response


def _typed(request: Request) -> dict[str, str]:
    return {
        field: request.POST[field]
        for field in ("reason", "comment")
        if request.method == "POST" and field in request.POST
    }


def _included(sent: Any, total: int | None = None) -> list[int] | None:
    """The ticked operations; None when nothing was left to tick, or all are."""
    if "choose" not in sent:
        return None
    ticked = [int(each) for each in sent.getlist("included") if each.isdecimal()]
    return None if total is not None and len(ticked) == total else ticked


def _texts(request: Request) -> dict[int, str]:
    """The typed texts by operation; browsers send line ends of their own."""
    return {
        int(name.removeprefix("text-")): value.replace("\r\n", "\n")
        for name, value in request.POST.items()
        if name.startswith("text-")
        and name.removeprefix("text-").isdecimal()
        and isinstance(value, str)
    }


urlpatterns = [
    path("proposals/<int:pk>/", proposal, name="proposal"),
    path("proposals/<int:pk>/effect/", effect, name="proposal-effect"),
    path("proposals/<int:pk>/approve/", approve, name="proposal-approve"),
    path("proposals/<int:pk>/edit/", edit, name="proposal-edit"),
    path("proposals/<int:pk>/reject/", reject, name="proposal-reject"),
    path("proposals/<int:pk>/changes/", request_changes, name="proposal-changes"),
    path("proposals/<int:pk>/withdraw/", withdraw, name="proposal-withdraw"),
    path("proposals/<int:pk>/comment/", comment, name="proposal-comment"),
    path("proposals/<int:pk>/jot/", jot, name="proposal-jot"),
]
