"""The door of the browser edge: who may come in, as member of which team, to do what.

Every view of the ``web`` namespace needs a signed-in member of some team, unless it says
``@public``; what it needs beyond reading it says with ``@needs("decide")``. The
middleware asks, so that a view cannot forget to. Loaders answer 404 for everything that
belongs to another team: outsiders do not learn that it exists.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import ResolverMatch
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from reviews.dreams.models import Dream
from reviews.errors import NotAllowed
from reviews.memory.models import Store
from reviews.proposals.models import KillSwitch, Proposal
from reviews.rows import columns, instances
from reviews.teams import roles, setup
from reviews.teams.models import Agent, Membership, Team, User
from reviews.traces.models import Trace
from reviews.web import errors
from reviews.web.requests import Request

TEAM_KEY = "team"
# By the first word of an address's name: what its key names, and the way to its team.
OWNED: dict[str, tuple[type[Model], str]] = {
    "proposal": (Proposal, "store__team"),
    "trace": (Trace, "team"),
    "dream": (Dream, "store__team"),
}


class Teamless(NotAllowed):
    """You are in no team any more; an admin can add you."""

    code = "teamless"


def public[V: Callable[..., HttpResponseBase]](view: V) -> V:
    """Open a view to people who have not signed in."""
    view.public = True  # type: ignore[attr-defined]
    return view


def needs[V: Callable[..., HttpResponseBase]](permission: str) -> Callable[[V], V]:
    """Open a view only to roles that carry the permission (``roles.NEEDS``)."""
    if permission not in roles.NEEDS:
        raise ValueError(f"no such permission: {permission}")

    def mark(view: V) -> V:
        view.needs = permission  # type: ignore[attr-defined]
        return view

    return mark


class Access:
    """Middleware: ask for a sign-in, find the team, check the role; then the view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if hasattr(request, "team"):
            # A team's page is for its people: no cache keeps it, and Back asks again.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],
        args: Any,
        kwargs: Any,
    ) -> HttpResponse | None:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            # No text of ours holds a NUL, and PostgreSQL refuses to look for one.
            raise BadRequest(
                f"{_with_nul(request)} holds a NUL, which no text here does."
            )
        _clean(request)
        match = request.resolver_match
        if match is None or "web" not in match.app_names or hasattr(view, "public"):
            return None
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        inside = cast(Request, request)
        try:
            enter(inside)
            follow(inside, match)
            roles.check(inside.membership.role, getattr(view, "needs", "read"))
        except Teamless as refusal:
            if inside.htmx:
                return errors.answer(request, refusal)
            return render(request, "session/teamless.html", status=refusal.status)
        except NotAllowed as refusal:
            return errors.answer(request, refusal)
        return None


def _with_nul(request: HttpRequest) -> str:
    """What of an address holds one, by its name."""
    if "\0" in request.path:
        return "The address"
    named = (
        name for name, texts in request.GET.lists() if any("\0" in t for t in texts)
    )
    return f"“{next(named, 'A parameter')}”"


def _clean(request: HttpRequest) -> None:
    """Take NULs out of what was typed, so that nothing else of it is lost."""
    if request.method != "POST" or not any("\0" in t for t in _sent(request)):
        return
    cleaned = request.POST.copy()
    for name in request.POST:
        if "\0" in name:
            del cleaned[name]
            continue
        texts = request.POST.getlist(name)
        cleaned.setlist(name, [text.replace("\0", "") for text in texts])
    request.POST = cleaned  # type: ignore[assignment]


def _sent(request: HttpRequest) -> Iterator[str]:
    """Every name and every text of a form."""
    for name, texts in request.POST.lists():
        yield name
        yield from map(str, texts)


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in, and back to where the person was; to the set-up at the very start."""
    if setup.needed():
        return redirect("web:setup")
    htmx = cast(Request, request).htmx
    if not htmx:
        return redirect_to_login(_page(request))
    # A fragment's own address is no page: come back to the page that asked for it.
    here = htmx.current_url_abs_path or "/"
    response = HttpResponse("Sign in to go on.", status=401)
    response["HX-Redirect"] = (
        f"{resolve_url('account_login')}?{urlencode({'next': here})}"
    )
    return response


def _page(request: HttpRequest) -> str:
    """The page to come back to: what was only posted to cannot be opened."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc != request.get_host():
        return "/"
    return urlunsplit(came_from._replace(scheme="", netloc="", fragment=""))


