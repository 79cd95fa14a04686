"""Agents: how their runs go over time, seen with the eyes of dreams; nothing is written."""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from reviews.dreams import rates
from reviews.teams.models import Agent
from reviews.traces.models import Trace
from reviews.web import access
from reviews.web.presenters import monitoring
from reviews.web.requests import Request


@require_safe
def agent(request: Request, pk: int) -> HttpResponse:
    """One agent's last weeks, and what came back in them.

    Where they are over long since, they are the last that it had.
    """
    found = access.agent(request, pk)
    now, over = timezone.now(), None
    weeks = rates.weeks_of(found, now)
    if not any(week.runs for week in weeks) and (over := _last(found)):
        now = over
        weeks = rates.weeks_of(found, now)
    rated = monitoring.rates(weeks, found.name)
    seen = rates.patterns_of(found, now)
    context = {
        "agent": found,
        "over": over,
        "counted": monitoring.runs(weeks),
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


def _last(agent: Agent) -> datetime | None:
    """When the agent ran last; nothing where it never did."""
    times = Trace.objects.filter(agent=agent).order_by("-happened_at")
    return times.values_list("happened_at", flat=True).first()


urlpatterns = [path("agents/<int:pk>/", agent, name="agent-runs")]
