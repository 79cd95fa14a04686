"""The inbox: whose turn it is, why, and for how long it has waited."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from reviews.dreams.models import Dream
from reviews.memory.models import Store
from reviews.proposals import inbox
from reviews.proposals.flags import FLAGS
from reviews.proposals.models import Decision, Operation, Proposal
from reviews.teams.models import Team
from reviews.web import access, afterwards
from reviews.web.presenters import proposals as shapes
from reviews.web.requests import Request, actor

FILTERS = ("store", "risk", "kind", "family", "flag", "q")


@require_safe
def queue(request: Request) -> HttpResponse:
    """One section of the queue, filtered as the address says."""
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    scope = access.store(request, asked["store"]) if asked["store"] else request.team
    name = _section(request.GET.get("section", ""))
    rows = inbox.filtered(inbox.section(scope, name, by=actor(request)), asked)
    page = inbox.page(rows, request.GET.get("after", ""))
    shown = shapes.queue(page.rows)
    context: dict[str, Any] = {
        "section": name,
        "sections": inbox.SECTIONS.items(),
        "counts": inbox.counts(scope, by=actor(request)),
        "rows": shown,
        "next": page.next,
        "asked": asked,
        "filtered": any(asked.values()),
        "first_page": not request.GET.get("after"),
        "stores": Store.objects.filter(team=request.team).order_by("name"),
        "risks": Proposal.Risk.choices,
        "kinds": Operation.Kind.choices,
        "flags": sorted(FLAGS),
        "just": afterwards.tell(request),
        "held": _held(page.rows) if name == "waiting" else {},
        "settled": _settled(page.rows) if name == "decided" else {},
    }
    if not shown:
        context["dream"] = _last_dream(scope)
    template = "proposals/inbox.html#queue" if request.htmx else "proposals/inbox.html"
    return render(request, template, context)


def _section(asked: str) -> inbox.Section:
    return asked if asked in inbox.SECTIONS else "your-turn"


def _held(shown: Sequence[Proposal]) -> dict[int, Decision]:
    """The decisions that can still be taken back, by proposal."""
    held = Decision.objects.filter(proposal__in=shown, state=Decision.State.HELD)
    return {decision.proposal_id: decision for decision in held}


def _settled(shown: Sequence[Proposal]) -> dict[int, Decision]:
    """The decision that settled each, where it was one: the last that was made."""
    states = (
        Proposal.State.APPLIED,
        Proposal.State.REJECTED,
        Proposal.State.ROLLED_BACK,
    )
    keys = [row.pk for row in shown if row.state in states]
    made = Decision.objects.filter(proposal__in=keys).order_by("pk")
    return {decision.proposal_id: decision for decision in made}


def _last_dream(scope: Team | Store) -> Dream | None:
    if isinstance(scope, Store):
        dreams = Dream.objects.filter(store=scope)
    else:
        dreams = Dream.objects.filter(store__team=scope)
    return dreams.select_related("store").order_by("-pk").first()


urlpatterns = [path("inbox/", queue, name="inbox")]
