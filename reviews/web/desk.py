"""The desk of one proposal: everything that a person needs to judge it, on one page.

Every verb that is refused answers with this page as it stands now, and with every word
that was typed. A page asks the database a dozen questions at most.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from reviews.errors import DomainError
from reviews.proposals import jottings, panels, states
from reviews.proposals.models import Decision, Proposal
from reviews.proposals.requirements import OUTGROWS, Risk, Situation
from reviews.web import afterwards, dossiers
from reviews.web.dossiers import Dossier
from reviews.web.presenters import (
    discussion,
    effects,
    evidence,
    operations,
    staleness,
    trials,
)
from reviews.web.presenters import proposals as shapes
from reviews.web.presenters.discussion import Participant
from reviews.web.presenters.staleness import Staleness
from reviews.web.queues import Queue
from reviews.web.requests import Request, actor, said, whole

# What people type on the page and have not sent yet.
TYPED = ("reason", "comment")
# A queue is walked through in one query up to this; nobody sees the end of a longer one.
LONGEST_QUEUE = 2_000


@dataclass(frozen=True)
class Place:
    """Where a proposal stands in its queue, and what lies beside it there."""

    number: int
    every: int
    next: str
    previous: str


def show(
    request: Request, found: Proposal, refusal: DomainError | None = None
) -> HttpResponse:
    """The page, with the refusal on it if there is one, under its honest status."""
    typed = _typed(request)
    if refusal:
        for field, text in typed.items():
            jottings.keep(found, request.user, field, text)
    sent = request.POST if request.method == "POST" else request.GET
    context = context_of(request, found, sent, typed) | {"refusal": refusal}
    status = refusal.status if refusal else 200
    return render(request, "proposals/proposal.html", context, status=status)


def onward(
    request: Request, found: Proposal, url: str, just: afterwards.Toast | None = None
) -> HttpResponse:
    """Another proposal in the place of this one, for htmx: decided, and on to the next."""
    # The page is that of another address than the one that was asked.
    request.GET = QueryDict(url.partition("?")[2])
    context = context_of(request, found, QueryDict(), {})
    if just:
        context["just"] = just
    response = render(request, "proposals/onward.html", context)
    response["HX-Push-Url"] = url
    response["HX-Retarget"] = response["HX-Reselect"] = "#main"
    response["HX-Reswap"] = "outerHTML show:window:top"
    return response


def context_of(
    request: Request, found: Proposal, sent: QueryDict, typed: dict[str, str]
) -> dict[str, Any]:
    """All that the page of a proposal is made of."""
    dossier = dossiers.of(found, request.user)
    rows = dossier.rows
    number = _number(sent, "rev", rows[-1].number)
    laid = operations.lay_out(found, rows, number)
    queue = Queue.of(request)
    included, kept = chosen(sent), dossier.typed | typed
    moved = staleness.of(found, laid, dossier)
    waiting = found.state in states.WAITING
    talk = discussion.of(found, laid.operations, laid.wordings, kept)
    situation = situation_of(found, dossier, talk.open)
    since = _since(sent, found, dossier)
    cards = operations.cards(
        laid, dossier, included=included, since=since, moved=moved.beside
    )
    preview, weight = operations.preview(laid, included, found.store.token_budget)
    why = evidence.why(found, laid.operations)
    return {
        "proposal": found,
        "dossier": dossier,
        "binding": laid.binding,
        "cards": cards,
        "viewed": sum(card.viewed for card in cards),
        "applies": any(block.applies for block in laid.binding.blocks),
        "waiting": waiting,
        "newest": laid.binding.wording == rows[-1].number,
        "since": since,
        "moved": moved,
        "effect": effects.of(
            found, laid.binding, included, situation, by=actor(request)
        ),
        "preview": preview,
        "weight": weight,
        "outgrows": OUTGROWS in found.flags,
        "rent": trials.rent_in_words(trials.rent(found, dossier, weight)),
        "trial": trials.trial(found, dossier),
        "flags": evidence.flagged(found),
        "why": why,
        # Where nothing is quoted, there is nothing to open first.
        "opinion": is_open(found, dossier) or not why.quotes,
        "panel": panels.of(situation, facts_of(found, dossier, moved)),
        "judged": None if waiting else shapes.judged(found),
        "talk": talk,
        "queue": queue,
        "place": place_of(request, queue, found),
        "request_id": uuid.uuid4(),
        "typed": kept,
        "just": afterwards.tell(request),
        "naps": discussion.NAPS.items(),
        "decisions": dossier.decisions,
        "held": dossier.held,
        "me": request.user.actor_name,
        "muted": dossier.muted and found.state in discussion.MUTES,
        **people_of(dossier, request.user.actor_name),
    }


def chosen(sent: QueryDict) -> list[int] | None:
    """The ticked operations; None where there was nothing to choose from."""
    if "choose" not in sent:
        return None
    ticked = map(whole, sent.getlist("included"))
    return [position for position in ticked if position is not None]


def situation_of(found: Proposal, dossier: Dossier, open_threads: int) -> Situation:
    """What the rules of approving need to know, from what the page has already."""
    newest = dossier.wordings[-1]
    grave = found.risk == Risk.HIGH
    return Situation(
        risk=found.risk,
        deciders=dossier.deciders if grave else 1,
        author=newest.by if grave else "",
        approvers=tuple(one.by for one in dossier.approved(newest.number)),
        flags=tuple(found.flags),
        open_threads=open_threads,
    )


def facts_of(found: Proposal, dossier: Dossier, moved: Staleness) -> panels.Facts:
    """What the list of requirements says beyond those rules."""
    given = dossier.approved(dossier.wordings[-1].number)
    policies = [
        one.by.partition(":")[2]
        for one in dossier.decisions
        if one.by.startswith("policy:") and one.state != Decision.State.WITHDRAWN
    ]
    return panels.Facts(
        head=moved.head,
        over=moved.numbers,
        reasoned=tuple(one.by for one in given if one.reason.strip()),
        policy=f"Policy {policies[-1]}" if policies else "",
    )


def is_open(found: Proposal, dossier: Dossier) -> bool:
    """Whether the engine's opinion is shown: at low risk, or after some evidence."""
    seen = dossier.visit is not None and dossier.visit.evidence_at is not None
    return seen or found.risk == Risk.LOW or found.state not in states.WAITING