def enter(request: Request) -> None:
    """Find the team on the screen: the one last chosen, else the first joined."""
    request.memberships = list(_memberships(request.user))
    if not request.memberships:
        raise Teamless
    chosen = request.session.get(TEAM_KEY)
    request.membership = next(
        (one for one in request.memberships if one.team_id == chosen),
        request.memberships[0],
    )
    request.team = request.membership.team


def _memberships(user: User) -> Iterator[Membership]:
    """Somebody's teams in the order in which they joined them, with the kill switches."""
    with connection.cursor() as cursor:
        cursor.execute(_joined(), [user.pk])
        rows = cursor.fetchall()
    for row in rows:
        joined: Membership
        joined, team, switch = instances(row, Membership, Team, KillSwitch)
        team._state.fields_cache["kill_switch"] = switch if switch.pk else None
        joined.team = team
        yield joined


@cache
def _joined() -> str:
    """Written out: every page begins with it."""
    return f"""
        SELECT {columns("joined", Membership)}, {columns("team", Team)},
            {columns("switch", KillSwitch)}
        FROM reviews_membership joined
        JOIN reviews_team team ON team.id = joined.team_id
        LEFT JOIN reviews_killswitch switch ON switch.team_id = team.id
        WHERE joined.user_id = %s ORDER BY joined.id
    """  # noqa: S608 - names of our own columns


def follow(request: Request, match: ResolverMatch) -> None:
    """Go over to another of one's own teams if that is where the address leads.

    A colleague's link opens whichever team was looked at last.
    """
    if len(request.memberships) < 2:
        return
    homes = _homes(match, [one.team_id for one in request.memberships])
    if not homes or request.team.pk in homes:
        return
    request.membership = next(o for o in request.memberships if o.team_id in homes)
    request.team = request.membership.team
    choose(request, request.team)


def _homes(match: ResolverMatch, teams: list[int]) -> set[int]:
    """The teams in which there is what the address names."""
    name, kwargs = match.url_name or "", match.kwargs
    if "store" in kwargs:
        stores = Store.objects.filter(team__in=teams, name=kwargs["store"])
        return set(stores.values_list("team", flat=True))
    owner = OWNED.get(name.partition("-")[0])
    if owner is None or "pk" not in kwargs:
        return set()
    model, team = owner
    rows = model._default_manager.filter(pk=kwargs["pk"], **{f"{team}__in": teams})
    return set(rows.values_list(team, flat=True))


def choose(request: Request, team: Team) -> None:
    """Look at another of one's own teams from now on."""
    if not any(one.team_id == team.pk for one in request.memberships):
        raise Http404
    request.session[TEAM_KEY] = team.pk


def safe_next(request: HttpRequest, fallback: str = "/") -> str:
    """Where the form wants to go next, if that is on this site; else the fallback."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return wanted if allowed and urlsplit(wanted).path.startswith("/") else fallback


def stores(request: Request) -> list[Store]:
    """The team's stores by name, read once: the frame lists them around every page."""
    if not hasattr(request, "stores"):
        found = Store.objects.filter(team=request.team)
        request.stores = list(found.order_by("name"))
    return request.stores


def store(request: Request, name: str) -> Store:
    """The team's store of that name."""
    for one in stores(request):
        if one.name == name:
            return one
    raise Http404


def agent(request: Request, pk: int) -> Agent:
    """The team's agent."""
    return _only(Agent.objects.filter(team=request.team, pk=pk))


def trace(request: Request, pk: int, *beside: str) -> Trace:
    """The team's trace, with its agent and what else is to be fetched along with it."""
    traces = Trace.objects.filter(team=request.team, pk=pk).defer("search")
    found = _only(traces.select_related("agent", *beside))
    found.team = request.team
    return found


def proposal(request: Request, pk: int) -> Proposal:
    """The team's proposal."""
    with connection.cursor() as cursor:
        cursor.execute(_proposal(), [pk, request.team.pk])
        row = cursor.fetchone()
    if row is None:
        raise Http404
    found: Proposal
    found, store = instances(row, Proposal, Store)
    found.store, store.team = store, request.team
    return found


@cache
def _proposal() -> str:
    """Written out: every page and every verb of the desk begins with it."""
    return f"""
        SELECT {columns("proposal", Proposal)}, {columns("store", Store)}
        FROM reviews_proposal proposal
        JOIN reviews_store store ON store.id = proposal.store_id
        WHERE proposal.id = %s AND store.team_id = %s
    """  # noqa: S608 - names of our own columns


def _only[M: Model](rows: QuerySet[M]) -> M:
    found = rows.first()
    if found is None:
        raise Http404
    return found
