"""Dreams to look at: the list, one of them, what it read, and two side by side."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseStopPolling

from reviews.dreams import (
    comparisons,
    discards,
    dreams,
    leases,
    precedents,
    schedules,
    shards,
)
from reviews.dreams.asking import budgets, spending
from reviews.dreams.engines import registry
from reviews.dreams.models import Completion, Digest, Dream, Finding
from reviews.errors import DomainError, Invalid
from reviews.memory.models import Store
from reviews.traces import windows
from reviews.traces.models import Trace
from reviews.web import keysets
from reviews.web.presenters import compared, coverage, foreseen, found
from reviews.web.presenters import dreams as shown
from reviews.web.requests import Request, whole
from reviews.web.views import scheduling
from reviews.web.views.scheduling import Dreamer

FILTERS = ("store", "state", "engine")
# Words longer than this are no search.
LONGEST_SEARCH = 200


@dataclass(frozen=True)
class Line:
    """A dream as the list shows it."""

    dream: Dream
    read: str
    came: str
    took: str


@require_safe
def every(request: Request) -> HttpResponse:
    """The team's dreams, newest first, and when each store dreams by itself."""
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    stores = Store.objects.filter(team=request.team)
    if asked["store"]:
        stores = stores.filter(name=asked["store"])
    rows = _dreams(request).filter(store__in=stores)
    if asked["state"]:
        rows = rows.filter(state=asked["state"])
    if asked["engine"]:
        rows = rows.filter(engine=asked["engine"])
    after = request.GET.get("after", "")
    page = keysets.page(rows.select_related("store"), after=after)
    results = _results(page.rows)
    context = {
        "page": page,
        "lines": [
            Line(
                dream,
                shown.read(dream),
                shown.came(dream, results[dream.pk]),
                shown.took(dream),
            )
            for dream in page.rows
        ],
        "first": _first(page.rows),
        "asked": asked,
        "filtered": bool(asked["state"] or asked["engine"]),
        "states": Dream.State.choices,
        "engines": sorted(registry.ENGINES),
        "dreamers": _dreamers(stores),
        "presets": schedules.PRESETS,
    }
    name = "dreams/dreams.html#rows" if request.htmx else "dreams/dreams.html"
    return render(request, name, context)


@require_safe
def one(request: Request, pk: int) -> HttpResponse:
    """One dream: how far it is, what it found, and what it refused."""
    dream = get(request, pk)
    context = _watched(dream, request.GET.get("q", "").strip()[:LONGEST_SEARCH])
    if not request.htmx:
        return render(request, "dreams/dream.html", context)
    answer = render(request, "dreams/dream.html#dream", context)
    if dream.state not in dreams.UNFINISHED:
        return HttpResponseStopPolling(answer.content)
    return answer


@require_safe
def read(request: Request, pk: int) -> HttpResponse:
    """The traces in a dream's window, the new ones and the unreadable ones marked."""
    dream = get(request, pk)
    if dream.watermark is None or dream.window_start is None:
        raise Http404
    since = precedents.latest_like(dream)
    evaluator = registry.evaluator_of(dream)
    empty = Digest.objects.filter(
        trace=OuterRef("pk"), evaluator=evaluator, document=b""
    )
    rows = windows.traces(
        dream.store, after=dream.window_start, until=dream.watermark
    ).annotate(unreadable=Exists(empty))
    which = request.GET.get("which", "")
    if which == "unreadable":
        rows = rows.filter(unreadable=True)
    elif which == "new" and since is not None:
        rows = rows.filter(received_at__gt=since.watermark)
    page = keysets.page(
        rows.select_related("agent"),
        by="received_at",
        after=request.GET.get("after", ""),
    )
    news = {row.pk for row in page.rows if _is_new(row, since)}
    context = {
        "dream": dream,
        "page": page,
        "which": which,
        "news": news,
        "since": since,
    }
    name = "dreams/read.html#rows" if request.htmx else "dreams/read.html"
    return render(request, name, context)


@require_safe
def compare(request: Request) -> HttpResponse:
    """Two dreams of one store: what only one found, and what became different."""
    context: dict[str, Any] = {}
    status = 200
    try:
        newer, older = _two(request)
        if older is None:
            others = _dreams(request).filter(store=newer.store).exclude(pk=newer.pk)
            context |= {"dream": newer, "others": others.order_by("-pk")[:20]}
        else:
            comparison = comparisons.compare(older, newer)
            context |= {
                "comparison": comparison,
                "moved": compared.ways(comparison.moved),
                "sides": [_side(dream) for dream in (comparison.old, comparison.new)],
            }
    except DomainError as refusal:
        context["refusal"], status = refusal, refusal.status
    return render(request, "dreams/compare.html", context, status=status)


