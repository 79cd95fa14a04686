"""A proposal: what would change and why, what of it one has seen, what deciding would do."""

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import (
    require_POST,
    require_safe,
)

from reviews.proposals import bindings, links, ticks, visits
from reviews.proposals.models import Evidence, Proposal
from reviews.teams import roles
from reviews.templatetags.interface import evidence_url
from reviews.traces import search
from reviews.web import access, desk, dossiers
from reviews.web.presenters import evidence as shapes
from reviews.web.presenters import operations, trials
from reviews.web.queues import Queue
from reviews.web.requests import Request, whole
from reviews.web.views import decisions, rewordings
from reviews.web.views.decisions import effect_of, go


@require_safe
def proposal(request: Request, pk: int) -> HttpResponse:
    """Everything that a person needs to judge it, evidence beside the diff."""
    return desk.show(request, access.proposal(request, pk))


@require_safe
def effect(request: Request, pk: int) -> HttpResponse:
    """What approving the ticked operations will do; linked ones are ticked together."""
    found = access.proposal(request, pk)
    sent = request.GET.copy()
    binding = bindings.of(found)
    included, linked = set(desk.chosen(sent) or ()), frozenset[int]()
    position = whole((request.htmx.trigger or "").removeprefix("in-"))
    if position is not None:
        linked = links.with_linked(binding.blocks, position) - {position}
        ticked = position in included
        included = included | linked if ticked else included - linked
        sent.setlist("included", [str(each) for each in sorted(included)])
    context = {
        "effect": effect_of(request, found, sent),
        "proposal": found,
        "linked": [(position, position in included) for position in sorted(linked)],
    }
    return render(request, "proposals/effect.html", context)


@require_POST
@access.needs("comment")
def view(request: Request, pk: int, position: int) -> HttpResponse:
    """Mark an operation as viewed in these words, or take the mark away."""
    found = access.proposal(request, pk)
    operation = get_object_or_404(found.operations, position=position)
    ticks.toggle(operation, request.user, _text_of(found, position))
    if not request.htmx:
        url = Queue.of(request).address(found)
        return go(request, f"{url}#op-{position}")
    dossier = dossiers.of(found, request.user)
    laid = operations.lay_out(found, dossier.rows)
    cards = operations.cards(laid, dossier)
    context = {
        "proposal": found,
        "cards": cards,
        "card": next(one for one in cards if one.block.position == position),
        "viewed": sum(card.viewed for card in cards),
        "queue": Queue.of(request),
    }
    return render(request, "proposals/viewed.html", context)


@require_safe
def evidence(request: Request, pk: int, key: int) -> HttpResponse:
    """Open a piece of evidence: its trace, or here; opinions may be shown after that."""
    found = access.proposal(request, pk)
    row = get_object_or_404(Evidence, pk=key, operation__proposal=found)
    if request.method != "HEAD":
        reads = not roles.allows(request.membership.role, "comment")
        visits.open_evidence(found, request.user, only_reads=reads)
    if request.htmx:
        return render(request, "proposals/opinion.html", _opinion(request, found))
    address, _, fragment = evidence_url(row).partition("#")
    if not address:
        return go(request, f"{Queue.of(request).address(found)}#ev-{row.pk}")
    return HttpResponseRedirect(f"{address}&p={found.pk}#{fragment}")


@require_safe
def runs(request: Request, pk: int, verdict: str) -> HttpResponse:
    """Past runs in which it would have applied, by what became of them."""
    found = access.proposal(request, pk)
    if verdict not in trials.WORDS:
        raise Http404
    dossier = dossiers.of(found, request.user)
    trial = trials.trial(found, dossier)
    kept = (dossier.tried or {}).get("traces", {}).get(verdict, [])
    # What the team may see, whatever was kept.
    rows = search.find(request.team).filter(pk__in=kept)
    context = {
        "proposal": found,
        "trial": trial,
        "part": next((one for one in trial.parts if one.verdict == verdict), None),
        "says": trials.WORDS[verdict][1],
        "traces": list(rows),
        "queue": Queue.of(request),
    }
    return render(request, "proposals/runs.html", context)


@require_POST
@access.needs("comment")
def seen(request: Request, pk: int) -> HttpResponse:
    """Take the newest wording as seen: the next change is shown from there."""
    found = access.proposal(request, pk)
    visits.catch_up(found, request.user)
    url = Queue.of(request).address(found)
    return desk.onward(request, found, url) if request.htmx else go(request, url)


def _opinion(request: Request, found: Proposal) -> dict[str, object]:
    laid = list(found.operations.prefetch_related("evidence__trace"))
    return {"proposal": found, "opinion": True, "why": shapes.why(found, laid)}


def _text_of(found: Proposal, position: int) -> str:
    blocks = bindings.of(found).blocks
    return next(block.after for block in blocks if block.position == position)


urlpatterns = [
    path("proposals/<int:pk>/", proposal, name="proposal"),
    path("proposals/<int:pk>/effect/", effect, name="proposal-effect"),
    path("proposals/<int:pk>/viewed/<int:position>/", view, name="proposal-view"),
    path("proposals/<int:pk>/evidence/<int:key>/", evidence, name="proposal-evidence"),
    path("proposals/<int:pk>/runs/<str:verdict>/", runs, name="proposal-runs"),
    path("proposals/<int:pk>/seen/", seen, name="proposal-seen"),
    *decisions.urlpatterns,
    *rewordings.urlpatterns,
]
