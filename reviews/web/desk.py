"""The desk of one proposal: everything that a person needs to judge it, on one page.

Every verb that is refused answers with this page as it stands now, and with every word
that was typed.
"""

import uuid
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from reviews.dreams.models import Finding
from reviews.errors import DomainError
from reviews.proposals import (
    inbox,
    jottings,
    requirements,
    states,
)
from reviews.proposals.models import Decision, Proposal
from reviews.web import afterwards
from reviews.web.presenters import discussion, effects
from reviews.web.presenters import proposals as shapes
from reviews.web.requests import Request, actor, said

# What people type on the page and have not sent yet.
TYPED = ("reason", "comment")


def show(
    request: Request, found: Proposal, refusal: DomainError | None = None
) -> HttpResponse:
    """The page, with the refusal on it if there is one, under its honest status."""
    typed = _typed(request)
    if refusal:
        for field, text in typed.items():
            jottings.keep(found, request.user, field, text)
    laid = shapes.lay_out(found)
    kept = jottings.of(found, request.user) | typed
    sent = request.POST if request.method == "POST" else request.GET
    included = chosen(sent)
    situation = requirements.situation_of(found)
    context = {
        "proposal": found,
        "binding": laid.binding,
        "cards": shapes.cards(laid, included),
        "applies": any(block.applies for block in laid.binding.blocks),
        "waiting": found.state in states.WAITING,
        "effect": effects.of(
            found, laid.binding, included, situation, by=actor(request)
        ),
        "preview": shapes.preview(laid, included),
        "flags": shapes.flagged(found),
        "support": shapes.support(found),
        "panel": requirements.panel(situation),
        "approvers": situation.approvers,
        "judged": shapes.judged(found),
        "finding": _finding(found),
        "wordings": laid.wordings,
        "talk": discussion.of(found, laid.operations, laid.wordings, kept),
        "split_offs": found.split_offs.order_by("pk"),
        "next": inbox.next_after(request.team, found, by=actor(request)),
        "request_id": uuid.uuid4(),
        "typed": kept,
        "refusal": refusal,
        "just": afterwards.tell(request),
        "naps": discussion.NAPS.items(),
        **discussion.header(found, request.user),
        **_decided(found),
    }
    status = refusal.status if refusal else 200
    return render(request, "proposals/proposal.html", context, status=status)


def chosen(sent: QueryDict) -> list[int] | None:
    """The ticked operations; None where there was nothing to choose from."""
    if "choose" not in sent:
        return None
    return [int(each) for each in sent.getlist("included") if each.isdecimal()]


def _typed(request: Request) -> dict[str, str]:
    return {name: said(request, name) for name in TYPED if name in request.POST}


def _finding(found: Proposal) -> Finding | None:
    return Finding.objects.filter(proposal=found).select_related("dream").first()


def _decided(found: Proposal) -> dict[str, Any]:
    """What has been decided about it, and what of that is still held."""
    decisions = list(found.decisions.select_related("version").order_by("pk"))
    held = (one for one in decisions if one.state == Decision.State.HELD)
    return {"decisions": decisions, "held": next(held, None)}
