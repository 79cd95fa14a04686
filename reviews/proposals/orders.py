"""The orders in which a queue is worked through, and positions in them.

A position is the values of one row in the order's columns, so a page, the next one and
"12 of 200" are found by comparing, never by counting off rows that were read before.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from django.db.models import (
    Expression,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from reviews.proposals.models import Operation, Proposal

type Sort = Literal["risk", "waiting", "newest", "evidence"]
type Group = Literal["", "store", "path", "family"]

SORTS: dict[Sort, str] = {
    "risk": "Gravest, then longest waiting",
    "waiting": "Longest waiting",
    "newest": "Newest",
    "evidence": "Most evidence",
}
GROUPS: dict[Group, str] = {
    "": "Nothing",
    "store": "Store",
    "path": "Memory",
    "family": "Pattern",
}
SEPARATOR = "~"
GRAVITY: dict[str, int] = {"high": 0, "medium": 1, "low": 2}


class Column(NamedTuple):
    """One thing that rows are put in order of."""

    name: str
    of: Callable[[Proposal], Any]
    read: Callable[[str], Any]
    descending: bool = False

    @property
    def after(self) -> str:
        """The lookup for what stands behind a value."""
        return f"{self.name}__{'lt' if self.descending else 'gt'}"


@dataclass(frozen=True)
class Order:
    """Some columns, the last of which is the key, so that no two rows stand alike."""

    columns: tuple[Column, ...]
    computed: Mapping[str, Expression] = field(default_factory=dict)

    def sort(self, rows: QuerySet[Proposal]) -> QuerySet[Proposal]:
        """These rows in this order."""
        names = [f"-{one.name}" if one.descending else one.name for one in self.columns]
        return self.compute(rows).order_by(*names)

    def compute(self, rows: QuerySet[Proposal]) -> QuerySet[Proposal]:
        """These rows with whatever the columns need beside the table's own."""
        return rows.alias(**self.computed) if self.computed else rows

    def backwards(self) -> "Order":
        """The same order from its end."""
        turned = (one._replace(descending=not one.descending) for one in self.columns)
        return Order(tuple(turned), self.computed)

    def position(self, proposal: Proposal) -> str:
        """Where a proposal stands, as text."""
        return SEPARATOR.join(_written(one.of(proposal)) for one in self.columns)

    def beyond(self, position: str) -> Q | None:
        """What follows a position; None when it is none."""
        parts = position.rsplit(SEPARATOR, len(self.columns) - 1)
        try:
            values = [
                one.read(part) for one, part in zip(self.columns, parts, strict=True)
            ]
        except (ValueError, OverflowError):
            return None
        found = Q()
        for column, value in reversed(list(zip(self.columns, values, strict=True))):
            behind = Q(**{column.after: value})
            found = behind | (Q(**{column.name: value}) & found) if found else behind
        # Says the same once more, in a form that an index can begin at.
        first = self.columns[0]
        return Q(**{f"{first.after}e": values[0]}) & found


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _number(text: str) -> int:
    if len(text) > 18:
        raise ValueError(text)
    return int(text)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    # PostgreSQL knows fewer time zones than an address may name.
    return moment.astimezone(UTC)


def _path(proposal: Proposal) -> str:
    first = proposal.operations.order_by("position").first()
    return first.path if first else ""


KEY = Column("pk", lambda row: row.pk, _number)
GRAVEST = Column("gravity", lambda row: GRAVITY[row.risk], _number)
WAITING = Column("waiting_since", lambda row: row.waiting_since, _moment)
NEWEST = Column("created_at", lambda row: row.created_at, _moment, descending=True)
MOST = Column("groups_for", lambda row: support(row), _number, descending=True)
SETTLED = Column(
    "settled_at", lambda row: row.settled_at or row.created_at, _moment, descending=True
)
# The most recent of equally recent ones is the one with the greater key.
LAST = KEY._replace(descending=True)
SORTED: Mapping[Sort, tuple[Column, ...]] = {
    "risk": (GRAVEST, WAITING, KEY),
    "waiting": (WAITING, KEY),
    "newest": (NEWEST, LAST),
    "evidence": (MOST, WAITING, KEY),
}
GROUPED: Mapping[Group, Column] = {
    "store": Column("store__name", lambda row: row.store.name, str),
    "path": Column("first_path", _path, str),
    "family": Column("family", lambda row: row.family, str),
}
COMPUTED: Mapping[str, Expression] = {
    "groups_for": Coalesce(
        Cast(KeyTextTransform("groups", F("counts")), IntegerField()), 0
    ),
    "first_path": Coalesce(
        Subquery(
            Operation.objects.filter(proposal=OuterRef("pk"))
            .order_by("position")
            .values("path")[:1]
        ),
        Value(""),
    ),
}
DECIDED = Order((SETTLED, LAST))


def order(sort: Sort = "risk", group: Group = "") -> Order:
    """The order of a queue, one group after the other where it has groups."""
    columns = SORTED[sort]
    if group:
        columns = (GROUPED[group], *columns)
    needed = {one.name: COMPUTED[one.name] for one in columns if one.name in COMPUTED}
    return Order(columns, needed)


def support(proposal: Proposal) -> int:
    """How many independent groups stand behind a proposal."""
    return int(proposal.counts.get("groups") or 0)
