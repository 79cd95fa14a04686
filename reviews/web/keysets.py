"""Pages of a long list by position, not by number: as fast at the end as at the start.

The list is newest first: by one descending column, or by it and then by key.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Model, Q, QuerySet

SIZE = 50
SEPARATOR = "~"


@dataclass(frozen=True)
class Page[M: Model]:
    """Some rows, where they begin, and where the older ones do."""

    rows: list[M]
    # The cursors of this page and of the next; empty where there is none.
    after: str = ""
    older: str = ""


def page[M: Model](
    rows: QuerySet[M], *, by: str = "pk", after: str = "", size: int = SIZE
) -> Page[M]:
    """The rows that follow the cursor; a cursor that cannot be read is the beginning."""
    order = [f"-{by}"] if by == "pk" else [f"-{by}", "-pk"]
    position = _read(after, by)
    if position is not None:
        rows = rows.filter(position)
    found = list(rows.order_by(*order)[: size + 1])
    older = _write(found[size - 1], by) if len(found) > size else ""
    return Page(found[:size], after if position is not None else "", older)


def _write(row: Model, by: str) -> str:
    if by == "pk":
        return str(row.pk)
    value = getattr(row, by)
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"{text}{SEPARATOR}{row.pk}"


def _read(cursor: str, by: str) -> Q | None:
    """What lies beyond the cursor."""
    value, separator, key = cursor.rpartition(SEPARATOR)
    if not key.isdecimal() or len(key) > 18:
        return None
    if by == "pk":
        return Q(pk__lt=int(key)) if not separator else None
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            return None
        # PostgreSQL knows fewer time zones than an address may name.
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Q(**{f"{by}__lt": at}) | Q(**{by: at, "pk__lt": int(key)})
