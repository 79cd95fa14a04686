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
from reviews.proposals import bindings, decisions, jottings, requirements, tallies
from reviews.proposals.models import Proposal
from reviews.web import access, afterwards, desk
from reviews.web.presenters import effects
from reviews.web.queues import Queue
from reviews.web.requests import Request, actor, form_id, said

# What each verb lets choose from, beside the reason that it asks for.
CHOICES: dict[str, Mapping[str, str]] = {
    "approve": {},
    "reject": requirements.GROUNDS,
}


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("decide")
def approve(request: Request, pk: int) -> HttpResponse:
    """Approve what is ticked; its version is written when the hold ends.

    Asked for with GET it is a dialog: grave risk is not approved with a single key. What
    becomes of operations that are left out is asked once.
    """
    found = access.proposal(request, pk)
    if request.method != "POST":
        if "bound" not in request.GET:
            return redirect("web:proposal", pk)
        return _ask(request, found, "approve")
    included = desk.chosen(request.POST)
    if included is not None:
        every = set(found.operations.values_list("position", flat=True))
        if set(included) == every:
            included = None
        elif included and set(included) < every and "rest" not in request.POST:
            return _ask(request, found, "approve")
    following = Queue.of(request).next(found)
    try:
        decisions.approve(
            found,
            by=actor(request),
            reason=said(request, "reason"),
            included=included,
            rest="reject" if request.POST.get("rest") == "reject" else "split",
            bound=request.POST.get("bound") or None,
            request=form_id(request),
        )
    except DomainError as refusal:
        if request.htmx.target == "dialog":
            return _ask(request, found, "approve", refusal)
        return desk.show(request, access.proposal(request, pk), refusal)
    return decided(request, found, following)


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("decide")
def reject(request: Request, pk: int) -> HttpResponse:
    """Turn it down, with the reason that keeps it from coming back unchanged.

    What is there already may be another proposal: which one is asked first.
    """
    if said(request, "choice") == "duplicate" and "anyway" not in request.POST:
        return _of_which(request, pk)

    def act(found: Proposal, reason: str, choice: str) -> None:
        by, form = actor(request), form_id(request)
        decisions.reject(found, by=by, reason=reason, ground=choice, request=form)

    return _reasoned(request, pk, "reject", act)


@require_POST
@access.needs("decide")
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Take an approval back while it is held, and look at it again.

    Whoever approved it in the list stays there.
    """
    found = access.proposal(request, pk)
    decisions.withdraw(found, by=actor(request))
    messages.success(request, f"{found} is open again; nothing was written.")
    queue = Queue.of(request)
    if request.GET.get("back") == "inbox":
        return go(request, queue.url)
    url = queue.address(found)
    return desk.onward(request, found, url) if request.htmx else go(request, url)


def _of_which(request: Request, pk: int) -> HttpResponse:
    """Go and ask which proposal it is a duplicate of, with what is typed."""
    found = access.proposal(request, pk)
    jottings.keep(found, request.user, "reason", said(request, "reason"))
    asking = Queue.of(request).asking
    url = reverse("web:proposal-duplicate", args=[pk])
    response = redirect(f"{url}?rejecting=1&{asking}")
    response.status_code = 303
    return response


def go(request: Request, url: str) -> HttpResponse:
    """Lead a browser on after a form, whoever sent it."""
    if request.htmx:
        return HttpResponseClientRedirect(url)
    response = redirect(url)
    response.status_code = 303
    return response


def go_on(
    request: Request, found: Proposal, following: Proposal | None = None
) -> HttpResponse:
    """To the next proposal of the queue, or to the inbox when it is done."""
    queue = Queue.of(request)
    following = following or queue.next(found)
    if following is None:
        afterwards.finish(request, tallies.told(actor(request)))
        return go(request, queue.url)
    url = queue.address(following)
    return desk.onward(request, following, url) if request.htmx else go(request, url)


def decided(
    request: Request, found: Proposal, following: Proposal | None
) -> HttpResponse:
    """What every decision does in the end: forget what was typed, say it, go on."""
    jottings.clear(found, request.user)
    queue = Queue.of(request)
    if request.htmx and following is not None:
        # This answer is the next page already: nothing has to be kept for another.
        just = afterwards.toast(found.pk, queue.suffix)
        return desk.onward(request, following, queue.address(following), just)
    afterwards.remember(request, found, queue.suffix)
    return go_on(request, found, following)


def _reasoned(
    request: Request, pk: int, verb: str, act: Callable[[Proposal, str, str], None]
) -> HttpResponse:
    """A verb that needs a reason: ask for it in a dialog, or on a page of its own."""
    found = access.proposal(request, pk)
    if request.method != "POST":
        return _ask(request, found, verb)
    following = Queue.of(request).next(found)
    try:
        act(found, said(request, "reason"), said(request, "choice"))
    except DomainError as refusal:
        return _ask(request, found, verb, refusal)
    return decided(request, found, following)


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
        "rest": _rest(found, sent) if verb == "approve" else 0,
        "rested": sent.get("rest", ""),
        "queue": Queue.of(request),
        "effect": effect_of(request, found, sent) if verb == "approve" else "",
        "refusal": refusal,
        "moved": refusal is not None and refusal.status == 409,
        "request_id": sent.get("request") or uuid.uuid4(),
    }
    part = "#dialog" if request.htmx else ""
    status = refusal.status if refusal else 200
    response = render(request, f"proposals/reasoned.html{part}", context, status=status)
    if request.htmx and request.htmx.target != "dialog":
        # The bar asked for the page; what comes first is a question.
        response["HX-Retarget"], response["HX-Reswap"] = "#dialog", "innerHTML"
        response["HX-Reselect"] = "form.dialog"
    return response


def _rest(found: Proposal, sent: QueryDict) -> int:
    """How many operations are left out."""
    included = desk.chosen(sent)
    every = found.operations.count()
    return every - len(included) if included else 0


def effect_of(request: Request, found: Proposal, sent: QueryDict) -> str:
    """What approving the ticked operations will do, in a sentence."""
    return effects.of(
        found,
        bindings.of(found),
        desk.chosen(sent),
        requirements.situation_of(found),
        by=actor(request),
    )


urlpatterns = [
    path("proposals/<int:pk>/approve/", approve, name="proposal-approve"),
    path("proposals/<int:pk>/reject/", reject, name="proposal-reject"),
    path("proposals/<int:pk>/withdraw/", withdraw, name="proposal-withdraw"),
]
