"""Rolling back: undo one change, or restore an old state; never without its preview.

Whoever may read sees what it would do. It is done by those who may roll back, bound to
what they saw; everybody of the team can ask for it as a proposal, which others decide.
"""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from reviews.errors import DomainError
from reviews.memory import versions
from reviews.memory.merges import Choice
from reviews.memory.models import Store
from reviews.proposals import inverses, previews, rollbacks
from reviews.proposals.models import Decision, Proposal
from reviews.proposals.previews import Preview
from reviews.teams import roles
from reviews.traces import readings
from reviews.web import access, choosers
from reviews.web.presenters import proposals as shapes
from reviews.web.presenters import rollbacks as says
from reviews.web.requests import Request, actor, form_id, said

READERS = 12


@require_http_methods(["GET", "HEAD", "POST"])
def rollback(request: Request, store: str) -> HttpResponse:
    """Show what it would do; do it once somebody says why."""
    found = access.store(request, store)
    posted = request.method == "POST"
    if posted:
        _check(request)
    asked = request.POST if posted else request.GET
    if "undo" in asked:
        return _undo(request, found, _proposal(found, asked["undo"]))
    number = asked.get("to", "")
    if not (number.isascii() and number.isdecimal()) or len(number) > 9:
        raise Http404
    return _restore(request, found, int(number))


def _check(request: Request) -> None:
    """Asking, and looking again, is for everybody; doing is for who may roll back."""
    asks = "ask" in request.POST or "preview" in request.POST
    needed = "ask for a rollback" if asks else "roll back"
    roles.check(request.membership.role, needed)


def _undo(request: Request, store: Store, proposal: Proposal) -> HttpResponse:
    def act() -> str:
        decision = rollbacks.undo(
            proposal,
            by=actor(request),
            reason=said(request, "reason"),
            bound=request.POST.get("bound", ""),
            choices=_choices(request, proposal),
            request=form_id(request),
        )
        number = decision.version.number if decision.version else store.head
        return f"{proposal} is undone: that is v{number}."

    context = {"undo": proposal, "keepable": [], "asked": [("undo", proposal.name)]}
    return _answer(request, store, lambda: previews.of_undo(proposal), act, context)


def _restore(request: Request, store: Store, number: int) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    later = previews.applied_after(store, number)
    wanted = set(asked.getlist("keep"))
    keep = [proposal for proposal in later if str(proposal.pk) in wanted]

    def act() -> str:
        version = rollbacks.restore(
            store,
            number,
            by=actor(request),
            reason=said(request, "reason"),
            keep=keep,
            bound=request.POST.get("bound", ""),
        )
        return f"{store} is as it was at v{number}: that is v{version.number}."

    context = {
        "to": number,
        "keepable": later,
        "keep": {one.pk for one in keep},
        "asked": [("to", number), *(("keep", one.pk) for one in keep)],
    }
    return _answer(
        request,
        store,
        lambda: previews.of_restore(store, number, keep=keep),
        act,
        context,
    )


def _answer(
    request: Request,
    store: Store,
    compute: Callable[[], Preview],
    act: Callable[[], str],
    context: dict[str, Any],
) -> HttpResponse:
    """Do what was asked for and lead on; else the preview as it is now, and why."""
    refusal = None
    if request.method == "POST" and "preview" not in request.POST:
        try:
            return _done(request, store, compute, act)
        except DomainError as error:
            refusal = error
    return _page(request, store, compute, context, refusal)


def _done(
    request: Request,
    store: Store,
    compute: Callable[[], Preview],
    act: Callable[[], str],
) -> HttpResponse:
    if "ask" in request.POST:
        reason = said(request, "reason")
        proposal = inverses.propose(compute(), by=actor(request), reason=reason)
        messages.success(request, f"{proposal} asks for it: others decide now.")
        response = redirect("web:proposal", proposal.pk)
    else:
        messages.success(request, act())
        response = redirect("web:history", store.name)
    response.status_code = 303
    return response


def _choices(request: Request, proposal: Proposal) -> dict[str, list[Choice]]:
    """What was chosen for each conflict that there is now."""
    try:
        conflicts = previews.of_undo(proposal).conflicts
    except DomainError:
        # The verb says it better; and a form sent twice gets its first answer there.
        return {}
    return choosers.choices(choosers.places(conflicts, request.POST))


def _page(
    request: Request,
    store: Store,
    compute: Callable[[], Preview],
    context: dict[str, Any],
    refusal: DomainError | None,
) -> HttpResponse:
    _remember(request, context["asked"])
    context |= {"store": store, "reason": said(request, "reason")}
    try:
        preview = compute()
    except DomainError as nothing:
        refusal = refusal or nothing
        context["refusal"] = refusal
        return render(
            request, "rollbacks/rollback.html", context, status=refusal.status
        )
    gone = preview.version.number + (preview.verb == "restore")
    changes = shapes.changes(preview.outcomes)
    context |= {
        "preview": preview,
        "changes": changes,
        "effect": says.effect(preview, changes),
        "quiet": says.quiet(store, preview.undone),
        "places": choosers.places(preview.conflicts, request.POST),
        "sides": choosers.SIDES.items(),
        "readers": list(readings.since(store, gone)[:READERS]),
        "before": gone - 1,
        "conflicting": isinstance(refusal, versions.RevertConflict),
        "refusal": refusal,
        "request_id": uuid.uuid4(),
    }
    status = refusal.status if refusal else 200
    return render(request, "rollbacks/rollback.html", context, status=status)


def _remember(request: Request, asked: list[tuple[str, Any]]) -> None:
    """Let the links of a refused form's page lead where its preview is."""
    query = request.GET.copy()
    for name in ("undo", "to", "keep"):
        query.pop(name, None)
    for name, value in asked:
        query.appendlist(name, str(value))
    request.GET = query  # type: ignore[assignment]


def _proposal(store: Store, asked: str) -> Proposal:
    """The proposal by its name, or by the version that it became."""
    key = asked.upper().removeprefix("P-")
    if not (key.isascii() and key.isdecimal()) or len(key) > 18:
        raise Http404
    if asked.upper().startswith("P-"):
        wanted = Q(pk=int(key))
    else:
        applied = Decision.objects.filter(
            version__store=store, version__number=int(key)
        )
        wanted = Q(pk__in=applied.values("proposal"))
    found = Proposal.objects.filter(wanted, store=store).select_related("store").first()
    if found is None:
        raise Http404
    return found


urlpatterns = [path("rollback/<str:store>/", rollback, name="rollback")]
