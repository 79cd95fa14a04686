"""When a store dreams by itself, and what thinks then."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import model_to_dict
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from reviews.dreams import dreams, schedules
from reviews.dreams.engines import registry
from reviews.dreams.models import Dream, Schedule
from reviews.errors import DomainError
from reviews.memory.models import Store
from reviews.web import access, forms
from reviews.web.requests import Request, actor


@dataclass(frozen=True)
class Dreamer:
    """A store as the list shows it: what it is in, and when it dreams by itself."""

    store: Store
    unfinished: Dream | None
    schedule: Schedule | None
    form: forms.Schedule
    preview: dict[str, Any]
    # What keeps the engine of its schedule from thinking.
    warning: str


@require_POST
@access.needs("administer")
def schedule(request: Request, store: str) -> HttpResponse:
    """Set when a store dreams by itself, or pause it."""
    found = access.store(request, store)
    form = forms.Schedule(
        request.POST, auto_id=_ids(found), engines=sorted(registry.ENGINES)
    )
    if form.is_valid():
        try:
            kept = schedules.keep(
                found,
                form.cleaned_data["cron"],
                by=actor(request),
                zone=form.cleaned_data["timezone"],
                enabled=form.cleaned_data["enabled"],
                engine=form.cleaned_data["engine"] or registry.DEFAULT,
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"The schedule of {found.name} was saved.")
            if warning := schedules.warning(kept):
                messages.warning(request, warning)
            return redirect("web:dreams")
    shown = dreamer(found, dreams.unfinished(found), form)
    context = {"dreamer": shown, "presets": schedules.PRESETS}
    return render(request, "dreams/schedule.html", context, status=422)


@require_safe
@access.needs("administer")
def preview(request: Request, store: str) -> HttpResponse:
    """What a schedule that is being typed would mean: in words, and its next times."""
    found = access.store(request, store)
    typed = {name: request.GET.get(name, "") for name in ("cron", "timezone")}
    context = {"store": found, "preview": _preview(typed["cron"], typed["timezone"])}
    return render(request, "dreams/schedule.html#preview", context)


def dreamer(
    store: Store, unfinished: Dream | None, form: forms.Schedule | None = None
) -> Dreamer:
    """A store with its schedule, and the form that changes it."""
    schedule: Schedule | None = getattr(store, "schedule", None)
    form = form or forms.Schedule(
        initial=model_to_dict(schedule) if schedule else None,
        auto_id=_ids(store),
        engines=sorted(registry.ENGINES),
    )
    seen = _preview(form["cron"].value() or "", form["timezone"].value() or "")
    warning = schedules.warning(schedule) if schedule else ""
    return Dreamer(store, unfinished, schedule, form, seen, warning)


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


urlpatterns = [
    path("dreams/schedule/<str:store>/", schedule, name="schedule"),
    path("dreams/schedule/<str:store>/preview/", preview, name="schedule-preview"),
]
