"""The bare views: one query or one row each, validated, and nothing else."""

# ruff: noqa: TID251 - these are views

import hashlib
import zlib

import msgspec
from django.contrib.postgres.search import SearchVector
from django.db import transaction
from django.db.models import Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone

from tests.bench.reference.models import (
    Body,
    Bundle,
    Decision,
    Item,
    Proposal,
    SentTrace,
    Token,
    Trace,
)


class Step(msgspec.Struct):
    kind: str = "message"
    actor: str = ""
    text: str = ""
    tool: str = ""
    error: bool = False


class Sent(msgspec.Struct):
    external_id: str
    steps: list[Step]


_decode = msgspec.json.Decoder(Sent).decode


def accept(request: HttpRequest) -> HttpResponse:
    """Store NDJSON, one row per trace, in one statement."""
    bearer = request.headers["Authorization"].removeprefix("Bearer ")
    hashed = hashlib.sha256(bearer.encode()).hexdigest()
    token = get_object_or_404(Token, hash=hashed)
    now = timezone.now()
    rows = []
    for line in request.read().splitlines():
        sent = _decode(line)
        words = "\n".join(step.text for step in sent.steps if step.kind == "message")
        rows.append(
            SentTrace(
                agent_id=token.agent_id,
                external_id=sent.external_id,
                received_at=now,
                document=line.decode(),
                search=SearchVector(Value(words), config="english"),
            )
        )
    SentTrace.objects.bulk_create(rows)
    return HttpResponse(msgspec.json.encode({"stored": len(rows)}))


def bundle(request: HttpRequest, name: str) -> HttpResponse:
    """One row, or 304 when the reader has it."""
    found = get_object_or_404(Bundle, name=name)
    if request.headers.get("If-None-Match") == found.etag:
        return HttpResponse(status=304)
    return HttpResponse(found.document, headers={"ETag": found.etag})


def proposals(request: HttpRequest) -> HttpResponse:
    rows = Proposal.objects.filter(store_id=request.GET["store"], state="open")
    rows = rows.order_by("waiting_since", "id")[:50]
    return render(request, "bench/rows.html", {"rows": rows})


def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Proposal, pk=pk)
    return render(request, "bench/rows.html", {"rows": [found]})


def traces(request: HttpRequest) -> HttpResponse:
    rows = Trace.objects.filter(team_id=request.GET["team"])
    rows = rows.order_by("-happened_at", "-id")[:30]
    return render(request, "bench/rows.html", {"rows": rows})


def trace(request: HttpRequest, pk: int) -> HttpResponse:
    """One trace with all its steps, each as it is."""
    found = get_object_or_404(Trace, pk=pk)
    body = get_object_or_404(Body, month=found.month, trace_id=pk)
    steps = msgspec.json.decode(zlib.decompress(body.document))["steps"]
    return render(request, "bench/rows.html", {"rows": [found], "steps": steps})


@transaction.atomic
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Claim an item, and write down who decided and why."""
    if not Item.objects.filter(pk=pk, state="open").update(state="approved"):
        return HttpResponse(status=409)
    Decision.objects.create(
        item_id=pk, reason=request.POST["reason"], at=timezone.now()
    )
    return HttpResponse(status=303, headers={"Location": f"/proposals/{pk + 1}/"})


def health(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [
    path("healthz", health),
    path("api/traces", accept),
    path("api/stores/<name>/bundle", bundle),
    path("inbox/", proposals),
    path("proposals/<int:pk>/", proposal),
    path("proposals/<int:pk>/approve/", decide),
    path("traces/", traces),
    path("traces/<int:pk>/", trace),
]
