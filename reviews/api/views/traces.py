"""``POST /api/traces``: what was stored is acknowledged, line by line, and nothing else."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.http import HttpRequest
from ninja import Router, Status

from reviews.api import access, bodies
from reviews.api.access import Bearer
from reviews.api.payloads import Intake, Line, Problem
from reviews.audit.actors import Actor
from reviews.errors import DomainError
from reviews.teams.models import Token
from reviews.traces import intake, payloads

router = Router()
# So many bodies are taken in at once by one process; each holds a batch in memory.
_places = threading.BoundedSemaphore(4)
RETRY_AFTER = 2
# Each has its line in the answer, which is held whole.
MOST_LINES = 50_000


class Busy(DomainError):
    """Too much is arriving at once; nothing of this request was stored."""

    code = "busy"
    status = 429


@router.post(
    "/traces",
    auth=Bearer(Token.Scope.WRITE_TRACES),
    response={
        200: Intake,
        422: Intake,
        **dict.fromkeys((400, 401, 403, 413, 429), Problem),
    },
    summary="Send traces",
    exclude_defaults=True,
)
def accept(request: HttpRequest) -> Status[Intake]:
    """Store one trace, an array, or NDJSON; gzip is welcome.

    Every line has its own result; 422 only when none of them could be taken.
    """
    token = access.token_of(request)
    with _a_place():
        entries = _bounded(payloads.records(bodies.pieces(request)))
        results = intake.accept_stream(
            token.agent, entries, by=Actor.agent(token.agent)
        )
        lines = [
            Line(
                line=line,
                status=result.status,
                id=result.external_id,
                reason=result.reason,
                field=result.field,
                redactions=result.redactions,
            )
            # What could not be read is answered before the batch that it stands in.
            for line, result in sorted(results, key=lambda each: each[0])
        ]
    counts = Counter(line.status for line in lines)
    taken = counts["stored"] + counts["extended"] + counts["duplicate"]
    answer = Intake(received=len(lines), counts=dict(counts), results=lines)
    return Status(200 if taken else 422, answer)


def _bounded[Entry](entries: Iterable[Entry]) -> Iterator[Entry]:
    """Let so many entries through; small ones would fill memory long before the limit."""
    for count, entry in enumerate(entries):
        if count >= MOST_LINES:
            raise bodies.TooLarge(f"At most {MOST_LINES:,} traces in one request.")
        yield entry


@contextmanager
def _a_place() -> Iterator[None]:
    if not _places.acquire(timeout=1):
        raise Busy(retry_after=RETRY_AFTER)
    try:
        yield
    finally:
        _places.release()
