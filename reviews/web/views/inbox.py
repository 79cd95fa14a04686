"""The inbox: whose turn it is, why, and for how long it has waited."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_safe

from reviews.dreams.models import Dream
from reviews.memory.models import Store
from reviews.proposals import inbox, queries
from reviews.proposals.models import Decision, Proposal
from reviews.teams.models import Team
from reviews.web import access, afterwards
from reviews.web.presenters import proposals as shapes
from reviews.web.queues import Queue
from reviews.web.requests import Request, actor

# What the inbox was narrowed by before it had a language of its own.
FORMER = ("risk", "kind", "family", "flag")


@require_safe
def queue(request: Request) -> HttpResponse:
    """One section of the queue, narrowed as its address says."""
    if any(name in request.GET for name in FORMER):
        return redirect(_translated(request).url)
    if request.GET.get("store"):
        access.store(request, request.GET["store"])
    asked = Queue.asked(request, request.GET)
    page = inbox.page(asked.rows, request.GET.get("after", ""), order=asked.order)
    shown = shapes.queue(page.rows)
    context: dict[str, Any] = {
        "queue": asked,
        "section": asked.section,
        "mistake": asked.mistake,
        "sections": inbox.SECTIONS.items(),
        "counts": inbox.counts(asked.scope, by=actor(request)),
        "rows": shown,
        "next": page.next,
        "filtered": bool(asked.q or asked.store),
        "first_page": not request.GET.get("after"),
        "just": afterwards.tell(request),
        "held": _held(page.rows) if asked.section == "waiting" else {},
        "settled": _settled(page.rows) if asked.section == "decided" else {},
    }
    if not shown:
        context["dream"] = _last_dream(asked.scope)
    template = "proposals/inbox.html#queue" if request.htmx else "proposals/inbox.html"
    return render(request, template, context, status=422 if asked.mistake else 200)


def _translated(request: Request) -> Queue:
    """The queue that an address of before meant; what it did not know is left out."""
    asked = Queue.asked(request, request.GET)
    terms = [asked.q] if asked.q else []
    for name in FORMER:
        term = f'{name}:"{request.GET.get(name, "")}"'
        with suppress(queries.Mistake):
            terms.append(queries.text(queries.parse(term)))
    return replace(asked, q=" ".join(terms))


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
