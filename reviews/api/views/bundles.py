"""``GET /api/stores/<name>/bundle``: the memory that an agent reads, and which version.

Who read what is recorded on every answer, a 304 included: the run used that version.
"""

from datetime import datetime

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema

from reviews.api import access, queries
from reviews.api.access import Bearer
from reviews.api.payloads import Bundle, Problem
from reviews.memory import bundles
from reviews.teams.models import Token
from reviews.traces import readings

router = Router()


class Which(Schema):
    """What part of a store's past is asked for, by whom."""

    # A version number; without it, and without as_of, the head.
    version: int | None = None
    # A moment: the version that agents would have read then.
    as_of: datetime | None = None
    # The person whom the run works for: their own memories come along.
    person: str = ""
    # The id under which the run's trace will be sent.
    run: str = ""


@router.get(
    "/stores/{name}/bundle",
    auth=Bearer(Token.Scope.READ_MEMORY),
    response={200: Bundle, **dict.fromkeys((401, 403, 404, 422), Problem)},
    summary="Read a store",
)
def bundle(request: HttpRequest, name: str, which: Query[Which]) -> HttpResponse:
    """All memories of one version, with an ETag; 304 when the reader has them."""
    queries.check(request, Which)
    token = access.token_of(request)
    store = access.store_of(token, name)
    wanted = bundles.find(
        store,
        version=which.version,
        as_of=_aware(which.as_of),
        person=which.person,
        agent=token.agent.name,
    )
    readings.record(token.agent, store, wanted.number, run=which.run)
    if _has(request, wanted.etag):
        return _headed(HttpResponse(status=304), wanted)
    body = msgspec.json.encode(bundles.read(wanted))
    return _headed(HttpResponse(body, content_type="application/json"), wanted)


def _has(request: HttpRequest, etag: str) -> bool:
    """Whether the reader says that it holds this very state."""
    offered = request.headers.get("If-None-Match", "")
    names = {name.strip().removeprefix("W/") for name in offered.split(",")}
    return etag in names or "*" in names


def _headed(response: HttpResponse, wanted: bundles.Wanted) -> HttpResponse:
    response["ETag"] = wanted.etag
    response["X-Store-Version"] = str(wanted.number)
    # It may be kept, but must be asked about each time; and it is this reader's only.
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Authorization"
    return response


def _aware(moment: datetime | None) -> datetime | None:
    """A time without a zone is UTC."""
    if moment is not None and timezone.is_naive(moment):
        return timezone.make_aware(moment)
    return moment
