"""The command palette: wherever one wants to go, by a few letters of its name."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from reviews.memory.models import Memory, Store
from reviews.proposals.models import Proposal
from reviews.teams import roles
from reviews.web.context import SECTIONS, SETTINGS
from reviews.web.requests import Request

# So many of each kind: whoever needs more has the lists.
MOST = 6


@dataclass(frozen=True)
class Target:
    """Somewhere to go: what it is called, what kind of thing it is, its address."""

    label: str
    kind: str
    icon: str
    url: str


@require_safe
def palette(request: Request) -> HttpResponse:
    """Sections, stores, memories and proposals whose names hold the letters typed."""
    typed = request.GET.get("q", "").strip()
    found = [*_sections(request, typed), *_stores(request, typed)]
    if len(typed) > 1:
        found += [*_proposals(request, typed), *_memories(request, typed)]
    return render(
        request, "components/palette.html#targets", {"found": found, "typed": typed}
    )


def _sections(request: Request, typed: str) -> Iterator[Target]:
    for section in (*SECTIONS, SETTINGS):
        yield from _if(typed, section.label, "Section", section.icon, section.name)
    if roles.allows(request.membership.role, "administer"):
        for label in ("Agents", "Stores", "People"):
            name = f"settings-{label.lower()}"
            yield from _if(typed, label, "Settings", "settings", name)


def _if(typed: str, label: str, kind: str, icon: str, name: str) -> Iterator[Target]:
    if typed.lower() in label.lower():
        yield Target(label, kind, icon, reverse(f"web:{name}"))


def _stores(request: Request, typed: str) -> Iterator[Target]:
    stores = Store.objects.filter(team=request.team, name__icontains=typed)
    for store in stores.order_by("name")[:MOST]:
        url = reverse("web:memory", args=[store.name])
        yield Target(store.name, f"Store at v{store.head}", "database", url)


def _proposals(request: Request, typed: str) -> Iterator[Target]:
    proposals = Proposal.objects.filter(store__team=request.team)
    number = typed.upper().removeprefix("P-")
    if number.isdecimal() and len(number) < 18:
        proposals = proposals.filter(pk=int(number))
    else:
        proposals = proposals.filter(title__icontains=typed)
    for proposal in proposals.order_by("-pk")[:MOST]:
        url = reverse("web:proposal", args=[proposal.pk])
        kind = f"P-{proposal.pk}, {proposal.get_state_display().lower()}"
        yield Target(proposal.title, kind, "inbox", url)


def _memories(request: Request, typed: str) -> Iterator[Target]:
    memories = Memory.objects.filter(store__team=request.team, path__icontains=typed)
    for memory in memories.select_related("store").order_by("path", "pk")[:MOST]:
        url = reverse("web:memory", args=[memory.store.name]) + (memory.path or "")[1:]
        yield Target(
            memory.path or "", f"Memory of {memory.store.name}", "file-text", url
        )


urlpatterns = [path("palette/", palette, name="palette")]
