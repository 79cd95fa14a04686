"""One verb for the selected rows: asked for with what it would do, done row by row.

The rows stand where they stood, each with what became of it; what was refused says why.
"""

import uuid
from datetime import timedelta
from typing import Any, Literal, cast

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from reviews.errors import DomainError, Invalid
from reviews.proposals import bulk, decisions, inbox, requirements, turns
from reviews.proposals.models import Proposal
from reviews.teams.models import User
from reviews.web import access
from reviews.web.presenters import inbox as shapes
from reviews.web.presenters import peeks
from reviews.web.presenters.discussion import NAPS
from reviews.web.queues import Queue
from reviews.web.requests import Request, actor, form_id, said, whole

type Verb = Literal["approve", "reject", "snooze", "assign", "merge"]
VERBS: dict[Verb, tuple[str, str]] = {
    "approve": ("Approve", "approved"),
    "reject": ("Reject", "rejected"),
    "snooze": ("Snooze", "put aside"),
    "assign": ("Assign", "assigned"),
    "merge": ("Merge", "merged"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("decide")
def act(request: Request) -> HttpResponse:
    """Ask for it in a dialog, or on a page of its own; do it when it is sent."""
    sent = request.POST if request.method == "POST" else request.GET
    verb = cast(Verb, sent.get("verb", ""))
    if verb not in VERBS:
        raise Invalid("Say what to do with them.", field="verb")
    keys = [key for key in map(whole, sent.getlist("pk")) if key is not None]
    # One more than is done at once, so that too many are refused in words.
    chosen = _chosen(request, keys[: bulk.MOST + 1])
    try:
        bulk.check_few(chosen)
        if request.method != "POST":
            return _ask(request, verb, chosen)
        return _tell(request, verb, _do(request, verb, chosen))
    except DomainError as refusal:
        return _ask(request, verb, chosen[: bulk.MOST], refusal)


def _chosen(request: Request, keys: list[int]) -> list[Proposal]:
    """The team's proposals of these, in the order in which they were selected."""
    rows = Proposal.objects.filter(store__team=request.team, pk__in=keys)
    found = {
        one.pk: one
        for one in rows.select_related("store").prefetch_related("operations")
    }
    return [found[key] for key in dict.fromkeys(keys) if key in found]


def _do(request: Request, verb: Verb, chosen: list[Proposal]) -> bulk.Result:
    by, reason, form = actor(request), said(request, "reason"), form_id(request)
    if verb == "approve":
        bound = {one.pk: request.POST.get(f"bound-{one.pk}", "") for one in chosen}
        if len(chosen) == 1 and "single" in request.POST:
            return _approve_one(chosen[0], bound, request)
        return bulk.approve(chosen, by=by, reason=reason, bound=bound, request=form)
    if verb == "reject":
        ground = request.POST.get("choice", "")
        return bulk.reject(chosen, by=by, reason=reason, ground=ground, request=form)
    if verb == "snooze":
        days = request.POST.get("days", "")
        if days not in NAPS:
            raise Invalid("Say for how long.", field="days")
        until = timezone.now() + timedelta(days=int(days))
        return bulk.snooze(chosen, by=by, until=until)
    if verb == "merge":
        return bulk.merge(chosen, _canonical(request), by=by, reason=reason)
    return bulk.assign(chosen, _person(request, chosen), by=by)


def _canonical(request: Request) -> Proposal:
    """Which one carries on."""
    sent = request.POST if request.method == "POST" else request.GET
    key = whole(sent.get("into", ""))
    found = _chosen(request, [] if key is None else [key])
    if not found:
        raise Invalid("Say which one carries on.", field="into")
    return found[0]


def _approve_one(
    proposal: Proposal, bound: dict[int, str], request: Request
) -> bulk.Result:
    """One row, read in place: the ordinary approval, with the ordinary hold."""
    if proposal.risk != Proposal.Risk.LOW:
        raise Invalid(f"{proposal} has more than low risk: open it.", field="pk")
    decisions.approve(
        proposal,
        by=actor(request),
        bound=bound[proposal.pk] or "-",
        request=form_id(request),
    )
    return bulk.Result(done=[proposal])


def _person(request: Request, chosen: list[Proposal]) -> User | None:
    name = request.POST.get("user", "")
    if not name:
        return None
    people = {user.username: user for user in turns.candidates(chosen[0])}
    if name not in people:
        raise Invalid(f"{name} cannot decide about proposals here.", field="user")
    return people[name]


def _ask(
    request: Request,
    verb: Verb,
    chosen: list[Proposal],
    refusal: DomainError | None = None,
) -> HttpResponse:
    """Everything that it would do, and what it needs to know first."""
    sent = request.POST if request.method == "POST" else request.GET
    result = bulk.Result(done=chosen)
    if verb == "approve" and chosen:
        result = bulk.fit(chosen)
    context: dict[str, Any] = {
        "verb": verb,
        "word": VERBS[verb][0],
        "queue": Queue.of(request),
        "peeks": peeks.of_many(result.done) if verb == "approve" else [],
        "done": result.done,
        "refused": result.refused,
        "grounds": requirements.GROUNDS.items(),
        "chosen": sent.get("choice") or "other",
        "people": turns.candidates(chosen[0]) if verb == "assign" and chosen else [],
        "naps": NAPS.items(),
        "into": _canonical(request) if verb == "merge" else None,
        "hold": bulk.HOLD,
        "reason": sent.get("reason", ""),
        "refusal": refusal,
        "request_id": sent.get("request") or uuid.uuid4(),
    }
    template = "inbox/bulk.html#dialog" if request.htmx else "inbox/bulk.html"
    answer = render(
        request, template, context, status=refusal.status if refusal else 200
    )
    if refusal and request.htmx and request.htmx.target != "dialog":
        answer["HX-Retarget"], answer["HX-Reswap"] = "#dialog", "innerHTML"
    return answer


def _tell(request: Request, verb: Verb, result: bulk.Result) -> HttpResponse:
    """What became of each, in place; without script, on the list."""
    queue = Queue.of(request)
    words = f"{len(result.done)} {VERBS[verb][1]}" if result.done else ""
    if len(result.done) == 1:
        words = f"{result.done[0]} is {VERBS[verb][1]}"
    if not request.htmx:
        if words:
            messages.success(request, f"{words}.")
        for _, sentence in result.refused:
            messages.warning(request, sentence)
        response = redirect(queue.url)
        response.status_code = 303
        return response
    keys = [one.pk for one in result.done]
    changed = _chosen(request, keys)
    tally = inbox.tally(queue.scope, by=actor(request))
    context = {
        "queue": queue,
        "rows": shapes.rows(request, queue, changed),
        "verb": VERBS[verb][1],
        "words": words,
        "refused": result.refused,
        "tabs": shapes.tabs(queue, tally.counts),
        "badge": tally.counts["your-turn"],
        "held": next((one for one in changed if one.state == "held"), None),
    }
    answer = render(request, "inbox/done.html", context)
    answer["HX-Retarget"], answer["HX-Reswap"] = "#inbox-said", "innerHTML"
    return trigger_client_event(answer, "inbox:done", after="settle")


urlpatterns = [path("inbox/act/", act, name="inbox-act")]
