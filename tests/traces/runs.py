"""Traces for tests, as a format would have read them."""

from itertools import count
from typing import Any

from reviews.traces.steps import Record, Step

_numbers = count(1)


def steps(*said: str, **fields: Any) -> list[Step]:
    """A conversation: a person and an agent in turns."""
    actors = ("person", "agent")
    return [
        Step(index, "message", actors[index % 2], text, **fields)
        for index, text in enumerate(said)
    ]


def a_record(external_id: str = "", *said: str, **fields: Any) -> Record:
    fields.setdefault("steps", steps(*(said or ("Please refund me.", "Done."))))
    return Record(
        external_id=external_id or f"run-{next(_numbers)}",
        format=fields.pop("format", "dreamboard"),
        **fields,
    )
