"""History: what became of a store, version by version, and the names people give them."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Max, Q, QuerySet, Window
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from reviews.errors import DomainError, NotFound
from reviews.memory import tags
from reviews.memory.models import Store, Version
from reviews.proposals.models import Decision, Evidence
from reviews.traces import readings
from reviews.traces.models import Reading
from reviews.web import access, keysets, timelines
from reviews.web.presenters import history as shapes
from reviews.web.presenters import presets
from reviews.web.presenters.origins import Origin
from reviews.web.presenters.runs import sittings
from reviews.web.requests import Request, actor, said

QUOTES = 4
RUNS = 12


@require_safe
def histories(request: Request) -> HttpResponse:
    """Every version of the team's stores, newest first."""
    return _timeline(request, Version.objects.filter(store__team=request.team), {})


@require_safe
def history(request: Request, store: str) -> HttpResponse:
    """One store's versions, newest first, any two of them to be compared."""
    found = access.store(request, store)
    context = {"store": found, "presets": presets.of_head(found)}
    return _timeline(request, found.versions.all(), context)


@require_safe
def version(request: Request, store: str, number: int) -> HttpResponse:
    """One version: its diffs, the decision and evidence behind it, and who read it."""
    return _version(request, access.store(request, store), number)


@require_POST
@access.needs("name versions")
def tag(request: Request, store: str, number: int) -> HttpResponse:
    """Give a version a name, or take one from it."""
    found = access.store(request, store)
    try:
        if "take" in request.POST:
            tags.take(found, said(request, "take"), by=actor(request))
            messages.success(request, f"v{number} has lost that name.")
        else:
            given = tags.give(found, number, said(request, "name"), by=actor(request))
            messages.success(request, f"v{number} is called {given} now.")
    except DomainError as refusal:
        if isinstance(refusal, NotFound):
            raise
        return _version(request, found, number, refusal)
    response = redirect("web:version", found.name, number)
    response.status_code = 303
    return response


def _version(
    request: Request, store: Store, number: int, refusal: DomainError | None = None
) -> HttpResponse:
    at = request.GET.get("path", "")
    if not 0 <= number <= store.head:
        raise NotFound(f"{store.name} has no version {number}; it is at v{store.head}.")
    one = get_object_or_404(shapes.timeline(store.versions.all()), number=number)
    agents = _readers(store, number)
    row = shapes.row(one, (len(agents), sum(agent["runs"] for agent in agents)))
    context = {
        "store": store,
        "row": row,
        "step": shapes.steps([row], path=at)[0],
        "path": at,
        "older": number - 1,
        "newer": number + 1 if number < store.head else None,
        "tags": one.tags.order_by("name") if row.tags else (),
        "refusal": refusal,
        "name": said(request, "name"),
        **_evidence(row.origin),
        "agents": agents,
        "runs": readings.of_version(store, number).exclude(run="")[:RUNS],
    }
    status = refusal.status if refusal else 200
    return render(request, "history/version.html", context, status=status)


def _timeline(
    request: Request, versions: QuerySet[Version], context: dict[str, Any]
) -> HttpResponse:
    filters = timelines.read(request.GET)
    wanted = timelines.chosen(versions, filters, team=request.team)
    # The keys first: what a row shows is not joined to a hundred thousand versions.
    page = keysets.page(wanted.only("pk"), after=request.GET.get("after", ""))
    found = Version.objects.filter(pk__in=[version.pk for version in page.rows])
    rows = shapes.rows(list(shapes.timeline(found).order_by("-pk")))
    context |= {
        "page": page,
        "rows": rows,
        "sittings": sittings(rows),
        # Of the two newest, until somebody chooses others.
        "pair": [row.version.number for row in rows[1::-1]] if len(rows) > 1 else [],
        "filters": filters,
        "kinds": Version.Kind.choices,
        "policies": timelines.policies(request.team),
    }
    name = "history/history.html#versions" if request.htmx else "history/history.html"
    return render(request, name, context)


def _evidence(origin: Origin) -> dict[str, Any]:
    """The first quotes behind a version's decision, and how many there are on each side."""
    decision = origin.decision
    if decision is None or decision.verb == Decision.Verb.ROLL_BACK:
        return {"quotes": [], "sides": {}}
    found = Evidence.objects.filter(
        operation__proposal=decision.proposal_id,
        operation__position__in=decision.included,
    )
    sides = {
        side: Window(Count("pk", filter=Q(stance=side)))
        for side in Evidence.Stance.values
    }
    ordered = found.order_by("-stance", "operation__position", "position")
    quotes = list(ordered.annotate(**sides)[:QUOTES])
    first = vars(quotes[0]) if quotes else {}
    return {"quotes": quotes, "sides": {side: first.get(side, 0) for side in sides}}


def _readers(store: Store, number: int) -> list[dict[str, Any]]:
    """Which agents read a version, in how many runs and when, the latest first."""
    found = (
        Reading.objects.filter(store=store, number=number)
        .order_by()
        .values("agent__name")
        .annotate(runs=Count("pk", filter=~Q(run="")), at=Max("last_at"))
        .order_by("-at")
    )
    return [dict(row) for row in found]


urlpatterns = [
    path("history/", histories, name="histories"),
    path("history/<str:store>/", history, name="history"),
    path("history/<str:store>/<int:number>/", version, name="version"),
    path("history/<str:store>/<int:number>/name/", tag, name="version-tag"),
]
