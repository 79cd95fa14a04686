"""A row of the inbox, looked into: its diff in place, and what decides about it."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from reviews.proposals import threads
from reviews.web import access
from reviews.web.presenters import peeks
from reviews.web.queues import Queue
from reviews.web.requests import Request


@require_safe
def peek(request: Request, pk: int) -> HttpResponse:
    """The whole change, and, where little can go wrong, what decides about it."""
    found, queue = access.proposal(request, pk), Queue.of(request)
    context = {
        "proposal": found,
        "queue": queue,
        "open_url": queue.address(found),
        "peek": peeks.of(found),
        "quotes": peeks.quotes(found),
        "talked": threads.open_on([found]).get(found.pk, 0),
        "request_id": uuid.uuid4(),
    }
    template = "inbox/peek.html#row" if request.htmx else "inbox/peek.html"
    return render(request, template, context)


urlpatterns = [
    path("inbox/<int:pk>/peek/", peek, name="proposal-peek"),
]