def get(request: Request, pk: int) -> Dream:
    """A dream of the team, with its store."""
    return get_object_or_404(_dreams(request).select_related("store__team"), pk=pk)


def _dreams(request: Request) -> QuerySet[Dream]:
    return Dream.objects.filter(store__team=request.team)


def _first(rows: list[Dream]) -> Dream | None:
    """The dream before the newest one of the same store: what one compares with."""
    older = (row for row in rows[1:] if row.store_id == rows[0].store_id)
    return next(older, None)


def _results(rows: list[Dream]) -> Mapping[int, Mapping[str, int]]:
    """How many findings of each result these dreams have."""
    counted = (
        Finding.objects.filter(dream__in=rows)
        .exclude(result=Finding.Result.REFUSED)
        .values_list("dream_id", "result")
        .annotate(count=Count("pk"))
    )
    results: dict[int, dict[str, int]] = defaultdict(dict)
    for dream, result, count in counted:
        results[dream][result] = count
    return results


def _two(request: Request) -> tuple[Dream, Dream | None]:
    """The dreams that the address names; with one of them, the one before it."""
    keys = [whole(request.GET.get(name, "")) for name in ("b", "a")]
    named = [get(request, key) for key in keys if key is not None]
    if not named:
        raise Invalid("Choose two dreams of one store to compare.")
    if len(named) == 2:
        return named[0], named[1]
    return named[0], precedents.previous(named[0])


def _side(dream: Dream) -> compared.Side:
    return compared.Side(
        dream, coverage.shares(dream), shown.took(dream), shown.read(dream)
    )


def _is_new(trace: Trace, since: Dream | None) -> bool:
    if since is None or since.watermark is None:
        return True
    return trace.received_at > since.watermark


def _dreamers(stores: QuerySet[Store]) -> list[Dreamer]:
    unfinished = {
        dream.store_id: dream
        for dream in Dream.objects.filter(store__in=stores, state__in=dreams.UNFINISHED)
    }
    return [
        scheduling.dreamer(store, unfinished.get(store.pk))
        for store in stores.select_related("schedule", "hosted").order_by("name")
    ]


def _watched(dream: Dream, text: str) -> dict[str, Any]:
    """Everything that the page of one dream shows; as many queries for many findings."""
    findings = list(
        dream.findings.order_by("position").select_related("proposal", "pattern")
    )
    everything = found.sort(dream, findings)
    listed = found.sort(dream, found.matching(findings, text)) if text else everything
    # Of one that has ended, neither can be shown.
    unfinished = dream.state in dreams.UNFINISHED
    evaluated, wanted = shards.progress(dream) if unfinished else (0, 0)
    return {
        "dream": dream,
        "unfinished": unfinished,
        "alone": unfinished and leases.alone(dream),
        "stuck": shown.stuck(dream),
        "steps": shown.steps(dream, evaluated, wanted),
        "evaluated": evaluated,
        "wanted": wanted,
        "took": shown.took(dream),
        "read": shown.read(dream),
        "everything": everything,
        "found": listed,
        "text": text,
        "foreseen": foreseen.of(dream, listed.would),
        "undecided": discards.of(dream) if everything.proposed else None,
        "unlisted": max(0, dream.counts.get("refused", 0) - _refusals(findings)),
        "configuration": shown.configuration(dream),
        "shares": coverage.shares(dream),
        "facts": coverage.facts(dream),
        **_bill(dream),
    }


def _refusals(findings: list[Finding]) -> int:
    return sum(one.result == Finding.Result.REFUSED for one in findings)


def _bill(dream: Dream) -> dict[str, Any]:
    """What was asked of models, with what words, and what it came to."""
    asked = Completion.objects.filter(dream=dream)
    prompts = (
        asked.values("purpose", "model", "prompt_sha256")
        .annotate(asked=Count("pk"), answered=Count("pk", filter=Q(state="answered")))
        .order_by("purpose", "model", "prompt_sha256")
    )
    rows = list(prompts)
    return {
        "prompts": rows,
        "usage": shown.usage(dream),
        "each": spending.per_change(dream) if dream.cost else None,
        "budget": budgets.of(dream.store.team) if rows or dream.cost else None,
    }


urlpatterns = [
    path("dreams/", every, name="dreams"),
    path("dreams/compare/", compare, name="dream-compare"),
    path("dreams/<int:pk>/", one, name="dream"),
    path("dreams/<int:pk>/traces/", read, name="dream-traces"),
]
