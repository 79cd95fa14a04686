"""Managed Agents sessions as Anthropic's API gives them: a session object and its events.

One object with ``session``, ``events`` and perhaps ``threads`` (events by the subagent's
name); or a session followed by its events, value by value; or events alone, whose session
is in the file beside them (``x_events.json`` and ``x_session.json``).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reviews.traces import documents
from reviews.traces.documents import Document, Unreadable
from reviews.traces.formats import managed_events
from reviews.traces.formats.source import Source
from reviews.traces.steps import Record

NAME = managed_events.NAME
_EVENTS = ("user.", "agent.", "session.", "span.", "system.", "workflow_run.")
_WORD_EVENTS, _WORD_SESSION = "events", "session"


def recognises(value: dict[str, Any]) -> bool:
    """Whether an object is a session, an event of one, or both together."""
    if _is_session(value) or _is_event(value):
        return True
    return _is_session(value.get("session")) and isinstance(value.get("events"), list)


def records(source: Source) -> Iterator[Record | Unreadable]:
    """Read every session in a file; an event belongs to the session before it."""
    reading = _Reading(source)
    for document in source:
        if isinstance(document, Document):
            yield from reading.take(document)
        else:
            yield document
    yield from reading.finish(document_line=1)


class _Reading:
    """A session that is being read, until the next one begins or the file ends."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.session: dict[str, Any] | None = None
        self.events: list[dict[str, Any]] = []

    def take(self, document: Document) -> Iterator[Record | Unreadable]:
        """Take in one value, and hand out what ended before it."""
        try:
            value = documents.decode(document.raw)
        except ValueError as error:
            yield self.source.unreadable(document.line, str(error))
            return
        if isinstance(value, dict) and isinstance(value.get("events"), list):
            yield self._whole(value, document.line)
        elif _is_session(value):
            yield from self.finish(document.line)
            self.session = value
        elif _is_event(value):
            self.events.append(value)
        else:
            reason = "neither a session nor an event of one"
            yield self.source.unreadable(document.line, reason)

    def finish(self, document_line: int) -> Iterator[Record | Unreadable]:
        """Hand out the session read last, if there is one."""
        session, events = self.session, self.events
        self.session, self.events = None, []
        if session is None and events:
            session = _beside(self.source.path, _WORD_EVENTS, _WORD_SESSION)
        if session is None and not events:
            return
        if session is None:
            reason = "events of a session that is not here: no file says its id"
            yield self.source.unreadable(document_line, reason)
        elif not events and _beside(self.source.path, _WORD_SESSION, _WORD_EVENTS):
            # It is read with its events.
            yield Unreadable(self.source.file, document_line, "a session", empty=True)
        else:
            yield self._record(session, events, {}, document_line)

    def _whole(self, value: dict[str, Any], line: int) -> Record | Unreadable:
        session = value.get("session")
        if not isinstance(session, dict):
            return self.source.unreadable(line, "must be a session", "session")
        threads = value.get("threads")
        found = {
            str(name): [event for event in events if isinstance(event, dict)]
            for name, events in (threads if isinstance(threads, dict) else {}).items()
            if isinstance(events, list)
        }
        events = [event for event in value["events"] if isinstance(event, dict)]
        return self._record(session, events, found, line)

    def _record(
        self,
        session: dict[str, Any],
        events: list[dict[str, Any]],
        threads: dict[str, list[dict[str, Any]]],
        line: int,
    ) -> Record | Unreadable:
        record = managed_events.record(session, events, threads)
        if not record.steps:
            reason = "a session without any event that was processed"
            return Unreadable(self.source.file, line, reason, empty=True)
        return record


def _is_session(value: object) -> bool:
    return isinstance(value, dict) and (
        value.get("type") == "session" and isinstance(value.get("id"), str)
    )


def _is_event(value: object) -> bool:
    return (
        isinstance(value, dict)
        and "processed_at" in value
        and isinstance(value.get("type"), str)
        and value["type"].startswith(_EVENTS)
    )


def _beside(file: Path, word: str, other: str) -> dict[str, Any] | None:
    """The first object in the file that is named alike, with the other word in it."""
    if word not in file.name:
        return None
    beside = file.with_name(file.name.replace(word, other))
    if not beside.is_file():
        return None
    stream = documents.documents(documents.chunks_of(beside), file=str(beside))
    first = next((one for one in stream if isinstance(one, Document)), None)
    try:
        value = documents.decode(first.raw) if first else None
    except ValueError:
        return None
    fits = _is_session(value) if other == _WORD_SESSION else _is_event(value)
    return value if isinstance(value, dict) and fits else None
