"""Every refusal on ``/api`` as problem details (RFC 9457), with an honest status."""

import json
import logging
import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from reviews.errors import DomainError

log = logging.getLogger(__name__)


# What the framework refuses before a door is reached, in the same words as doors do.
TITLES = {
    400: "The request cannot be read.",
    404: "There is no such thing here.",
    405: "That cannot be done here.",
    413: "That is more than one request may carry.",
    500: "Something broke here.",
}
CODES = {404: "not-found", 500: "failure"}


class Problems:
    """Middleware: whoever refuses below ``/api/``, the answer is a problem."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/api/"):
            return self.get_response(request)
        try:
            if named := _unreadable(request):
                return invalid_fields(dict.fromkeys(named, "holds a NUL"))
        except SuspiciousOperation as error:
            return problem("refused", TITLES[400], 400, str(error))
        response = self.get_response(request)
        known = response.get("Content-Type", "").startswith("application/")
        if response.status_code < 400 or known:
            return response
        status = response.status_code
        title = TITLES.get(status, "The request cannot be carried out.")
        code, asked = CODES.get(status, "refused"), f"{request.method} {request.path}"
        told = problem(code, title, status, asked)
        if "Allow" in response:
            told["Allow"] = response["Allow"]
        return told


def _unreadable(request: HttpRequest) -> list[str]:
    """What of an address no text of ours can hold: PostgreSQL refuses to look for it."""
    if "\0" in request.path:
        return ["path"]
    return [
        f"query.{name}".replace("\0", "\N{SYMBOL FOR NULL}")
        for name, texts in request.GET.lists()
        if any("\0" in text for text in (name, *texts))
    ]


def register(api: NinjaAPI) -> None:
    """Teach an API to answer with problems instead of pages."""
    api.add_exception_handler(DomainError, refused)
    api.add_exception_handler(ValidationError, invalid)
    api.add_exception_handler(AuthenticationError, unauthenticated)
    api.add_exception_handler(Http404, missing)
    api.add_exception_handler(HttpError, http_error)
    api.add_exception_handler(Exception, broken)


def refused(request: HttpRequest, error: Any) -> HttpResponse:
    """What the domain refuses, in its own words."""
    response = problem(
        error.code, error.title(), error.status, error.message, error.facts
    )
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if "retry_after" in error.facts:
        response["Retry-After"] = str(error.facts["retry_after"])
    return response


def invalid(request: HttpRequest, error: Any) -> HttpResponse:
    """One entry per field that cannot be used."""
    return invalid_fields(
        {".".join(map(str, each["loc"])): each["msg"] for each in error.errors}
    )


def invalid_fields(fields: dict[str, str]) -> HttpResponse:
    """What cannot be used, by name, each with the reason."""
    detail = "; ".join(f"{field}: {message}" for field, message in fields.items())
    return problem(
        "invalid",
        "Some of what was sent cannot be used.",
        422,
        detail,
        {"fields": fields},
    )


def unauthenticated(request: HttpRequest, error: Any) -> HttpResponse:
    """No token at all, or none that can be read."""
    response = problem(
        "no-token",
        "This door needs a token.",
        401,
        "Send a header “Authorization: Bearer <token>”.",
    )
    response["WWW-Authenticate"] = "Bearer"
    return response


def missing(request: HttpRequest, error: Any) -> HttpResponse:
    """Nothing here, or nothing that this token may know of."""
    return problem("not-found", "There is no such thing here.", 404, request.path)


def http_error(request: HttpRequest, error: Any) -> HttpResponse:
    """What the framework itself refuses."""
    return problem(
        "refused", "The request cannot be carried out.", error.status_code, str(error)
    )


def broken(request: HttpRequest, error: Any) -> HttpResponse:
    """A failure of ours: logged under an id, and nothing told but the id."""
    incident = uuid.uuid4().hex[:12]
    log.error("request failed, incident %s", incident, exc_info=error)
    return problem(
        "failure",
        "Something broke here.",
        500,
        f"It is logged as {incident}.",
        {"incident": incident},
    )


def problem(
    code: str, title: str, status: int, detail: str, facts: dict[str, Any] | None = None
) -> HttpResponse:
    """The document itself; facts never overwrite its own members."""
    body = {
        **(facts or {}),
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
    }
    return HttpResponse(
        json.dumps(body, default=str),
        status=status,
        content_type="application/problem+json",
    )
