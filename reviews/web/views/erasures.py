"""Taking a trace out for good; and what is said where it was."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import escape
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from reviews.audit import ledger
from reviews.errors import Invalid
from reviews.proposals.models import Evidence
from reviews.traces import erasure
from reviews.traces.models import Trace
from reviews.web import access
from reviews.web.requests import Request, actor, said


@access.needs("administer")
@require_POST
def erase(request: Request, pk: int) -> HttpResponse:
    """Erase the run, once its id was typed and a reason given."""
    found = access.trace(request, pk)
    try:
        _check_typed(request, found)
        erasure.erase(found, by=actor(request), reason=said(request, "reason"))
    except Invalid as refusal:
        if not request.htmx:
            raise
        return HttpResponse(escape(refusal.message), status=refusal.status)
    messages.success(request, "The run is erased; quotes of it keep their words.")
    gone = reverse("web:trace", args=[pk])
    return HttpResponseClientRedirect(gone) if request.htmx else redirect(gone)


def _check_typed(request: Request, found: Trace) -> None:
    if said(request, "typed").strip() != found.external_id.strip():
        raise Invalid("Type the id of the run to erase it.", field="typed")


def tombstone(request: Request, pk: int) -> HttpResponse:
    """Say of a trace that was erased who did it, why, and what still quotes it."""
    entry = (
        ledger.about(Trace(pk=pk))
        .filter(chain=ledger.chain_of(request.team), action="trace.erased")
        .first()
    )
    if entry is None:
        raise Http404
    content = ledger.content_of(entry)
    name = content["label"]
    context: dict[str, Any] = {
        "entry": entry,
        "name": name,
        "reason": content["reason"],
    }
    if name:
        quotes = Evidence.objects.filter(
            operation__proposal__store__team=request.team,
            trace=None,
            external_id=name,
        )
        context["quotes"] = quotes.select_related("operation__proposal").order_by("pk")
    return render(request, "traces/erased.html", context, status=410)


urlpatterns = [path("traces/<int:pk>/erase/", erase, name="trace-erase")]
