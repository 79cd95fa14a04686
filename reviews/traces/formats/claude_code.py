"""Claude Code's session files: a JSON object a line, a tree of messages.

One session is one trace. Its lines stay in the order in which they were written, so
branches that a person went back from are kept where they happened, and counted.
Subagents stand within, in their place, under their name: from the sidechains of the
file, from ``<session>/subagents/agent-*.jsonl``, or from the progress lines.
"""

from collections import defaultdict
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import msgspec

from reviews.traces import documents
from reviews.traces.documents import Document, Unreadable
from reviews.traces.formats import claude_lines
from reviews.traces.formats.claude_lines import Entry
from reviews.traces.formats.claude_session import Session
from reviews.traces.formats.source import Source
from reviews.traces.steps import Record

NAME = "claude-code"
_MARKS = ("sessionId", "uuid", "leafUuid", "messageId", "parentUuid")
_entries = msgspec.json.Decoder(Entry)


def recognises(value: dict[str, Any]) -> bool:
    """Whether an object is a line of a session file."""
    known = claude_lines.CONVERSATION | claude_lines.BOOKKEEPING
    return value.get("type") in known and any(mark in value for mark in _MARKS)


def records(source: Source) -> Iterator[Record | Unreadable]:
    """Read a session with its subagents as one trace, and report its broken lines."""
    alone = _agent_id(source.path) if _is_agent(source.path) else ""
    session = Session(alone)
    lines = yield from _feed(session, source)
    for path in source.companions:
        agent = Session(_agent_id(path))
        stream = documents.documents(documents.chunks_of(path), file=str(path))
        lines += yield from _feed(agent, Source(path, stream))
        session.adopt(agent)
    record = session.record(NAME, lines=lines)
    if record.steps and record.external_id:
        yield record
    elif record.steps:
        yield source.unreadable(1, "no line of the session has a `sessionId`")
    else:
        seen = ", ".join(f"{count} {kind}" for kind, count in session.seen.items())
        reason = f"holds no conversation, only {seen or 'nothing that can be read'}"
        yield Unreadable(source.file, 1, reason, empty=True)


def _feed(session: Session, source: Source) -> Generator[Unreadable, None, int]:
    """Give a file's lines to the session; hand back how many there were."""
    lines = 0
    for document in source:
        if isinstance(document, Unreadable):
            yield document
            continue
        lines += 1
        try:
            entries = _decoded(document.raw)
        except ValueError as error:
            yield source.unreadable(document.line, str(error))
            continue
        for raw, entry in entries:
            session.add(entry, raw)
    return lines


def _decoded(raw: bytes) -> list[tuple[bytes, Entry]]:
    """Decode a line; one on which two objects were run together gives both."""
    try:
        return [(raw, _entry(raw))]
    except ValueError:
        parts = documents.several(raw)
        if not parts:
            raise
        return [(part, _entry(part)) for part in parts]


def _entry(raw: bytes) -> Entry:
    try:
        return _entries.decode(raw)
    except msgspec.ValidationError:
        return _entry_without_nulls(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _entry_without_nulls(documents.mended(raw, error))


def _entry_without_nulls(raw: bytes) -> Entry:
    """Read a line again as if what is null were not there: versions differ in that."""
    try:
        told = _without_nulls(msgspec.json.decode(raw))
        return _entries.decode(msgspec.json.encode(told))
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        # The arguments of a call are the agent's own, nulls included.
        return {
            name: part if name == "input" else _without_nulls(part)
            for name, part in value.items()
            if part is not None
        }
    return (
        [_without_nulls(part) for part in value] if isinstance(value, list) else value
    )


class Companions:
    """Files of subagents beside the sessions that they belong to."""

    def __init__(self) -> None:
        self._beside: dict[Path, dict[str, list[Path]]] = {}

    def of(self, session: Path) -> list[Path]:
        """List the files of a session's subagents, in both layouts that exist."""
        folder, name = _key(session)
        within = sorted((folder / name / "subagents").glob("agent-*.jsonl*"))
        return within + self._siblings(folder).get(name, [])

    def without(self, found: list[Path]) -> list[Path]:
        """Leave out the subagents' files that will be read with their session."""
        sessions = {_key(path) for path in found if not _is_agent(path)}
        return [
            path
            for path in found
            if not (_is_agent(path) and self._owner(path) in sessions)
        ]

    def _owner(self, path: Path) -> tuple[Path, str]:
        if path.parent.name == "subagents":
            return _key(path.parent.parent)
        siblings = self._siblings(path.parent).items()
        names = [name for name, paths in siblings if path in paths]
        return path.parent, names[0] if names else ""

    def _siblings(self, folder: Path) -> dict[str, list[Path]]:
        """Index the subagents' files of a folder by session, once."""
        if folder not in self._beside:
            index: dict[str, list[Path]] = defaultdict(list)
            for path in sorted(folder.glob("agent-*.jsonl*")):
                index[_session_named_in(path)].append(path)
            self._beside[folder] = index
        return self._beside[folder]


def _is_agent(path: Path) -> bool:
    return path.name.startswith("agent-")


def _key(path: Path) -> tuple[Path, str]:
    return path.parent, path.name.split(".", 1)[0]


def _agent_id(path: Path) -> str:
    return _key(path)[1].removeprefix("agent-")


def _session_named_in(path: Path) -> str:
    stream = documents.documents(documents.chunks_of(path), file=str(path))
    first = next(stream, None)
    if not isinstance(first, Document):
        return ""
    try:
        return _entry(first.raw).session_id
    except ValueError:
        return ""
