"""Agents: how their runs go over time, seen with the eyes of dreams; nothing is written."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from reviews.dreams import rates
from reviews.web import access
from reviews.web.presenters import monitoring
from reviews.web.requests import Request


@require_safe
def agent(request: Request, pk: int) -> HttpResponse:
    """One agent's last weeks, and what came back in them."""
    found = access.agent(request, pk)
    now = timezone.now()
    weeks = rates.weeks_of(found, now)
    rated = monitoring.rates(weeks, found.name)
    seen = rates.patterns_of(found, now)
    context = {
        "agent": found,
        "tiles": monitoring.tiles(weeks),
        "rates": rated,
        "quiet": monitoring.quiet(weeks),
        "rows": monitoring.rows(weeks, rated, found.name),
        "told": sum(week.told for week in weeks),
        "runs": sum(week.runs for week in weeks),
        "patterns": monitoring.patterns(seen, found.name, weeks),
        "days": rates.PATTERN_DAYS,
        "stores": found.subscriptions.select_related("store").order_by("store__name"),
    }
    return render(request, "agents/agent.html", context)


urlpatterns = [path("agents/<int:pk>/", agent, name="agent-runs")]
