"""Dreamboard's own documented JSON (``docs/traces.md``)."""

from collections.abc import Iterator
from typing import Any

from reviews.traces import payloads
from reviews.traces.documents import Document, Unreadable
from reviews.traces.formats.source import Source
from reviews.traces.steps import Record

NAME = payloads.FORMAT


def recognises(value: dict[str, Any]) -> bool:
    """Whether an object is meant as a trace of ours; it may still be a faulty one."""
    steps = value.get("steps")
    if not isinstance(steps, list):
        return False
    return "external_id" in value or any(
        isinstance(step, dict) and ("kind" in step or "actor" in step) for step in steps
    )


def records(source: Source) -> Iterator[Record | Unreadable]:
    """Read each document as one trace."""
    for document in source:
        if isinstance(document, Document):
            yield payloads.read(document, source.file)
        else:
            yield document
