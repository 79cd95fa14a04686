"""What a view may expect of its request, once ``access`` has let it in."""

import uuid

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from reviews.audit.actors import Actor
from reviews.memory.models import Store
from reviews.teams.models import Membership, Team, User


class Request(HttpRequest):
    """A signed-in person's request, with the team that they are looking at."""

    user: User
    htmx: HtmxDetails
    # The team on the screen, the person's role there, and all that they belong to.
    team: Team
    membership: Membership
    memberships: list[Membership]
    # The team's stores, once anybody has asked for one.
    stores: list[Store]
    # Names this request in the ledger, in the log and on an error page.
    act: uuid.UUID
    # What waits for this person, where a page has counted it before the frame does.
    waiting: int


def actor(request: Request) -> Actor:
    """Whoever acts through this request."""
    return Actor.person(request.user)


def form_id(request: HttpRequest) -> uuid.UUID | None:
    """The id of the form that was sent: sent twice, it is answered once."""
    try:
        return uuid.UUID(request.POST.get("request", ""))
    except ValueError:
        return None


def whole(text: str) -> int | None:
    """A whole number as a form or an address has it; None for what is none of ours."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def said(request: HttpRequest, name: str) -> str:
    """What was typed into a field, with our line ends, and without what no text holds."""
    return str(request.POST.get(name, "")).replace("\r\n", "\n").replace("\0", "")
