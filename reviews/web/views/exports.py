"""What leaves a trace: one step as it is stored, or the whole run as a file."""

import re

from django.http import Http404, HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from reviews.errors import Invalid
from reviews.traces import bodies, exports
from reviews.web import access
from reviews.web.requests import Request, actor

TYPES = {"json": "application/json", "ndjson": "application/x-ndjson"}


@require_safe
def step(request: Request, pk: int, step: int) -> HttpResponse:
    """One step as it is stored, for a program or a curious eye."""
    steps = bodies.steps_of(access.trace(request, pk))
    if step >= len(steps):
        raise Http404
    return HttpResponse(exports.step(steps[step]), content_type=TYPES["json"])


@access.needs("download")
@require_POST
def download(request: Request, pk: int) -> HttpResponse:
    """The whole run as a file that can be imported again."""
    found = access.trace(request, pk)
    layout = request.POST.get("as", "")
    if layout not in TYPES:
        raise Invalid("A trace is downloaded as JSON or as NDJSON.", field="as")
    document = exports.download(found, by=actor(request), lines=layout == "ndjson")
    name = re.sub(r"[^\w.-]+", "-", found.external_id)[:80]
    return HttpResponse(
        document,
        content_type=TYPES[layout],
        headers={"Content-Disposition": f'attachment; filename="{name}.{layout}"'},
    )


urlpatterns = [
    path("traces/<int:pk>/steps/<int:step>.json", step, name="trace-step"),
    path("traces/<int:pk>/download/", download, name="trace-download"),
]
