"""History: what became of a store, version by version, and between any two of them."""

from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_safe

from reviews.errors import Invalid, NotFound
from reviews.memory import drift
from reviews.memory.models import Store, Version
from reviews.proposals.models import Decision, Evidence
from reviews.traces import readings
from reviews.traces.models import Reading
from reviews.web import access, keysets
from reviews.web.presenters import blame
from reviews.web.presenters import history as shapes
from reviews.web.requests import Request

LONGEST_NUMBER = 9
QUOTES = 4
RUNS = 12
# Step by step, so many versions stand on one page.
STEPS = 10


@require_safe
def histories(request: Request) -> HttpResponse:
    """Every version of the team's stores, newest first."""
    return _timeline(request, Version.objects.filter(store__team=request.team), {})


@require_safe
def history(request: Request, store: str) -> HttpResponse:
    """One store's versions, newest first, any two of them to be compared."""
    found = access.store(request, store)
    return _timeline(request, found.versions.all(), {"store": found})


@require_safe
def version(request: Request, store: str, number: int) -> HttpResponse:
    """One version: its diffs, the decision and evidence behind it, and who read it."""
    found = access.store(request, store)
    at = request.GET.get("path", "")
    _check(found, number)
    one = get_object_or_404(shapes.timeline(found.versions.all()), number=number)
    (row,) = shapes.rows([one])
    context = {
        "store": found,
        "row": row,
        "step": shapes.steps([row], path=at)[0],
        "path": at,
        "older": number - 1,
        "newer": number + 1 if number < found.head else None,
        **_evidence(row.origin),
        **_readers(found, number),
    }
    return render(request, "history/version.html", context)


@require_safe
def pick(request: Request, store: str) -> HttpResponse:
    """To the comparison of the two versions chosen on the timeline."""
    found = access.store(request, store)
    chosen = [request.GET.get(name, "").removeprefix("v") for name in ("a", "b")]
    for text in chosen:
        if not (text.isascii() and text.isdecimal()) or len(text) > LONGEST_NUMBER:
            raise Invalid("Choose two versions of the timeline, A and B.")
    return redirect("web:compare", found.name, *sorted(map(int, chosen)))


@require_safe
def compare(request: Request, store: str, older: int, newer: int) -> HttpResponse:
    """What changed between two versions: net, or step by step as it was decided."""
    found = access.store(request, store)
    if older > newer:
        return redirect("web:compare", found.name, newer, older)
    _check(found, newer)
    by_step = request.GET.get("mode") == "steps"
    between = drift.steps(found, older, newer)
    page = keysets.page(
        shapes.timeline(between.prefetch_related(None)),
        after=request.GET.get("after", ""),
        size=STEPS if by_step else keysets.SIZE,
    )
    rows, at = shapes.rows(page.rows), request.GET.get("path", "")
    context: dict[str, Any] = {
        "store": found,
        "older": older,
        "newer": newer,
        "by_step": by_step,
        "page": page,
        "rows": rows,
        "path": at,
        "count": newer - older,
        "authors": shapes.authors(between.prefetch_related(None)),
    }
    if by_step:
        context["steps"] = shapes.steps(rows, path=at)
    else:
        net, more = shapes.net(drift.between(found, older, newer), path=at)
        context |= {"net": net, "more": more}
    return render(request, "history/compare.html", context)


def _timeline(
    request: Request, versions: QuerySet[Version], context: dict[str, Any]
) -> HttpResponse:
    page = keysets.page(shapes.timeline(versions), after=request.GET.get("after", ""))
    context |= {"page": page, "rows": shapes.rows(page.rows)}
    name = "history/history.html#versions" if request.htmx else "history/history.html"
    return render(request, name, context)


def _check(store: Store, number: int) -> None:
    """Refuse a number that no version has; they follow each other without a gap."""
    if not 0 <= number <= store.head:
        raise NotFound(f"{store.name} has no version {number}; it is at v{store.head}.")


def _evidence(origin: blame.Origin) -> dict[str, Any]:
    """The first quotes behind a version's decision, and how many there are on each side."""
    decision = origin.decision
    if decision is None or decision.verb == Decision.Verb.ROLL_BACK:
        return {"quotes": [], "sides": {}}
    quotes = Evidence.objects.filter(
        operation__proposal=decision.proposal_id,
        operation__position__in=decision.included,
    )
    return {
        "quotes": quotes.order_by("-stance", "operation__position", "position")[
            :QUOTES
        ],
        "sides": dict(quotes.order_by().values_list("stance").annotate(Count("pk"))),
    }


def _readers(store: Store, number: int) -> dict[str, Any]:
    """Which agents read a version, and their latest runs."""
    by_agent = (
        Reading.objects.filter(store=store, number=number)
        .order_by()
        .values("agent__name")
        .annotate(runs=Count("pk", filter=~Q(run="")), at=Max("last_at"))
        .order_by("-at")
    )
    runs = readings.of_version(store, number).exclude(run="")
    return {"agents": by_agent, "runs": runs[:RUNS]}


urlpatterns = [
    path("history/", histories, name="histories"),
    path("history/<str:store>/", history, name="history"),
    path("history/<str:store>/<int:number>/", version, name="version"),
    path("compare/<str:store>/", pick, name="compare-pick"),
    path("compare/<str:store>/<int:older>..<int:newer>/", compare, name="compare"),
]
