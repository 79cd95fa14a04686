"""Formats of traces, one module each: detected by content, or refused.

``read`` goes over files and folders and yields what it finds. A format is a module with
``NAME``, ``recognises(value)`` and ``records(source)``.
"""

import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

from reviews.traces import documents
from reviews.traces.documents import Document, Unreadable
from reviews.traces.formats import aider, chat, claude_code, managed_agents, own
from reviews.traces.formats.source import Source
from reviews.traces.steps import Record

__all__ = ["FORMATS", "SUFFIXES", "Record", "Unreadable", "files", "read", "read_files"]

FORMATS: dict[str, ModuleType] = {
    m.NAME: m for m in (own, chat, managed_agents, claude_code, aider)
}
# What is read below a folder, each also packed as .gz.
SUFFIXES = (".json", ".jsonl", ".ndjson")
# A session may open with bookkeeping; so many values are looked at before giving up.
_LOOK_AT = 50


def read(
    path: Path | str,
    *,
    format: str | None = None,  # noqa: A002
) -> Iterator[Record | Unreadable]:
    """Read the traces in a file, or in all JSON files below a folder.

    Without a format it is detected for each file by its content; a file that is none
    of them is reported, never guessed.
    """
    for _, entries in read_files([path], format=format):
        yield from entries


def read_files(
    paths: Iterable[Path | str],
    *,
    format: str | None = None,  # noqa: A002
) -> list[tuple[Path, Iterator[Record | Unreadable]]]:
    """List the files of many paths, each once, with what is read from it when asked."""
    if format is not None and format not in FORMATS:
        known = ", ".join(FORMATS)
        raise ValueError(f"There is no format “{format}”; there are {known}.")
    found = dict.fromkeys(file for path in paths for file in files(path))
    companions = claude_code.Companions()
    return [
        (file, _read_file(file, format, companions))
        for file in companions.without(list(found))
    ]


def files(path: Path | str) -> list[Path]:
    """List the files to read: the one named, or the JSON files below a folder."""
    start = Path(path)
    if not start.is_dir():
        return [start]
    # A folder that cannot be looked into is listed too: reading it says why.
    closed: list[OSError] = []
    found = [
        file
        for folder, _, names in os.walk(start, onerror=closed.append)
        for file in (Path(folder, name) for name in names)
        if _is_candidate(file)
    ]
    return sorted(found + [Path(error.filename) for error in closed])


def _is_candidate(file: Path) -> bool:
    name = file.name.lower().removesuffix(".gz")
    return name.endswith((*SUFFIXES, *aider.NAMES)) and file.is_file()


def _read_file(
    file: Path, name: str | None, companions: claude_code.Companions
) -> Iterator[Record | Unreadable]:
    if name == aider.NAME or (name is None and aider.is_log(file)):
        yield from aider.records(Source(file, iter(())))
        return
    stream = documents.documents(documents.chunks_of(file), file=str(file))
    looked_at: list[Document | Unreadable] = []
    reader = FORMATS[name] if name else _detect(stream, looked_at)
    if reader is None:
        yield from _refusal(file, looked_at)
        return
    source = Source(file, chain(looked_at, stream), companions.of(file))
    yield from reader.records(source)


def _detect(
    stream: Iterator[Document | Unreadable], looked_at: list[Document | Unreadable]
) -> ModuleType | None:
    """Look at values until one is recognised; what was looked at is kept for reading."""
    for document in stream:
        looked_at.append(document)
        for value in _values(document):
            for reader in FORMATS.values():
                if reader.recognises(value):
                    return reader
        if len(looked_at) >= _LOOK_AT:
            break
    return None


def _values(document: Document | Unreadable) -> list[dict[str, Any]]:
    if isinstance(document, Unreadable):
        return []
    try:
        value = documents.decode(document.raw)
    except ValueError:
        return []
    return [value] if isinstance(value, dict) else []


def _refusal(
    file: Path, looked_at: list[Document | Unreadable]
) -> Iterator[Unreadable]:
    """Say that a file is no trace, and what was seen in it instead."""
    troubles = [entry for entry in looked_at if isinstance(entry, Unreadable)]
    first = next((entry for entry in looked_at if isinstance(entry, Document)), None)
    values = _values(first) if first else []
    if values:
        seen = ", ".join(list(values[0])[:6]) or "nothing"
        reason = f"not a known format of traces; an object here has: {seen}"
    elif first:
        reason = "not a known format of traces; no object here can be read"
    elif troubles:
        yield from troubles
        return
    else:
        reason = "empty"
    yield Unreadable(str(file), first.line if first else 1, reason)
