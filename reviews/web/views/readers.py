"""Freezing: let agents read an old version at once, while people look for what is wrong.

Nothing in memory changes by it; changes go on being decided, and wait for their readers.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from reviews.errors import DomainError
from reviews.memory import stores, tags
from reviews.memory.models import Store
from reviews.web import access
from reviews.web.presenters import stores as shapes
from reviews.web.requests import Request, actor, said


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("administer")
def readers(request: Request, store: str) -> HttpResponse:
    """What agents read of a store, and the lever that holds them at one version."""
    found = access.store(request, store)
    if request.method != "POST":
        return _page(request, found)
    try:
        told = _act(request, found)
    except DomainError as refusal:
        return _page(request, access.store(request, store), refusal)
    messages.success(request, told)
    response = redirect("web:history", found.name)
    response.status_code = 303
    return response


def _act(request: Request, store: Store) -> str:
    """Freeze or thaw, and say so."""
    by, reason = actor(request), said(request, "reason")
    if "thaw" in request.POST:
        stores.thaw(store, by=by, reason=reason)
        return f"Agents read the head of {store.name} again: v{store.head}."
    number = tags.number_of(store, said(request, "number"))
    stores.freeze(store, number, by=by, reason=reason)
    return f"Agents read v{number} of {store.name} from their next reading on."


def _page(
    request: Request, store: Store, refusal: DomainError | None = None
) -> HttpResponse:
    asked = request.POST.get("number") or request.GET.get("at", "")
    context = {
        "store": store,
        "number": asked or str(max(1, store.head - 1)),
        "reason": said(request, "reason"),
        "readers": shapes.readers(store),
        "refusal": refusal,
    }
    status = refusal.status if refusal else 200
    return render(request, "history/readers.html", context, status=status)


urlpatterns = [path("history/<str:store>/readers/", readers, name="readers")]
