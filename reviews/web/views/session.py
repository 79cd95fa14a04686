"""Coming in: the first admin, and which of one's teams is on the screen."""

from pathlib import Path
from typing import cast

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from reviews.errors import DomainError
from reviews.teams import setup
from reviews.teams.models import Team
from reviews.web import access
from reviews.web.forms import FirstAdmin
from reviews.web.requests import Request, whole


@access.public
@require_http_methods(["GET", "POST"])
def first_admin(request: HttpRequest) -> HttpResponse:
    """Let whoever can read the console's one-time code become the first admin."""
    if not setup.needed():
        return redirect("account_login")
    form = FirstAdmin(
        request.POST or None, initial={"code": request.GET.get("code", "")}
    )
    if form.is_valid():
        try:
            user = setup.first_admin(
                form.cleaned_data["username"],
                form.cleaned_data["password"],
                code=form.cleaned_data["code"].strip(),
                team=form.cleaned_data["team"],
                file=Path(settings.SETUP_CODE_FILE),
            )
        except setup.AlreadySetUp:
            return redirect("account_login")
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            login(request, user, "django.contrib.auth.backends.ModelBackend")
            return redirect("web:start")
    status = 422 if form.is_bound else 200
    return render(request, "session/setup.html", {"form": form}, status=status)


@require_POST
def choose_team(request: Request) -> HttpResponse:
    """Look at another of one's teams."""
    team = get_object_or_404(Team, pk=whole(request.POST.get("team", "")))
    access.choose(request, team)
    return redirect(access.safe_next(cast(HttpRequest, request)))


urlpatterns = [
    path("setup/", first_admin, name="setup"),
    path("teams/choose/", choose_team, name="team-choose"),
]
