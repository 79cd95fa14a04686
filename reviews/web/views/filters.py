"""Filters that somebody has named: kept, renamed, forgotten."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from reviews.errors import DomainError, Invalid
from reviews.proposals import filters
from reviews.web.presenters import chips
from reviews.web.queues import Queue
from reviews.web.requests import Request, said


@require_POST
def change(request: Request) -> HttpResponse:
    """Save the filter that is on the screen, or rename or delete one; then the list."""
    queue = Queue.of(request)
    try:
        url = _changed(request, queue)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        url = queue.url
    response = redirect(url)
    response.status_code = 303
    return response


def _changed(request: Request, queue: Queue) -> str:
    user, team, name = request.user, request.team, said(request, "name")
    match request.POST.get("do"):
        case "save":
            kept = filters.save(user, team, name=name, query=queue.q)
            messages.success(request, f"The filter is kept as “{kept.name}”.")
            return chips.saved_url(queue, kept.query)
        case "rename":
            kept = filters.rename(user, team, name=name, to=said(request, "to"))
            messages.success(request, f"The filter is called “{kept.name}” now.")
        case "delete":
            filters.delete(user, team, name=name)
            messages.success(request, f"The filter “{name}” is gone.")
        case _:
            raise Invalid("Say what to do with the filter.", field="do")
    return queue.url


urlpatterns = [path("inbox/filters/", change, name="inbox-filters")]
