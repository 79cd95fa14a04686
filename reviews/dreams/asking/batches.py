"""Asking at leisure, for half the price: handed in together, looked after, collected.

Between handing in and knowing the batch's id a worker may die. Such a batch is looked for
among Anthropic's newest; only one that cannot be another's is taken for ours.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast

import anthropic
import httpx2
from anthropic.types.messages import MessageBatch
from django.db.models.functions import Now
from django.utils import timezone

from reviews.dreams.asking import client, completions
from reviews.dreams.asking.completions import OPEN
from reviews.dreams.asking.failures import (
    FAILING,
    UNREADABLE,
    Failure,
    Unreadable,
    failure_of,
)
from reviews.dreams.models import Batch, Completion

# 256 MB at most, says the API; a question is far from 100 kB.
MOST = 2_000
_SOONEST, _LATEST = timedelta(seconds=30), timedelta(minutes=10)
# Their list may be behind, and their clock ahead of ours.
_UNSEEN = timedelta(minutes=2)
_SKEW = timedelta(minutes=1)
# A batch ends within a day; so long after that nobody waits for it.
_LATE = timedelta(hours=1)
_DAY = timedelta(hours=24)
_PATIENCE = 60.0


def outstanding(rows: Any) -> Any:
    """Of these batches, those whose answers are not in."""
    return rows.filter(
        state__in=[Batch.State.SUBMITTING, Batch.State.RUNNING, Batch.State.CANCELED],
        ended_at=None,
    )


def custom_id(row: Completion) -> str:
    """What tells this question's result from all others."""
    said = f"{row.pk}:{row.team_id}:{row.name}:{row.attempt}:{row.request_sha256}"
    return sha256(said.encode()).hexdigest()[:40]


def hand_in(batch: Batch, rows: Sequence[Completion]) -> Failure | None:
    """Send a batch's questions; a refusal ends them, and a silence leaves them open."""
    requests: list[Any] = [
        {"custom_id": custom_id(row), "params": row.request} for row in rows
    ]
    try:
        with client.connect(retries=0) as api:
            batch.completions.filter(state="reserved").update(state="sent")
            for row in rows:
                row.state = Completion.State.SENT
            _known_as(batch, api.messages.batches.create(requests=requests))
    except FAILING as error:
        failure = failure_of(error)
        if not _perhaps_handed_in(failure):
            for row in rows:
                completions.fail_with(row, failure)
            _end(batch, Batch.State.LOST, failure.sentence)
        return failure
    return None


def attend(batch: Batch) -> datetime | None:
    """Look after a batch: None once its questions have ended, else when to look again."""
    try:
        with client.connect(timeout=_PATIENCE, retries=0) as api:
            if not batch.remote_id and not _found(api, batch):
                return later(batch) if batch.ended_at is None else None
            remote = api.messages.batches.retrieve(batch.remote_id)
            if remote.processing_status == "ended":
                _collect(api, batch)
                return None
    except FAILING as error:
        failure = failure_of(error)
        if failure.status == 404:
            lose(batch, f"Anthropic does not know {batch} any more.")
            return None
        return later(batch, failure)
    return later(batch)


def cancel(batch: Batch) -> None:
    """Ask for an end; what was answered by then is collected, and paid, all the same."""
    with client.connect(timeout=_PATIENCE, retries=0) as api:
        api.messages.batches.cancel(batch.remote_id)
    Batch.objects.filter(pk=batch.pk, state=Batch.State.RUNNING).update(
        state=Batch.State.CANCELED
    )
    batch.refresh_from_db()


def lose(batch: Batch, problem: str, *, paid: bool = True) -> None:
    """Give a batch up; unless it certainly never was, its questions count as paid."""
    for row in batch.completions.filter(state__in=OPEN):
        completions.lose(row, paid=paid)
    _end(batch, Batch.State.LOST, problem)


def _found(api: anthropic.Anthropic, batch: Batch) -> bool:
    """Find a batch that was handed in by somebody who died, or give it up."""
    if not batch.completions.filter(state="sent").exists():
        lose(batch, "Its worker died before it handed it in.", paid=False)
        return False
    since = batch.created_at - _SKEW
    size = batch.completions.filter(state__in=OPEN).count()
    known = set(
        Batch.objects.filter(created_at__gte=since - _DAY).values_list(
            "remote_id", flat=True
        )
    )
    fitting = [
        remote
        for remote in api.messages.batches.list(limit=100).data
        if remote.id not in known
        and remote.created_at >= since
        and _size(remote) == size
    ]
    if len(fitting) == 1:
        _known_as(batch, fitting[0])
        return True
    if fitting:
        lose(
            batch, "Its worker died, and several batches could be the one it handed in."
        )
    elif timezone.now() - batch.created_at > _UNSEEN:
        lose(batch, "It never got there.", paid=False)
    return False


