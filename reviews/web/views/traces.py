"""Traces: the list, one run as a timeline, and a body that was too long to send unasked."""

from datetime import timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseStopPolling

from reviews.dreams import episodes, lookups
from reviews.dreams.models import Signal
from reviews.proposals.models import Evidence
from reviews.teams.models import Agent
from reviews.traces import bodies, hits, search
from reviews.traces.bodies import Body
from reviews.traces.models import Reading, Trace
from reviews.web import access, days
from reviews.web.presenters import evaluations, filtering, grouping, rail, timeline
from reviews.web.presenters.timeline import Reader
from reviews.web.requests import Request
from reviews.web.views import erasures

FILTERS = ("agent", "outcome", "score", "person", "from", "to", "q")
# A run that grew within this time, and has no outcome yet, may still be going on.
OPEN_FOR = timedelta(minutes=5)
# Words longer than this are no search.
LONGEST_SEARCH = 200


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
    beside = lookups.holding(request.team.pk, asked["q"])
    found = search.find(request.team, filters, beside)
    if asked["score"]:
        found = lookups.showing(found, request.team.pk, asked["score"])
    found = found.select_related("episode").defer("search", "episode__search")
    page = search.page(found, request.GET.get("page", ""))
    looking = asked["q"] or asked["score"]
    context = {
        "page": page,
        "gists": evaluations.gists(page.traces) if looking else {},
        "agents": Agent.objects.filter(team=request.team).order_by("name"),
        "outcomes": [
            ("success", "Success"),
            ("failure", "Failure"),
            ("unknown", "Unknown"),
        ],
        "scores": evaluations.CHOICES,
        "filtered": any(asked.values()),
        "asked": asked,
    }
    name = "traces/traces.html#rows" if request.htmx else "traces/traces.html"
    return render(request, name, context)


@require_safe
def trace(request: Request, pk: int, step: int | None = None) -> HttpResponse:
    """One run as a readable timeline, with the quotes that proposals take from it."""
    try:
        found = access.trace(request, pk, "episode")
    except Http404:
        return erasures.tombstone(request, pk)
    body = bodies.body_of(found)
    if step is not None and step >= len(body.steps):
        raise Http404
    quotes = Evidence.objects.filter(trace=found).order_by("step", "start", "pk")
    lit = _number(request, "hl")
    checked = timeline.quoted(
        body.steps,
        quotes.select_related("operation__proposal"),
        lit=lit,
        proposal=_number(request, "p"),
    )
    asked = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    reader = Reader(lit, step, hits.find(body.steps, asked))
    signals = Signal.objects.filter(trace=found).order_by("step", "pk")
    made = timeline.rows(body.steps, checked, signals, reader)
    grouping.pair(made)
    only = filtering.chosen(request.GET.get("only", ""))
    context = {
        "trace": found,
        "rows": filtering.narrowed(made, only) if only else grouping.grouped(made),
        "filters": filtering.filters(made, request.GET),
        "only": only,
        "asked": asked,
        "found": reader.found,
        "stripes": rail.stripes(body.steps),
        "ticks": rail.ticks(made),
        "quotes": timeline.by_proposal(checked),
        "changed": [quote for quote in checked if not quote.intact],
        "missing": _missing(found, len(body.steps)),
        "open": is_open(found),
        "readings": Reading.objects.filter(trace=found).select_related("store"),
        "evaluation": _evaluation(found, body),
        "extra": body.extra,
        # The same page at two addresses: what it links to is told from where it stands.
        "base": "" if step is None else "../../",
        "icons": timeline.icons(made),
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


@require_safe
def more(request: Request, pk: int, step: int) -> HttpResponse:
    """The steps from this one on, of a run that may still be going on."""
    found = access.trace(request, pk)
    if not request.htmx:
        return redirect("web:trace", pk)
    if found.step_count <= step:
        return HttpResponse(status=204) if is_open(found) else HttpResponseStopPolling()
    new = bodies.steps_of(found)[step:]
    made = timeline.rows(new, [], [], total=found.step_count)
    grouping.pair(made)
    context = {
        "trace": found,
        "rows": made,
        "open": is_open(found),
        "base": "../../" if "/at/" in (request.htmx.current_url or "") else "",
    }
    return render(request, "traces/trace.html#more", context)


def _evaluation(trace: Trace, body: Body) -> evaluations.Panel | None:
    episode = episodes.of_trace(trace, body.steps)
    return evaluations.panel(episode) if episode else None


def is_open(trace: Trace) -> bool:
    """Whether the run may still be going on: it grew just now and has not ended in words."""
    return not trace.outcome and trace.received_at > timezone.now() - OPEN_FOR


def _missing(trace: Trace, kept: int) -> str:
    """The steps that were recorded and are not there any more; empty if none."""
    if kept >= trace.step_count:
        return ""
    last = trace.step_count - 1
    return f"step {last}" if kept == last else f"steps {kept} to {last}"


def _number(request: Request, name: str) -> int | None:
    """A key in the address, if it can be one."""
    asked = request.GET.get(name, "").upper().removeprefix("P-")
    return int(asked) if asked.isdecimal() and len(asked) < 18 else None


urlpatterns = [
    path("traces/", traces, name="traces"),
    path("traces/<int:pk>/", trace, name="trace"),
    path("traces/<int:pk>/at/<int:step>/", at, name="trace-at"),
    path("traces/<int:pk>/steps/<int:step>/", body, name="trace-body"),
    path("traces/<int:pk>/from/<int:step>/", more, name="trace-more"),
]
