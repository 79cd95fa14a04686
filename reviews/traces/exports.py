"""A trace as a document that can be imported again, here or elsewhere, and read by jq."""

from typing import Any

import msgspec

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.traces import bodies
from reviews.traces.models import Trace
from reviews.traces.steps import Step


def download(trace: Trace, *, by: Actor, lines: bool = False) -> bytes:
    """The whole trace in our own JSON: indented, or as one line of NDJSON.

    What leaves is on the record.
    """
    document = msgspec.json.encode(_payload(trace))
    ledger.record(by, "trace.downloaded", trace, team=trace.team)
    if lines:
        return document + b"\n"
    return msgspec.json.format(document, indent=2) + b"\n"


def step(found: Step) -> bytes:
    """One step as it is stored, indented."""
    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"


def _payload(trace: Trace) -> dict[str, Any]:
    body = bodies.body_of(trace)
    told = {
        "external_id": trace.external_id,
        "title": trace.title,
        "person": trace.person,
        "model": trace.model,
        "started_at": trace.started_at.isoformat() if trace.started_at else "",
        "ended_at": trace.ended_at.isoformat() if trace.ended_at else "",
        "outcome": trace.outcome,
        "reward": trace.reward,
        # Runs of one task stay together wherever they are imported.
        "task": trace.group,
        "tags": trace.tags,
        "cost": trace.cost,
        "read": trace.read,
        "extra": body.extra,
        "steps": [_line(step) for step in body.steps],
    }
    return {name: value for name, value in told.items() if value not in ("", None)}


def _line(step: Step) -> dict[str, Any]:
    # Its place tells its number; who acts is said even where the kind tells.
    told = msgspec.to_builtins(step)
    return {name: value for name, value in told.items() if name != "index"}