def place_of(request: Request, queue: Queue, found: Proposal) -> Place:
    """Where it stands in the queue that it was opened from, in one query.

    What has left its queue (0) goes on to the first of it.
    """
    keys = queue.keys(LONGEST_QUEUE)
    if not queue.query:
        # It is what the frame counts too.
        request.waiting = len(keys)
    others = [key for key in keys if key != found.pk]
    if not others:
        return Place(len(keys), len(keys), "", "")
    if found.pk not in keys:
        first, last = _stub(others[0]), _stub(others[-1])
        return Place(0, len(keys), queue.address(first), queue.address(last))
    at = keys.index(found.pk)
    following, last = (_stub(keys[(at + by) % len(keys)]) for by in (1, -1))
    return Place(at + 1, len(keys), queue.address(following), queue.address(last))


def people_of(dossier: Dossier, me: str) -> dict[str, Any]:
    """Whose turn it is and who is there, as ``discussion/participants.html`` shows it."""
    asked = {one.name: one.why for one in dossier.turns}
    names = dict.fromkeys([*asked, *dossier.here])
    people = [
        Participant(name, asked.get(name, ""), name in dossier.here) for name in names
    ]
    return {
        "people": sorted(people, key=lambda each: (not each.why, each.name)),
        "reviewing": [name for name in dossier.here if name != me],
    }


def _stub(pk: int) -> Proposal:
    """As much of a proposal as an address needs."""
    return Proposal(pk=pk)


def _typed(request: Request) -> dict[str, str]:
    return {name: said(request, name) for name in TYPED if name in request.POST}


def _number(sent: QueryDict, name: str, most: int) -> int:
    """The number of a wording in an address; nonsense is the newest."""
    number = whole(sent.get(name, "")) or most
    return min(number, most)


def _since(sent: QueryDict, found: Proposal, dossier: Dossier) -> int | None:
    """The wording to compare with: the one asked for, else the one last seen."""
    if "since" in sent:
        number = _number(sent, "since", found.wording)
        return number if number < found.wording else None
    visit = dossier.visit
    if visit and visit.wording < found.wording and found.state in states.WAITING:
        return visit.wording
    return None
