"""What a store's dreams keep quiet about, since when, and what it takes to come back."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from reviews.proposals import mutes
from reviews.web import access
from reviews.web.presenters import quiet
from reviews.web.requests import Request

# Nobody reads more; the newest come first.
MOST = 200


@require_safe
def muted(request: Request, store: str) -> HttpResponse:
    """Every mute in force, newest first."""
    found = access.store(request, store)
    standing = mutes.all_standing(found)
    context = {
        "store": found,
        "rows": quiet.rows(standing[:MOST], timezone.now()),
        "more": max(0, len(standing) - MOST),
    }
    return render(request, "memory/muted.html", context)


urlpatterns = [path("memory/<str:store>/muted/", muted, name="mutes")]
