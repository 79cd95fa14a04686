"""Settings: agents and their tokens, stores, people and roles, one's own appearance."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from reviews.dreams.models import HostedStore
from reviews.errors import DomainError
from reviews.memory import stores as memory_stores
from reviews.memory.models import Store
from reviews.teams import agents as team_agents
from reviews.teams import members, tokens
from reviews.teams.models import Agent, Membership, Token, User
from reviews.web import access, appearance, forms
from reviews.web.requests import Request, actor

# Where a new token waits, in clear, for the one page that shows it.
ISSUED = "issued-token"


@require_safe
def index(request: Request) -> HttpResponse:
    """The tab that concerns everybody."""
    return redirect("web:settings-appearance")


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("administer")
def agents(request: Request) -> HttpResponse:
    """The team's agents with their tokens; a new agent on POST."""
    names = list(Store.objects.filter(team=request.team).values_list("name", flat=True))
    form = forms.NewAgent(request.POST or None, stores=names)
    if form.is_valid():
        try:
            agent = team_agents.create(
                request.team, form.cleaned_data["name"], by=actor(request)
            )
            for name in form.cleaned_data.get("stores", []):
                memory_stores.subscribe(
                    agent, access.store(request, name), by=actor(request)
                )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return redirect("web:settings-agent", agent.pk)
    found = (
        Agent.objects.filter(team=request.team)
        .annotate(
            token_count=Count("tokens", distinct=True),
            seen_at=Max("tokens__last_used_at"),
        )
        .prefetch_related("subscriptions__store")
        .order_by("name")
    )
    return _page(request, "agents", {"form": form, "agents": found}, form)


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("administer")
def agent(request: Request, pk: int) -> HttpResponse:
    """One agent's tokens; POST issues another, and the page after it shows it this once."""
    found = access.agent(request, pk)
    form = forms.NewToken(request.POST or None)
    if form.is_valid():
        try:
            _, issued = tokens.issue(
                found,
                form.cleaned_data["scopes"],
                by=actor(request),
                days=form.cleaned_data["days"],
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            request.session[ISSUED] = {"agent": found.pk, "clear": issued}
            return redirect("web:settings-agent", found.pk)
    context = {
        "form": form,
        "agent": found,
        "issued": _issued(request, found),
        "tokens": found.tokens.order_by("-pk"),
        "now": timezone.now(),
    }
    response = _page(request, "agent", context, form)
    response["Cache-Control"] = "no-store"
    return response


def _issued(request: Request, found: Agent) -> str:
    """The token that was just made for this agent; told once."""
    told: dict[str, Any] = request.session.pop(ISSUED, {})
    return str(told["clear"]) if told.get("agent") == found.pk else ""


@require_POST
@access.needs("administer")
def revoke(request: Request, pk: int) -> HttpResponse:
    """Close a token for good."""
    token = get_object_or_404(
        Token.objects.select_related("agent"), pk=pk, agent__team=request.team
    )
    tokens.revoke(token, by=actor(request))
    messages.success(request, f"Token {token.prefix}… is revoked.")
    return redirect("web:settings-agent", token.agent_id)


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("administer")
def stores(request: Request) -> HttpResponse:
    """The team's stores; a new one on POST."""
    form = forms.NewStore(request.POST or None)
    if form.is_valid():
        try:
            memory_stores.create(
                request.team,
                form.cleaned_data["name"],
                by=actor(request),
                description=form.cleaned_data["description"],
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return redirect("web:settings-store", form.cleaned_data["name"])
    found = Store.objects.filter(team=request.team).annotate(
        agent_count=Count("subscriptions")
    )
    return _page(
        request, "stores", {"form": form, "stores": found.order_by("name")}, form
    )


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("administer")
def store(request: Request, store: str) -> HttpResponse:
    """How one store treats decisions."""
    found = access.store(request, store)
    now = {name: getattr(found, name) for name in forms.StoreSettings.base_fields}
    form = forms.StoreSettings(request.POST or None, initial=now)
    if form.is_valid():
        try:
            memory_stores.change(found, by=actor(request), **form.cleaned_data)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"The settings of {found.name} are saved.")
            return redirect("web:settings-store", found.name)
    hosted = HostedStore.objects.filter(store=found).first()
    context = {"form": form, "store": found, "hosted": hosted}
    return _page(request, "store", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("administer")
def people(request: Request) -> HttpResponse:
    """Who is in the team and in which role; POST adds somebody."""
    form = forms.NewMember(request.POST or None)
    if form.is_valid():
        try:
            members.add(
                _person(request, form),
                request.team,
                form.cleaned_data["role"],
                by=actor(request),
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(
                request, f"{form.cleaned_data['username']} is in the team."
            )
            return redirect("web:settings-people")
    return _page(request, "people", _members(request, form), form)


def _members(request: Request, form: forms.NewMember) -> dict[str, object]:
    found = Membership.objects.filter(team=request.team).select_related("user")
    return {
        "form": form,
        "people": found.order_by("user__username"),
        "roles": Membership.Role.choices,
    }


def _not_that_member(
    request: Request, membership: Membership, refusal: DomainError
) -> HttpResponse:
    """The people again, with what was refused of one of them and the role chosen."""
    if request.htmx:
        raise refusal
    context = _members(request, forms.NewMember()) | {
        "refusal": refusal,
        "refused": membership,
        "chosen": request.POST.get("role", ""),
    }
    return render(request, "settings/people.html", context, status=refusal.status)


def _person(request: Request, form: forms.NewMember) -> User:
    """The user of that name; made, if a first password is given for somebody new."""
    data = form.cleaned_data
    known = User.objects.filter(username__iexact=data["username"]).first()
    if known is not None and not data["password"]:
        return known
    return members.create_user(
        data["username"], data["password"], by=actor(request), email=data["email"]
    )


@require_POST
@access.needs("administer")
def role(request: Request, pk: int) -> HttpResponse:
    """Give a member another role."""
    membership = get_object_or_404(Membership, pk=pk, team=request.team)
    form = forms.Role(request.POST)
    if form.is_valid():
        try:
            members.change_role(
                membership, form.cleaned_data["role"], by=actor(request)
            )
        except DomainError as refusal:
            return _not_that_member(request, membership, refusal)
        messages.success(
            request,
            f"{membership.user} is now {membership.get_role_display().lower()}.",
        )
    return redirect("web:settings-people")


@require_POST
@access.needs("administer")
def remove(request: Request, pk: int) -> HttpResponse:
    """Take somebody out of the team."""
    membership = get_object_or_404(Membership, pk=pk, team=request.team)
    try:
        members.remove(membership, by=actor(request))
    except DomainError as refusal:
        return _not_that_member(request, membership, refusal)
    messages.success(request, f"{membership.user} has left the team.")
    return redirect("web:settings-people")


@require_http_methods(["GET", "HEAD", "POST"])
def look(request: Request) -> HttpResponse:
    """How the pages look and listen for this person."""
    form = forms.Appearance(request.POST or None, initial=vars(appearance.of(request)))
    if form.is_valid():
        response = redirect("web:settings-appearance")
        appearance.keep(request.user, response, **form.cleaned_data)
        messages.success(request, "Your settings are saved.")
        return response
    return _page(request, "appearance", {"form": form}, form)


@require_POST
def theme(request: Request) -> HttpResponse:
    """Light, dark, or as the system: from the menu of every page."""
    if request.htmx:
        response = HttpResponse(status=204)
    else:
        response = redirect(access.safe_next(request))
    appearance.keep(request.user, response, theme=request.POST.get("theme", ""))
    return response


def _page(
    request: Request,
    tab: str,
    context: dict[str, object],
    form: forms.Form | None,
) -> HttpResponse:
    """A tab; 422 when what was sent in its form cannot be used."""
    refused = form is not None and form.is_bound and not form.is_valid()
    return render(
        request, f"settings/{tab}.html", context, status=422 if refused else 200
    )


urlpatterns = [
    path("settings/", index, name="settings"),
    path("settings/agents/", agents, name="settings-agents"),
    path("settings/agents/<int:pk>/", agent, name="settings-agent"),
    path("settings/tokens/<int:pk>/revoke/", revoke, name="token-revoke"),
    path("settings/stores/", stores, name="settings-stores"),
    path("settings/stores/<str:store>/", store, name="settings-store"),
    path("settings/people/", people, name="settings-people"),
    path("settings/people/<int:pk>/role/", role, name="member-role"),
    path("settings/people/<int:pk>/remove/", remove, name="member-remove"),
    path("settings/appearance/", look, name="settings-appearance"),
    path("settings/theme/", theme, name="theme"),
]
