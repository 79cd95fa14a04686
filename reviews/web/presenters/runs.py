"""A timeline made shorter: what one actor did within ten minutes stands as one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from reviews.memory.models import Version
from reviews.web.presenters.history import Row

WITHIN = timedelta(minutes=10)
# Two rows are as short as one row and the line that says what is folded.
LEAST = 3
PLAIN = {Version.Kind.DECISION, Version.Kind.EDIT}


@dataclass(frozen=True)
class Sitting:
    """Rows of one actor in one go: the newest, and those that fold below it."""

    row: Row
    rest: tuple[Row, ...] = ()

    @property
    def last(self) -> Row:
        """The oldest of them."""
        return self.rest[-1] if self.rest else self.row


def sittings(rows: Sequence[Row]) -> list[Sitting]:
    """Rows, newest first, with those that follow closely folded under their first.

    What has a name, or takes something back, is never folded away.
    """
    found: list[list[Row]] = []
    for row in rows:
        if found and _belongs(row, found[-1]):
            found[-1].append(row)
        else:
            found.append([row])
    return [one for group in found for one in _folded(group)]


def _folded(group: list[Row]) -> list[Sitting]:
    if len(group) < LEAST:
        return [Sitting(row) for row in group]
    return [Sitting(group[0], tuple(group[1:]))]


def _belongs(row: Row, group: list[Row]) -> bool:
    first, last = group[0].version, row.version
    return (
        (first.store_id, first.by) == (last.store_id, last.by)
        and first.at - last.at <= WITHIN
        and {first.kind, last.kind} <= PLAIN
        and not row.tags
    )
