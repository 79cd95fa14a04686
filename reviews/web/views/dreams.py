"""Dreams: started, watched, canceled, and scheduled."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import model_to_dict
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseStopPolling

from reviews.dreams import dreams, leases, schedules, shards
from reviews.dreams.models import Dream, Finding, Schedule
from reviews.errors import DomainError
from reviews.memory.models import Store
from reviews.web import access, forms, keysets
from reviews.web.presenters import dreams as shown
from reviews.web.requests import Request, actor


@dataclass(frozen=True)
class Dreamer:
    """A store as the list shows it: what it is in, and when it dreams by itself."""

    store: Store
    unfinished: Dream | None
    schedule: Schedule | None
    form: forms.Schedule
    preview: dict[str, Any]


@require_safe
def every(request: Request) -> HttpResponse:
    """The team's dreams, newest first, and when each store dreams by itself."""
    stores = _stores(request)
    found = _dreams(request).filter(store__in=stores)
    page = keysets.page(
        found.select_related("store"), after=request.GET.get("after", "")
    )
    proposed = _proposal_counts(page.rows)
    context = {
        "page": page,
        "rows": [
            (dream, shown.came(dream, proposed[dream.pk]), shown.took(dream))
            for dream in page.rows
        ],
        "dreamers": _dreamers(stores),
        "presets": schedules.PRESETS,
    }
    name = "dreams/dreams.html#rows" if request.htmx else "dreams/dreams.html"
    return render(request, name, context)


@require_safe
def one(request: Request, pk: int) -> HttpResponse:
    """One dream: how far it is, what it found, and what it refused."""
    dream = _dream(request, pk)
    context = _watched(dream)
    if not request.htmx:
        return render(request, "dreams/dream.html", context)
    answer = render(request, "dreams/dream.html#dream", context)
    if dream.state not in dreams.UNFINISHED:
        return HttpResponseStopPolling(answer.content)
    return answer


@require_POST
@access.needs("dream")
def start(request: Request) -> HttpResponse:
    """Start a dream of a store and go to its page."""
    store = access.store(request, request.POST.get("store", ""))
    dream = dreams.start(store, by=actor(request))
    return redirect("web:dream", dream.pk)


@require_POST
@access.needs("dream")
def cancel(request: Request, pk: int) -> HttpResponse:
    """Stop a dream; what it has proposed stays."""
    dream = dreams.cancel(
        _dream(request, pk), by=actor(request), reason=request.POST.get("reason", "")
    )
    messages.success(request, f"Dream {dream.pk} was canceled.")
    return redirect("web:dream", dream.pk)


@require_POST
@access.needs("administer")
def schedule(request: Request, store: str) -> HttpResponse:
    """Set when a store dreams by itself, or pause it."""
    found = access.store(request, store)
    form = forms.Schedule(request.POST, auto_id=_ids(found))
    if form.is_valid():
        try:
            schedules.keep(
                found,
                form.cleaned_data["cron"],
                by=actor(request),
                zone=form.cleaned_data["timezone"],
                enabled=form.cleaned_data["enabled"],
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"The schedule of {found.name} was saved.")
            return redirect("web:dreams")
    dreamer = _dreamer(found, dreams.unfinished(found), form)
    context = {"dreamer": dreamer, "presets": schedules.PRESETS}
    return render(request, "dreams/schedule.html", context, status=422)


@require_safe
@access.needs("administer")
def preview(request: Request, store: str) -> HttpResponse:
    """What a schedule that is being typed would mean: in words, and its next times."""
    found = access.store(request, store)
    typed = {name: request.GET.get(name, "") for name in ("cron", "timezone")}
    context = {"store": found, "preview": _preview(typed["cron"], typed["timezone"])}
    return render(request, "dreams/schedule.html#preview", context)


def _dreams(request: Request) -> QuerySet[Dream]:
    return Dream.objects.filter(store__team=request.team)


def _proposal_counts(rows: list[Dream]) -> Counter[int]:
    """How many proposals each of these dreams opened."""
    opened = Finding.objects.filter(dream__in=rows, result=Finding.Result.PROPOSED)
    return Counter(opened.values_list("dream_id", flat=True))


def _dream(request: Request, pk: int) -> Dream:
    return get_object_or_404(_dreams(request).select_related("store"), pk=pk)


def _stores(request: Request) -> QuerySet[Store]:
    """The stores on the screen: all of the team's, or the one that the address names."""
    stores = Store.objects.filter(team=request.team)
    if name := request.GET.get("store", ""):
        stores = stores.filter(name=name)
    return stores


def _dreamers(stores: QuerySet[Store]) -> list[Dreamer]:
    unfinished = {
        dream.store_id: dream
        for dream in Dream.objects.filter(store__in=stores, state__in=dreams.UNFINISHED)
    }
    return [
        _dreamer(store, unfinished.get(store.pk))
        for store in stores.select_related("schedule").order_by("name")
    ]


def _dreamer(
    store: Store, unfinished: Dream | None, form: forms.Schedule | None = None
) -> Dreamer:
    schedule: Schedule | None = getattr(store, "schedule", None)
    form = form or forms.Schedule(
        initial=model_to_dict(schedule) if schedule else None, auto_id=_ids(store)
    )
    seen = _preview(form["cron"].value() or "", form["timezone"].value() or "")
    return Dreamer(store, unfinished, schedule, form, seen)


def _preview(cron: str, zone: str) -> dict[str, Any]:
    """What a schedule means: in words, and its next times; or what is wrong with it."""
    try:
        return {
            "words": schedules.explain(cron),
            "runs": [
                f"{run:%a %-d %b %Y, %H:%M %Z}"
                for run in schedules.next_runs(cron, zone)
            ],
        }
    except DomainError as refusal:
        return {"complaint": refusal.message}


def _ids(store: Store) -> str:
    """Several of these forms stand on one page, so each has ids of its own."""
    return f"schedule-{store.pk}-%s"


def _watched(dream: Dream) -> dict[str, Any]:
    """Everything that the page of one dream shows, in four queries."""
    findings = list(
        dream.findings.order_by("position").select_related("proposal", "pattern")
    )
    evaluated, wanted = shards.progress(dream)
    return {
        "dream": dream,
        "unfinished": dream.state in dreams.UNFINISHED,
        "alone": leases.alone(dream),
        "steps": shown.steps(dream, evaluated, wanted),
        "evaluated": evaluated,
        "wanted": wanted,
        "took": shown.took(dream),
        "proposed": [one for one in findings if one.result != Finding.Result.REFUSED],
        "refused": shown.refused(findings),
        "unlisted": max(0, dream.counts.get("refused", 0) - len(findings)),
        "configuration": shown.configuration(dream),
        "coverage": shown.coverage(dream),
    }


urlpatterns = [
    path("dreams/", every, name="dreams"),
    path("dreams/start/", start, name="dream-start"),
    path("dreams/<int:pk>/", one, name="dream"),
    path("dreams/<int:pk>/cancel/", cancel, name="dream-cancel"),
    path("dreams/schedule/<str:store>/", schedule, name="schedule"),
    path("dreams/schedule/<str:store>/preview/", preview, name="schedule-preview"),
]
