"""A run narrowed to what one looks for: its quotes, its failures, its tools."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict

from reviews.web.presenters.timeline import Row

LABELS = {"evidence": "Evidence", "errors": "Failures", "tools": "Calls"}


@dataclass(frozen=True)
class Filter:
    """One way to narrow a run, and how much of that there is."""

    name: str
    label: str
    count: int
    # What the address ends in while it holds.
    query: str = ""


def chosen(asked: str) -> str:
    """The filter that the address names, if there is one of that name."""
    return asked if asked in LABELS else ""


def filters(made: Sequence[Row], asked: QueryDict) -> list[Filter]:
    """Every filter with its count, all steps first; what else was asked stays."""
    counts = {
        "evidence": sum(bool(row.quotes) for row in made),
        "errors": sum(row.failed for row in made),
        "tools": sum(row.step.kind == "tool_call" for row in made),
    }
    each = [
        Filter(name, label, counts[name], _query(asked, name))
        for name, label in LABELS.items()
    ]
    return [Filter("", "All steps", len(made), _query(asked, "")), *each]


def _query(asked: QueryDict, only: str) -> str:
    told = asked.copy()
    told.pop("only", None)
    if only:
        told["only"] = only
    return told.urlencode()


def narrowed(made: Sequence[Row], only: str) -> list[Row]:
    """The rows that a filter leaves, in order; a failure with the call that failed."""
    if only == "evidence":
        return [row for row in made if row.quotes]
    if only == "tools":
        return [row for row in made if row.step.kind in ("tool_call", "tool_result")]
    if only == "errors":
        failed = {row.step.index for row in made if row.failed}
        calls = {_asked(row) for row in made if row.failed and row.step.call}
        return [row for row in made if row.step.index in failed | calls]
    return list(made)


def _asked(row: Row) -> int:
    """Where the call stands that this answers: right above, unless it says otherwise."""
    return row.step.index - 1 if row.answers is None else row.answers
