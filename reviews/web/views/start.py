"""The first page: to the inbox when there is something, else the two ways to begin."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_safe

from reviews.memory.models import Store
from reviews.traces.models import Trace
from reviews.web import forms
from reviews.web.requests import Request


@require_safe
def start(request: Request) -> HttpResponse:
    """Where a person's day begins."""
    if Trace.objects.filter(team=request.team).exists():
        return redirect("web:inbox")
    return redirect("web:begin")


@require_safe
def begin(request: Request) -> HttpResponse:
    """Import one's own traces, or look at an example team."""
    names = list(Store.objects.filter(team=request.team).values_list("name", flat=True))
    context = {"form": forms.Import(stores=names)}
    return render(request, "session/begin.html", context)


urlpatterns = [
    path("", start, name="start"),
    path("begin/", begin, name="begin"),
]
