"""The ledger: what happened, by whom and why; and whether nobody tampered with it."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from reviews.audit import actions, ledger, verification
from reviews.audit.models import LedgerEntry
from reviews.web import access, days, keysets
from reviews.web.presenters.ledger import sentence, sentences
from reviews.web.requests import Request, actor

SIZE = 100
KINDS = sorted({action.partition(".")[0] for action in actions.LABELS})


@require_safe
def entries(request: Request) -> HttpResponse:
    """The team's entries, newest first, filtered as the address says."""
    found = _filtered(request, _chain(request))
    page = keysets.page(found, after=request.GET.get("after", ""), size=SIZE)
    context = {
        "page": page,
        "sentences": sentences(page.rows),
        "kinds": KINDS,
        "filtered": any(request.GET.get(name) for name in FILTERS),
    }
    name = "audit/ledger.html#entries" if request.htmx else "audit/ledger.html"
    return render(request, name, context)


@require_safe
def entry(request: Request, pk: int) -> HttpResponse:
    """One entry with its facts, its hashes, and what else the same act did."""
    found = get_object_or_404(_chain(request), pk=pk)
    context = {
        "sentence": sentence(found),
        "same_act": sentences(
            _chain(request).filter(act=found.act).exclude(pk=pk).order_by("pk")
        ),
    }
    return render(request, "audit/entry.html", context)


@require_POST
@access.needs("verify")
def verify(request: Request) -> HttpResponse:
    """Walk the team's whole chain and say whether it is unbroken; that is recorded too."""
    report = verification.verify(ledger.chain_of(request.team))
    ledger.record(
        actor(request),
        "ledger.verified",
        request.team,
        team=request.team,
        entries=report.entries,
        unbroken=report.unbroken,
        head=report.head,
    )
    context: dict[str, Any] = {"report": report, "checked_at": timezone.now()}
    if report.broken_at is not None:
        near = _chain(request).filter(
            sequence__range=(report.broken_at - 1, report.broken_at + 1)
        )
        context["neighbours"] = sentences(near.order_by("sequence"))
    name = "audit/report.html#report" if request.htmx else "audit/report.html"
    return render(request, name, context)


FILTERS = ("q", "actor", "action", "from", "to")


def _chain(request: Request) -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.filter(chain=ledger.chain_of(request.team))


def _filtered(request: Request, found: QuerySet[LedgerEntry]) -> QuerySet[LedgerEntry]:
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    if asked["actor"]:
        found = found.filter(
            Q(actor=asked["actor"]) | Q(actor__endswith=f":{asked['actor']}")
        )
    if asked["action"]:
        found = found.filter(action__startswith=asked["action"])
    if asked["q"]:
        found = found.filter(Q(content__icontains=asked["q"]) | Q(subject=asked["q"]))
    if since := days.midnight(asked["from"]):
        found = found.filter(at__gte=since)
    if until := days.midnight_after(asked["to"]):
        found = found.filter(at__lt=until)
    return found


urlpatterns = [
    path("audit/", entries, name="audit"),
    path("audit/verify/", verify, name="audit-verify"),
    path("audit/<int:pk>/", entry, name="audit-entry"),
]
