"""Our own JSON for a trace, decoded with the position of what is wrong.

The page ``docs/traces.md`` documents it; HTTP and files share this module, so that a
line means the same at every door.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec

from reviews.traces import documents
from reviews.traces.documents import Document, Unreadable
from reviews.traces.steps import Actor, Kind, Record, Step

FORMAT = "dreamboard"
# Who acts in a step of this kind, where the line does not say; a message must say it.
_USUAL: dict[Kind, Actor] = {
    "tool_call": "agent",
    "thinking": "agent",
    "tool_result": "tool",
    "error": "tool",
    "evaluation": "system",
    "status": "system",
    "stop": "person",
}


class StepPayload(msgspec.Struct, forbid_unknown_fields=True):
    """A step as it is sent: like ``Step``, with a text that may be any JSON."""

    kind: Kind = "message"
    actor: Actor | None = None
    # A string, or any JSON, which is kept in the serialisation in which it arrived.
    text: msgspec.Raw = msgspec.Raw(b'""')
    tool: str = ""
    call: str = ""
    error: bool = False
    at: str = ""
    tokens: int = 0
    agent: str = ""
    model: str = ""
    web: bool = False


class TracePayload(msgspec.Struct, forbid_unknown_fields=True):
    """A trace as it is sent."""

    external_id: str
    steps: list[StepPayload]
    person: str = ""
    model: str = ""
    started_at: str = ""
    ended_at: str = ""
    outcome: Literal["", "success", "failure"] = ""
    reward: float | None = None
    task: str = ""
    title: str = ""
    tags: tuple[str, ...] = ()
    cost: float | None = None
    read: dict[str, int] = {}
    extra: dict[str, Any] = {}


class BadPayload(ValueError):
    """What was sent is no trace; ``field`` says where in it."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.reason, self.field = reason, field


_decoder = msgspec.json.Decoder(TracePayload)


def decode(raw: bytes) -> Record:
    """Read one trace of our own JSON, or refuse it with the field that is wrong."""
    return _record(_decoded(raw))


def records(
    chunks: Iterable[bytes], *, file: str = "", largest: int = documents.LARGEST
) -> Iterator[tuple[int, Record | Unreadable]]:
    """Read a stream (one object, an array, or NDJSON) as traces with their lines."""
    for document in documents.documents(chunks, file=file, largest=largest):
        if isinstance(document, Unreadable):
            yield document.line, document
        else:
            yield document.line, read(document, file)


def read(document: Document, file: str = "") -> Record | Unreadable:
    """Read one document, or say why it is no trace."""
    try:
        return decode(document.raw)
    except BadPayload as bad:
        return Unreadable(file, document.line, bad.reason, bad.field)


def _decoded(raw: bytes) -> TracePayload:
    try:
        return _decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise _bad(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        broken = error
    try:
        return _decoder.decode(documents.mended(raw, broken))
    except msgspec.ValidationError as error:
        raise _bad(error) from error
    except ValueError as error:
        raise BadPayload(str(error)) from error


def _bad(error: msgspec.ValidationError) -> BadPayload:
    reason, _, place = str(error).partition(" - at `")
    return BadPayload(reason, place.removesuffix("`").removeprefix("$").lstrip("."))


def _record(payload: TracePayload) -> Record:
    return Record(
        external_id=payload.external_id,
        steps=[_step(index, step) for index, step in enumerate(payload.steps)],
        format=FORMAT,
        person=payload.person,
        model=payload.model,
        started_at=payload.started_at,
        ended_at=payload.ended_at,
        outcome=payload.outcome,
        reward=payload.reward,
        task=payload.task,
        title=payload.title,
        tags=payload.tags,
        cost=payload.cost,
        read=payload.read,
        extra=payload.extra,
    )


def _step(index: int, step: StepPayload) -> Step:
    actor = step.actor or _USUAL.get(step.kind)
    if actor is None:
        raise BadPayload("A message must say its `actor`", f"steps[{index}].actor")
    try:
        text = _text(step.text)
    except UnicodeDecodeError as error:
        place = f"steps[{index}].text"
        raise BadPayload(documents.sentence(error), place) from error
    return Step(
        index=index,
        kind=step.kind,
        actor=actor,
        text=text,
        tool=step.tool,
        call=step.call,
        error=step.error,
        at=step.at,
        tokens=step.tokens,
        agent=step.agent,
        model=step.model,
        web=step.web,
    )


def _text(raw: msgspec.Raw) -> str:
    """Keep JSON as it was written; only a string is unwrapped."""
    written = bytes(raw)
    if written[:1] == b'"':
        return msgspec.json.decode(written, type=str)
    return "" if written == b"null" else written.decode()