def _size(remote: MessageBatch) -> int:
    counts = remote.request_counts
    ended = counts.succeeded + counts.errored + counts.canceled + counts.expired
    return counts.processing + ended


def _known_as(batch: Batch, remote: MessageBatch) -> None:
    # The SDK does not look whether they are what it says they are.
    known, expires = cast(Any, remote.id), cast(Any, remote.expires_at)
    if not (known and isinstance(known, str)):
        raise Unreadable
    Batch.objects.filter(pk=batch.pk, state=Batch.State.SUBMITTING).update(
        remote_id=known,
        state=Batch.State.RUNNING,
        expires_at=expires if isinstance(expires, datetime) else None,
    )
    batch.completions.filter(state="reserved").update(state="sent")
    batch.refresh_from_db()


def _collect(api: anthropic.Anthropic, batch: Batch) -> None:
    """Keep every result; begun again after a death, it goes on where it was."""
    results = _results(api, batch.remote_id)
    rows = list(batch.completions.filter(state__in=OPEN))
    if rows and not any(custom_id(row) in results for row in batch.completions.all()):
        lose(batch, f"{batch} holds the answers to other questions.")
        return
    for row in rows:
        _settle(row, results.get(custom_id(row), {}))
    ended = Batch.State.ENDED if batch.state == Batch.State.RUNNING else batch.state
    _end(batch, ended)


def _results(api: anthropic.Anthropic, remote_id: str) -> dict[str, Any]:
    """Results by custom id, from the address that we were given.

    The SDK would follow ``results_url``, with our key, to whatever host stands there.
    """
    response = api.get(
        f"/v1/messages/batches/{remote_id}/results",
        cast_to=httpx2.Response,
        options={"headers": {"Accept": "application/binary"}},
    )
    lines = [json.loads(line) for line in response.content.split(b"\n") if line.strip()]
    return {
        str(line.get("custom_id")): line["result"]
        for line in lines
        if isinstance(line, dict) and isinstance(line.get("result"), dict)
    }


def _settle(row: Completion, result: dict[str, Any]) -> None:
    kind = result.get("type", "")
    if kind == "succeeded":
        completions.settle(row, _mapping(result.get("message")), batch=True)
    elif kind == "expired":
        completions.fail(row, "expired", "Anthropic did not get to it within a day.")
    elif kind == "canceled":
        completions.fail(
            row, "canceled", "The batch was canceled before it was answered."
        )
    elif kind == "errored":
        outer = _mapping(result.get("error"))
        error = _mapping(outer.get("error"))
        wrong = error.get("type") == "invalid_request_error"
        completions.fail(
            row,
            "rejected" if wrong else "errored",
            f"Anthropic had an error over it: {error.get('message', 'it did not say which')}"[
                :300
            ],
            request_id=str(outer.get("request_id") or "")[:100],
        )
    else:
        completions.fail(row, "errored", UNREADABLE.sentence, cost=row.reserved)


def _mapping(value: Any) -> dict[str, Any]:
    """A value as an object; empty where it is none."""
    return value if isinstance(value, dict) else {}


def _perhaps_handed_in(failure: Failure) -> bool:
    """Whether the batch may exist although nobody told us its id."""
    broken = failure.status >= 500 and failure.status not in (503, 529)
    return failure.maybe_paid or broken


def later(batch: Batch, failure: Failure | None = None) -> datetime | None:
    """When to look again: soon at first, then less and less often, and not for ever."""
    now = timezone.now()
    if now > given_up_at(batch):
        lose(batch, "It did not end within its day.")
        return None
    batch.polled_at, batch.problem = now, failure.sentence if failure else ""
    Batch.objects.filter(pk=batch.pk).update(polled_at=now, problem=batch.problem)
    asked = timedelta(seconds=failure.wait if failure else 0)
    return max(next_look(batch), now + asked)


def given_up_at(batch: Batch) -> datetime:
    """When nobody waits for a batch any more, whatever they say of its end over there."""
    within = batch.created_at + _DAY
    return min(batch.expires_at or within, within) + _LATE


def next_look(batch: Batch) -> datetime:
    """When a batch that was looked at is worth another look."""
    seen = batch.polled_at or batch.created_at
    return seen + min(max((seen - batch.created_at) / 4, _SOONEST), _LATEST)


def _end(batch: Batch, state: str, problem: str = "") -> None:
    Batch.objects.filter(pk=batch.pk).update(
        state=state, problem=problem, ended_at=Now()
    )
    batch.refresh_from_db()
