"""The inbox: whose turn it is, why, and for how long it has waited."""

import itertools
import math
import statistics
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from reviews.audit import ledger
from reviews.audit.models import LedgerEntry
from reviews.dreams.models import Dream
from reviews.memory.models import Store
from reviews.proposals import filters, inbox, orders, queries, settlements
from reviews.proposals.models import Decision
from reviews.teams import roles
from reviews.teams.models import Team
from reviews.web import access, afterwards
from reviews.web.presenters import chips
from reviews.web.presenters import inbox as shapes
from reviews.web.queues import Queue
from reviews.web.requests import Request, actor

# What the inbox was narrowed by before it had a language of its own.
FORMER = ("risk", "kind", "family", "flag")
# When this sitting began, in the session: what the summary at its end counts from.
SITTING = "sitting"
# News is told this seldom to those who hear it, whatever happens.
SAY_EVERY = 60
SLACK = timedelta(seconds=5)


@require_safe
def queue(request: Request) -> HttpResponse:
    """One section of the queue, narrowed as its address says."""
    if any(name in request.GET for name in FORMER):
        return redirect(_translated(request).url)
    asked = asked_for(request)
    if asked.mistake and request.htmx:
        # The list that is there stays; only what is wrong with the filter is said.
        answer = render(request, "inbox/inbox.html#said", {"queue": asked}, status=422)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#filter-said", "outerHTML"
        answer["HX-Replace-Url"] = "false"
        return answer
    context = _context(request, asked)
    template = "inbox/inbox.html#queue" if request.htmx else "inbox/inbox.html"
    return render(request, template, context, status=422 if asked.mistake else 200)


@require_safe
def news(request: Request) -> HttpResponse:
    """What has happened since the list was read: nothing (204), or counts and a pill.

    The list itself is left alone: nothing moves under anybody's cursor.
    """
    asked = Queue.of(request)
    read_at = _moment(request.GET.get("at", ""))
    seen, newest = request.GET.get("seen", ""), _newest_act(request.team)
    woken = asked.rows.filter(snoozed_until__gt=read_at, snoozed_until__lte=_now())
    if _has_seen(newest, seen, read_at) and not woken.exists():
        return HttpResponse(status=204)
    new = asked.rows.filter(waiting_since__gt=read_at).order_by()[:100].count()
    new += woken.order_by()[:100].count()
    said_at = _moment(request.GET.get("said", ""))
    says = bool(new) and (_now() - said_at).total_seconds() >= SAY_EVERY
    tally = inbox.tally(asked.scope, by=actor(request))
    context = {
        "queue": asked,
        "new": new,
        "says": says,
        "tabs": shapes.tabs(asked, tally.counts),
        "badge": tally.counts["your-turn"],
        "watch": Watch(
            str(newest.sequence) if newest else "", read_at, _now() if says else said_at
        ),
    }
    return render(request, "inbox/news.html", context)


@require_POST
@access.needs("decide")
def begin(request: Request) -> HttpResponse:
    """Start going through the queue, item by item; the end of it sums up."""
    asked = Queue.of(request)
    request.session[SITTING] = _now().isoformat()
    first = asked.order.sort(asked.rows).first()
    response = redirect(asked.address(first) if first else asked.url)
    response.status_code = 303
    return response


def may_decide(request: Request) -> bool:
    """Whether this person's list is one to decide from."""
    return roles.allows(request.membership.role, "decide")


def asked_for(request: Request) -> Queue:
    """The queue that this address of the inbox means; another team's store is nowhere."""
    if request.GET.get("store"):
        access.store(request, request.GET["store"])
    return Queue.asked(request, request.GET)


@dataclass(frozen=True)
class Watch:
    """What a page knows: what the poll compares, and when it last spoke."""

    # The newest act that a poll has told of; empty while nothing was told.
    seen: str
    at: datetime
    said: datetime


@dataclass(frozen=True)
class Backlog:
    """More than a tenth waits for longer than the stores allow."""

    late: int
    waiting: int
    since: datetime | None
    hours: list[int]


@dataclass(frozen=True)
class Sitting:
    """What one person has decided since they began."""

    decided: int
    median: str


