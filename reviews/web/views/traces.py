"""Traces: the list, one run as a timeline, and a body that was too long to send unasked."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from reviews.dreams.models import Signal
from reviews.proposals.models import Evidence
from reviews.teams.models import Agent
from reviews.traces import bodies, search
from reviews.traces.models import Reading
from reviews.web import access, days
from reviews.web.presenters import timeline
from reviews.web.requests import Request

FILTERS = ("agent", "outcome", "person", "from", "to", "q")


@require_safe
def traces(request: Request) -> HttpResponse:
    """The team's traces, newest first, filtered as the address says."""
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    filters = search.Filters(
        agent=asked["agent"],
        outcome=asked["outcome"],
        person=asked["person"],
        since=days.midnight(asked["from"]),
        until=days.midnight_after(asked["to"]),
        text=asked["q"],
    )
    found = search.find(request.team, filters)
    context = {
        "page": search.page(found, request.GET.get("page", "")),
        "agents": Agent.objects.filter(team=request.team).order_by("name"),
        "outcomes": [
            ("success", "Success"),
            ("failure", "Failure"),
            ("unknown", "Unknown"),
        ],
        "filtered": any(asked.values()),
        "asked": asked,
    }
    name = "traces/traces.html#rows" if request.htmx else "traces/traces.html"
    return render(request, name, context)


@require_safe
def trace(request: Request, pk: int, step: int | None = None) -> HttpResponse:
    """One run as a readable timeline, with the quotes that proposals take from it."""
    found = access.trace(request, pk)
    body = bodies.body_of(found)
    if step is not None and step >= len(body.steps):
        raise Http404
    quotes = Evidence.objects.filter(trace=found).order_by("step", "start", "pk")
    checked = timeline.quoted(body.steps, quotes.select_related("operation__proposal"))
    signals = Signal.objects.filter(trace=found).order_by("step", "pk")
    lit = request.GET.get("hl", "")
    shown = timeline.rows(
        body.steps,
        checked,
        signals,
        lit=int(lit) if lit.isdecimal() and len(lit) < 18 else None,
        opened=step,
    )
    context = {
        "trace": found,
        "rows": shown,
        "notable": timeline.notable(shown),
        "quotes": timeline.by_proposal(checked),
        "changed": [quote for quote in checked if not quote.intact],
        "readings": Reading.objects.filter(trace=found).select_related("store"),
        "extra": len(body.extra),
        "base": reverse("web:trace", args=[pk]),
        "icons": timeline.icons(shown),
    }
    return render(request, "traces/trace.html", context)


@require_safe
def at(request: Request, pk: int, step: int) -> HttpResponse:
    """A step by its number, also where its body would have been left out."""
    return trace(request, pk, step=step)


@require_safe
def body(request: Request, pk: int, step: int) -> HttpResponse:
    """The whole text of one step, once somebody opens it."""
    found = access.trace(request, pk)
    steps = bodies.steps_of(found)
    if step >= len(steps):
        raise Http404
    if not request.htmx:
        return redirect(f"{reverse('web:trace-at', args=[pk, step])}#s{step}")
    context = {"row": timeline.row_of(steps[step]), "trace": found}
    return render(request, "traces/trace.html#body", context)


urlpatterns = [
    path("traces/", traces, name="traces"),
    path("traces/<int:pk>/", trace, name="trace"),
    path("traces/<int:pk>/at/<int:step>/", at, name="trace-at"),
    path("traces/<int:pk>/steps/<int:step>/", body, name="trace-body"),
]
