"""Refusals and failures with a face: a notice for htmx, a page for a browser.

The status stays honest in both. Programs get problem details from ``reviews.api``.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from django.core.exceptions import BadRequest, DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from reviews.audit import ledger
from reviews.errors import DomainError
from reviews.web.requests import Request

log = logging.getLogger(__name__)

PROGRAM_PATHS = ("/api/",)


@dataclass(frozen=True)
class Problem:
    """What went wrong, in words, with the honest status."""

    status: int
    title: str
    message: str = ""
    code: str = ""


PROBLEMS = {
    400: Problem(400, "That request makes no sense here", "Go back and try again."),
    403: Problem(
        403,
        "You may not do that",
        "The page may have been open too long; reload it and try again.",
    ),
    404: Problem(
        404,
        "There is no such page",
        "It may have been deleted, or it belongs to a team that you are not in.",
    ),
    500: Problem(
        500,
        "Something broke on our side",
        "It is not your doing. The request number helps whoever looks into it.",
    ),
}


class DomainErrors:
    """Middleware: one request is one act in the ledger; refusals become answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        act = uuid.uuid4()
        cast(Request, request).act = act
        with ledger.one_act(act):
            response = self.get_response(request)
        response["X-Request-ID"] = str(act)
        if for_people(request):
            # A page and its fragment share an address.
            patch_vary_headers(response, ("HX-Request",))
        return response

    def process_exception(
        self, request: HttpRequest, error: Exception
    ) -> HttpResponse | None:
        if isinstance(error, DomainError) and for_people(request):
            return answer(request, error)
        return None


def for_people(request: HttpRequest) -> bool:
    """Whether a browser asks, not a program."""
    return not request.path.startswith(PROGRAM_PATHS)


def answer(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A refusal of the domain, for whoever asked."""
    return show(
        request, Problem(error.status, error.title(), error.message, code=error.code)
    )


def show(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A problem as a toast where htmx asked, as a page where a person came."""
    act = getattr(request, "act", None)
    context: dict[str, Any] = {"problem": problem, "act": act, "back": _back(request)}
    if getattr(request, "htmx", False):
        body = render_to_string("error.html#problem", context)
        response = HttpResponse(body, status=problem.status)
        response["HX-Retarget"] = "#flash"
        response["HX-Reswap"] = "beforeend"
        # Whatever the control wanted of its page, here is nothing but the toast.
        response["HX-Reselect"] = ".toast"
        return response
    # Without the request, so that what broke the page cannot break this one too.
    bare = problem.status >= 500
    body = render_to_string("error.html", context, None if bare else request)
    return HttpResponse(body, status=problem.status)


def _back(request: HttpRequest) -> str:
    """The page of ours that led here; empty if none did, or this very one."""
    came_from = request.headers.get("Referer", "")
    try:
        ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()})
        again = request.method == "GET" and came_from == request.build_absolute_uri()
    except DisallowedHost:
        return ""
    return came_from if ours and not again else ""


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400; what our own code finds bad about it is told."""
    said = str(exception) if isinstance(exception, BadRequest) else ""
    return _plain(request, 400, said)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return _plain(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    return _plain(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return _plain(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500."""
    log.error("request %s failed", getattr(request, "act", None))
    return _plain(request, 500)


def _plain(request: HttpRequest, status: int, said: str = "") -> HttpResponse:
    """A page for people; for programs nothing but the status, which their edge words."""
    problem = PROBLEMS[status]
    if not for_people(request):
        return HttpResponse(status=status)
    return show(request, replace(problem, message=said or problem.message))
