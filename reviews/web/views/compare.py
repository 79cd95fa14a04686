"""Compare: what changed between any two versions, net or as it was decided.

Versions are named by number, as ``head``, by a day or by a tag; ``y`` leads to the numbers.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from reviews.errors import Invalid, NotFound
from reviews.memory import drift
from reviews.memory.models import Store
from reviews.web import access, keysets
from reviews.web.presenters import history as shapes
from reviews.web.presenters import presets
from reviews.web.requests import Request

# Step by step, so many versions stand on one page.
STEPS = 10


@require_safe
def pick(request: Request, store: str) -> HttpResponse:
    """To the comparison of the two versions chosen on the timeline."""
    found = access.store(request, store)
    chosen = [request.GET.get(name, "") for name in ("a", "b")]
    try:
        numbers = sorted(presets.number_of(found, one) for one in chosen)
    except NotFound as refusal:
        raise Invalid("Choose two versions of the timeline, A and B.") from refusal
    return redirect("web:compare", found.name, *numbers)


@require_safe
def compare(request: Request, store: str, older: str, newer: str) -> HttpResponse:
    """What changed between two versions: net, or step by step as it was decided."""
    found = access.store(request, store)
    first, last = (presets.number_of(found, one) for one in (older, newer))
    if first > last:
        return redirect("web:compare", found.name, newer, older)
    by_step = request.GET.get("mode") == "steps"
    between = drift.steps(found, first, last).prefetch_related(None)
    after, at = request.GET.get("after", ""), request.GET.get("path", "")
    size = STEPS if by_step else keysets.SIZE
    page = keysets.page(shapes.timeline(between), after=after, size=size)
    rows = shapes.rows(page.rows)
    context: dict[str, Any] = {
        "store": found,
        "older": first,
        "newer": last,
        "by_step": by_step,
        "page": page,
        "rows": rows,
        "path": at,
        "count": last - first,
        "authors": shapes.authors(between),
        "permanent": _permanent(request, found, first, last),
    }
    if by_step:
        context["steps"] = shapes.steps(rows, path=at)
    else:
        context |= _net(request, found, first, last)
    return render(request, "history/compare.html", context)


def _permanent(request: Request, store: Store, older: int, newer: int) -> str:
    """The address that will always mean these versions; empty when it is this one."""
    address = reverse("web:compare", args=[store.name, older, newer])
    query = request.META.get("QUERY_STRING", "")
    return "" if request.path == address else f"{address}{'?' if query else ''}{query}"


def _net(request: Request, store: Store, older: int, newer: int) -> dict[str, Any]:
    """One page of the memories that differ, in the order of their paths."""
    at, beyond = request.GET.get("path", ""), request.GET.get("beyond", "")
    nets, following = drift.page(
        store, older, newer, path=at, beyond=beyond, size=keysets.SIZE
    )
    return {"net": shapes.net(nets, path=at), "beyond": beyond, "following": following}


urlpatterns = [
    path("compare/<str:store>/", pick, name="compare-pick"),
    path("compare/<str:store>/<str:older>..<str:newer>/", compare, name="compare"),
]
