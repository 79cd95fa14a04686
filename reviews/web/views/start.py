"""The first page: to the inbox when there is something, else the two ways to begin."""

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseStopPolling

from reviews.dreams import messages
from reviews.errors import DomainError
from reviews.examples import tasks, team
from reviews.memory import stores
from reviews.memory.models import Store
from reviews.teams import agents
from reviews.teams.models import Agent
from reviews.traces import formats, intake
from reviews.traces.documents import Unreadable
from reviews.traces.models import Trace
from reviews.traces.steps import Record
from reviews.web import access, forms
from reviews.web.requests import Request, actor


@dataclass
class Report:
    """What became of an imported file."""

    agent: Agent
    # The store whose dreams will read them; empty where none was chosen.
    store: str
    statuses: Counter[str] = field(default_factory=Counter)
    redactions: Counter[str] = field(default_factory=Counter)
    troubles: list[tuple[str, str]] = field(default_factory=list)

    @property
    def found(self) -> int:
        return self.statuses.total()


@require_safe
def start(request: Request) -> HttpResponse:
    """Where a person's day begins."""
    if Trace.objects.filter(team=request.team).exists():
        return redirect("web:inbox")
    return redirect("web:begin")


@require_safe
def begin(request: Request) -> HttpResponse:
    """Import one's own traces, or look at an example team."""
    return _begin(request, forms.Import(stores=_stores(request)))


@require_POST
@access.needs("import")
def upload(request: Request) -> HttpResponse:
    """Import a file while the person waits, and say what became of each record."""
    form = forms.Import(request.POST, request.FILES, stores=_stores(request))
    if form.is_valid():
        try:
            report = _import(request, form)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return render(request, "session/imported.html", {"report": report})
    return _begin(request, form)


@require_POST
@access.needs("import")
def make_example(request: Request) -> HttpResponse:
    """Make the example team: by a worker if one listens, else while the person waits."""
    if messages.somebody_listens():
        messages.send(tasks.CREATE, request.user.pk)
    else:
        tasks.create(request.user.pk)
    return redirect("web:example")


@require_safe
def example(request: Request) -> HttpResponse:
    """How far the example team is; once it is there, the way into it."""
    made = team.find()
    mine = made and any(one.team_id == made.pk for one in request.memberships)
    count = Trace.objects.filter(team=made).count() if made and mine else 0
    context = {"team": made, "count": count, "most": team.TRACES}
    done = count >= team.TRACES
    if not request.htmx:
        return render(request, "session/example.html", context | {"done": done})
    answer = HttpResponseStopPolling if done else HttpResponse
    body = render_to_string(
        "session/example.html#progress", context | {"done": done}, request
    )
    return answer(body)


def _begin(request: Request, form: forms.Import) -> HttpResponse:
    refused = form.is_bound and not form.is_valid()
    return render(
        request, "session/begin.html", {"form": form}, status=422 if refused else 200
    )


def _stores(request: Request) -> list[str]:
    found = Store.objects.filter(team=request.team).order_by("name")
    return list(found.values_list("name", flat=True))


def _import(request: Request, form: forms.Import) -> Report:
    by = actor(request)
    agent = agents.create(request.team, form.cleaned_data["agent"], by=by)
    if form.cleaned_data["store"]:
        store = access.store(request, form.cleaned_data["store"])
        stores.subscribe(agent, store, by=by)
    report = Report(agent, form.cleaned_data["store"])
    with tempfile.TemporaryDirectory(prefix="dreamboard-") as folder:
        file = _laid_down(form.cleaned_data["file"], Path(folder))
        entries = _placed(formats.read(file))
        for place, result in intake.accept_stream(agent, entries, by=by):
            report.statuses[result.status] += 1
            report.redactions.update(result.redactions)
            if result.status in ("conflict", "invalid"):
                report.troubles.append((place, result.reason))
    return report


def _laid_down(upload: "UploadedFile[Any]", folder: Path) -> Path:
    """The upload as a file: readers of formats take paths, and it may be gzip."""
    # Only the name's last part is the sender's to choose.
    file = folder / (PurePath(upload.name or "").name or "traces.json")
    with file.open("wb") as out:
        for chunk in upload.chunks():
            out.write(chunk)
    return file


def _placed(
    entries: Iterable[Record | Unreadable],
) -> Iterator[tuple[str, Record | Unreadable]]:
    """Each entry with the place that a person would look at: a line, or an id."""
    for entry in entries:
        if isinstance(entry, Unreadable):
            yield f"line {entry.line}", entry
        else:
            yield entry.external_id, entry


urlpatterns = [
    path("", start, name="start"),
    path("begin/", begin, name="begin"),
    path("begin/import/", upload, name="import"),
    path("begin/example/", example, name="example"),
    path("begin/example/make/", make_example, name="example-make"),
]