def _context(request: Request, asked: Queue) -> dict[str, Any]:
    after = request.GET.get("after", "")
    page = inbox.page(asked.rows, after, order=asked.order)
    rows = shapes.rows(request, asked, page.rows)
    tally = inbox.tally(asked.scope, by=actor(request))
    if not asked.store:
        request.waiting = tally.counts["your-turn"]
    context: dict[str, Any] = {
        "queue": asked,
        "tabs": shapes.tabs(asked, tally.counts),
        "counts": tally.counts,
        "total": sum(tally.counts.values()),
        "chips": chips.of(asked),
        "saved": chips.saved(asked, filters.of(request.user, request.team)),
        "plain_url": asked.with_(q="", store="").url,
        "sorts": orders.SORTS.items(),
        "groups": orders.GROUPS.items(),
        "fields": queries.FIELDS.items(),
        "rows": rows,
        "picks": asked.section != "decided" and may_decide(request),
        "icons": shapes.ICONS,
        "next": page.next,
        "first_page": not after,
        "watch": Watch("", _now(), _now()),
        "backlog": _backlog(request, asked, tally),
        "sitting": _sitting(request),
        "just": afterwards.tell(request),
    }
    if not rows:
        context["dream"] = _last_dream(asked.scope)
    return context


def _translated(request: Request) -> Queue:
    """The queue that an address of before meant; what it did not know is left out."""
    asked = Queue.asked(request, request.GET)
    terms = [asked.q] if asked.q else []
    for name in FORMER:
        term = f'{name}:"{request.GET.get(name, "")}"'
        with suppress(queries.Mistake):
            terms.append(queries.text(queries.parse(term)))
    return asked.with_(q=" ".join(terms))


def _backlog(request: Request, asked: Queue, tally: inbox.Tally) -> Backlog | None:
    """The alarm: the slowest tenth has waited for longer than the stores allow."""
    if tally.late <= math.floor(tally.waiting / 10):
        return None
    stores = Store.objects.filter(team=request.team)
    if isinstance(asked.scope, Store):
        stores = stores.filter(pk=asked.scope.pk)
    hours = sorted(set(stores.values_list("review_hours", flat=True)))
    since = inbox.slowest_tenth(asked.scope, by=actor(request))
    return Backlog(tally.late, tally.waiting, since, hours)


def _sitting(request: Request) -> Sitting | None:
    """What was decided since this person began, told once, when they are back here."""
    began = request.session.pop(SITTING, None)
    if began is None:
        return None
    made = Decision.objects.filter(by=str(actor(request)), at__gt=_moment(began))
    times = [_moment(began), *made.order_by("at").values_list("at", flat=True)[:1000]]
    spent = [
        (later - sooner).total_seconds() for sooner, later in itertools.pairwise(times)
    ]
    if not spent:
        return None
    middle = timedelta(seconds=statistics.median(spent))
    return Sitting(len(spent), settlements.ago(middle))


def _last_dream(scope: Team | Store) -> Dream | None:
    if isinstance(scope, Store):
        dreams = Dream.objects.filter(store=scope)
    else:
        dreams = Dream.objects.filter(store__team=scope)
    return dreams.select_related("store").order_by("-pk").first()


def _newest_act(team: Team) -> LedgerEntry | None:
    """While the team's newest act is the same, nothing has happened."""
    acts = LedgerEntry.objects.filter(chain=ledger.chain_of(team))
    return acts.order_by("-sequence").only("sequence", "at").first()


def _has_seen(newest: LedgerEntry | None, seen: str, read_at: datetime) -> bool:
    """Whether a page knows of the newest act already, or was read well after it."""
    if newest is None:
        return True
    # An act is dated when it is written, and seen by others when that is complete.
    return seen == str(newest.sequence) or (not seen and newest.at + SLACK < read_at)


def _now() -> datetime:
    return timezone.now()


def _moment(text: str) -> datetime:
    """A time that a page sent back; one that cannot be read is now."""
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            # PostgreSQL knows fewer time zones than an address may name.
            return moment.astimezone(UTC)
    return _now()


urlpatterns = [
    path("inbox/", queue, name="inbox"),
    path("inbox/news/", news, name="inbox-news"),
    path("inbox/begin/", begin, name="inbox-begin"),
]
