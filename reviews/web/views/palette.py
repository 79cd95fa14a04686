"""The command palette: wherever one wants to go, by a few letters of its name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from reviews.memory.models import Memory, Store
from reviews.proposals.models import Proposal
from reviews.teams import roles
from reviews.traces import search
from reviews.traces.models import Trace
from reviews.web.context import SECTIONS, SETTINGS
from reviews.web.presenters.memory import address
from reviews.web.requests import Request

# So many of each kind: whoever needs more has the lists.
MOST = 6
# Fewer letters begin too many words.
LEAST = 3
VERSION = re.compile(r"(?:(?P<store>\S+)\s+)?v\s*(?P<number>\d{1,9})", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """Somewhere to go: what it is called, what kind of thing it is, its address."""

    label: str
    kind: str
    icon: str
    url: str
    # The key that would have led there.
    key: str = ""


@dataclass(frozen=True)
class Act:
    """Something to do that has a page of its own."""

    label: str
    permission: str
    icon: str
    name: str


ACTS = [
    Act("Start a dream", "dream", "play", "dreams"),
    Act("Import traces", "import", "upload", "begin"),
    Act("Verify the ledger", "verify", "shield-check", "audit"),
    Act(
        "Change theme, density, diffs or keys", "read", "palette", "settings-appearance"
    ),
    Act("Agents and their tokens", "administer", "bot", "settings-agents"),
    Act("Stores and their holds", "administer", "database", "settings-stores"),
    Act("People and their roles", "administer", "users", "settings-people"),
    Act("Models, budget and prices", "administer", "bot", "settings-models"),
    Act("What was asked of models", "read questions", "message-square", "completions"),
]


@require_safe
def palette(request: Request) -> HttpResponse:
    """What the letters typed name; with none, where one has been, and the sections."""
    typed = request.GET.get("q", "").strip()[:200]
    found = [*_named(request, typed)] if typed else [*_recent(request)]
    found += [*_sections(typed), *_acts(request, typed), *_stores(request, typed)]
    if len(typed) > 1:
        found += _agents(request, typed)
        found += [*_proposals(request, typed), *_traces(request, typed)]
        found += _memories(request, typed)
    found = found or [*_sought(typed)]
    return render(
        request, "components/palette.html#targets", {"found": found, "typed": typed}
    )


def _recent(request: Request) -> Iterator[Target]:
    """The proposals that the person looked at last."""
    mine = Proposal.objects.filter(
        store__team=request.team, visits__user=request.user
    ).order_by("-visits__here_until", "-pk")
    for proposal in mine[:MOST]:
        yield _proposal(proposal)


def _named(request: Request, typed: str) -> Iterator[Target]:
    """What a number or a whole name says exactly: P-12, support v3, a run's id."""
    if number := _number(typed.upper().removeprefix("P-")):
        rows = Proposal.objects.filter(store__team=request.team, pk=number)
        yield from map(_proposal, rows)
    if asked := VERSION.fullmatch(typed):
        yield from _versions(request, asked["store"] or "", int(asked["number"]))
    agents = request.team.agents.values("pk")
    exact = Trace.objects.filter(agent__in=agents, external_id=typed)
    for trace in exact.defer("search").select_related("agent")[:MOST]:
        yield _trace(trace)


def _number(typed: str) -> int:
    return int(typed) if typed.isdecimal() and len(typed) < 18 else 0


def _versions(request: Request, name: str, number: int) -> Iterator[Target]:
    stores = Store.objects.filter(
        team=request.team, name__istartswith=name, head__gte=number
    )
    for store in stores.order_by("name")[:MOST]:
        url = reverse("web:version", args=[store.name, number])
        yield Target(f"{store.name} v{number}", "Version", "history", url)


def _sections(typed: str) -> Iterator[Target]:
    for one in (*SECTIONS, SETTINGS):
        if typed.lower() in one.label.lower():
            url = reverse(f"web:{one.name}")
            yield Target(one.label, "Section", one.icon, url, one.key)


def _acts(request: Request, typed: str) -> Iterator[Target]:
    """What the person's role lets them do; each word of it may be typed."""
    words = typed.lower().split()
    for act in ACTS:
        allowed = roles.allows(request.membership.role, act.permission)
        if allowed and words and all(word in act.label.lower() for word in words):
            yield Target(act.label, "Action", act.icon, reverse(f"web:{act.name}"))


def _stores(request: Request, typed: str) -> Iterator[Target]:
    stores = Store.objects.filter(team=request.team, name__icontains=typed)
    for store in stores.order_by("name")[:MOST]:
        url = reverse("web:memory", args=[store.name])
        yield Target(store.name, f"Store at v{store.head}", "database", url)


def _agents(request: Request, typed: str) -> Iterator[Target]:
    for agent in request.team.agents.filter(name__icontains=typed).order_by("name")[
        :MOST
    ]:
        url = reverse("web:agent-runs", args=[agent.pk])
        yield Target(agent.name, "Agent", "bot", url)


def _proposals(request: Request, typed: str) -> Iterator[Target]:
    proposals = Proposal.objects.filter(store__team=request.team)
    for word in typed.split()[:MOST]:
        proposals = proposals.filter(title__icontains=word)
    yield from map(_proposal, proposals.order_by("-pk")[:MOST])


def _proposal(proposal: Proposal) -> Target:
    url = reverse("web:proposal", args=[proposal.pk])
    state = proposal.get_state_display().lower()
    return Target(proposal.title, f"{proposal.name}, {state}", "inbox", url)


def _traces(request: Request, typed: str) -> Iterator[Target]:
    if len(typed) >= LEAST:
        yield from map(_trace, search.begun(request.team, typed)[:MOST])


def _trace(trace: Trace) -> Target:
    label = trace.title or trace.external_id
    url = reverse("web:trace", args=[trace.pk])
    return Target(label, f"Trace of {trace.agent.name}", "route", url)


def _memories(request: Request, typed: str) -> Iterator[Target]:
    memories = Memory.objects.filter(store__team=request.team, path__icontains=typed)
    for memory in memories.select_related("store").order_by("path", "pk")[:MOST]:
        place = memory.path or ""
        url = address(memory.store, place)
        yield Target(place, f"Memory of {memory.store.name}", "file-text", url)


def _sought(typed: str) -> Iterator[Target]:
    """What nothing is called may still be what some memory says."""
    if len(typed) >= LEAST:
        url = f"{reverse('web:memories')}?{urlencode({'q': typed})}"
        yield Target(f"“{typed}” in what memory says", "Search", "search", url)


urlpatterns = [path("palette/", palette, name="palette")]
