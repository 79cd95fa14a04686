"""Rolling back: undo one change, or restore an old state; never without its preview."""

import uuid
from collections.abc import Iterator
from typing import Any, Literal

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from reviews.errors import DomainError
from reviews.memory.merges import Conflict
from reviews.memory.models import Store
from reviews.proposals import bindings, previews, rollbacks
from reviews.proposals.models import Decision, Proposal
from reviews.proposals.previews import Preview
from reviews.traces import readings
from reviews.web import access
from reviews.web.presenters import proposals as shapes
from reviews.web.requests import Request, actor, form_id

type Side = Literal["base", "ours", "theirs"]
SIDES: dict[Side, str] = {
    "theirs": "Take it back here",
    "ours": "Keep what the head says",
    "base": "Neither: as it was before both",
}
READERS = 12


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("roll back")
def rollback(request: Request, store: str) -> HttpResponse:
    """Show what it would do; do it once somebody says why."""
    found = access.store(request, store)
    asked = request.POST if request.method == "POST" else request.GET
    if "undo" in asked:
        return _undo(request, found, _proposal(found, asked["undo"]))
    number = asked.get("to", "")
    if not number.isdecimal() or len(number) > 9:
        raise Http404
    return _restore(request, found, int(number))


def _undo(request: Request, store: Store, proposal: Proposal) -> HttpResponse:
    refusal = None
    if request.method == "POST":
        try:
            decision = rollbacks.undo(
                proposal,
                by=actor(request),
                reason=request.POST.get("reason", ""),
                bound=request.POST.get("bound") or None,
                choices=_choices(request),
                request=form_id(request),
            )
        except DomainError as error:
            refusal = error
        else:
            number = decision.version.number if decision.version else store.head
            messages.success(request, f"{proposal} is undone: that is v{number}.")
            return redirect("web:history", store.name)
    context: dict[str, Any] = {"undo": proposal, "keepable": []}
    return _preview(
        request, store, lambda: previews.of_undo(proposal), context, refusal
    )


def _restore(request: Request, store: Store, number: int) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    later = previews.applied_after(store, number)
    wanted = set(asked.getlist("keep"))
    keep = [proposal for proposal in later if str(proposal.pk) in wanted]
    refusal = None
    if request.method == "POST" and "preview" not in request.POST:
        try:
            version = rollbacks.restore(
                store,
                number,
                by=actor(request),
                reason=request.POST.get("reason", ""),
                keep=keep,
                bound=request.POST.get("bound") or None,
            )
        except DomainError as error:
            refusal = error
        else:
            text = f"{store.name} is as it was at v{number}: that is v{version.number}."
            messages.success(request, text)
            return redirect("web:history", store.name)
    context = {"to": number, "keepable": later, "keep": {one.pk for one in keep}}
    return _preview(
        request,
        store,
        lambda: previews.of_restore(store, number, keep=keep),
        context,
        refusal,
    )


def _preview(
    request: Request,
    store: Store,
    compute: Any,
    context: dict[str, Any],
    refusal: DomainError | None,
) -> HttpResponse:
    try:
        preview = compute()
    except DomainError as nothing:
        status = (refusal or nothing).status
        context |= {"store": store, "refusal": refusal or nothing}
        return render(request, "rollbacks/rollback.html", context, status=status)
    context |= {
        "store": store,
        "preview": preview,
        "changes": shapes.changes(preview.outcomes),
        "conflicts": _conflicts(request, preview, refusal),
        "sides": SIDES.items(),
        "readers": list(readings.since(store, preview.version.number)[:READERS])
        if preview.verb == "undo"
        else list(readings.since(store, preview.version.number + 1)[:READERS]),
        "refusal": refusal,
        "reason": request.POST.get("reason", ""),
        "request_id": uuid.uuid4(),
    }
    status = refusal.status if refusal else 200
    return render(request, "rollbacks/rollback.html", context, status=status)


def _proposal(store: Store, asked: str) -> Proposal:
    """The proposal by its name, or by the version that it became."""
    key = asked.upper().removeprefix("P-")
    if not key.isdecimal() or len(key) > 18:
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


def _conflicts(
    request: Request, preview: Preview, refusal: DomainError | None
) -> Iterator[tuple[str, Conflict, str, str]]:
    """Each conflict with its path, its field and the side that was chosen for it.

    A choice counts only for the sides that it was made between.
    """
    stale = isinstance(refusal, bindings.Stale)
    for path_, found in preview.conflicts.items():
        for place, conflict in enumerate(found):
            name = f"side:{path_}:{place}"
            yield path_, conflict, name, "" if stale else request.POST.get(name, "")


def _choices(request: Request) -> dict[str, list[Side]] | None:
    """Which side each conflict takes, in order, by path."""
    chosen: dict[str, list[Side]] = {}
    for name in sorted(request.POST, key=_place):
        if name.startswith("side:"):
            path_, _, _ = name.removeprefix("side:").rpartition(":")
            side = request.POST[name]
            if side in SIDES:
                chosen.setdefault(path_, []).append(side)
    return chosen or None


def _place(name: str) -> tuple[str, int]:
    path_, _, number = name.rpartition(":")
    return path_, int(number) if number.isdecimal() else 0


urlpatterns = [path("rollback/<str:store>/", rollback, name="rollback")]
