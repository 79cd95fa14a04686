"""The queue: whose turn it is, in which order, and how much of it there is.

Sections follow the next act that is needed. Within one, grave risk comes first and then
whatever has waited longest. Every list is one query and pages by position.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from django.db.models import (
    Count,
    Q,
    QuerySet,
)
from django.utils import timezone

from reviews.audit.actors import Actor
from reviews.memory.models import Store
from reviews.proposals import states
from reviews.proposals.models import Approval, Proposal
from reviews.teams.models import Team

Section = Literal["your-turn", "returned", "moved", "waiting", "snoozed", "decided"]
SECTIONS: dict[Section, str] = {
    "your-turn": "Your turn",
    "returned": "Returned",
    "moved": "Needs attention",
    "waiting": "Waiting on others",
    "snoozed": "Snoozed",
    "decided": "Recently decided",
}
SIZE = 50
State = Proposal.State
SETTLED = (
    State.APPLIED,
    State.REJECTED,
    State.ROLLED_BACK,
    State.SUPERSEDED,
    State.SPLIT_OFF,
    State.WITHDRAWN,
)


class Page(NamedTuple):
    """Some proposals, and the cursor of the next page; empty at the end."""

    rows: list[Proposal]
    next: str


def section(
    scope: Team | Store, name: Section, *, by: Actor, now: datetime | None = None
) -> QuerySet[Proposal]:
    """One section's proposals, in the order in which they are to be looked at."""
    moment = now or timezone.now()
    rows = within(scope).filter(_is_in(name, by, moment))
    if name == "decided":
        return rows.order_by("-settled_at", "-pk")
    return rows.order_by("gravity", "waiting_since", "pk")


def counts(
    scope: Team | Store, *, by: Actor, now: datetime | None = None
) -> dict[Section, int]:
    """How many wait in each section, in one query; decided ones are not counted."""
    moment = now or timezone.now()
    names: list[Section] = [name for name in SECTIONS if name != "decided"]
    found = (
        within(scope)
        .filter(state__in=states.UNDECIDED)
        .aggregate(
            **{
                name.replace("-", "_"): Count("pk", filter=_is_in(name, by, moment))
                for name in names
            }
        )
    )
    return {name: found[name.replace("-", "_")] for name in names}


def within(scope: Team | Store) -> QuerySet[Proposal]:
    """A team's proposals, or one store's."""
    if isinstance(scope, Store):
        return Proposal.objects.filter(store=scope)
    return Proposal.objects.filter(store__team=scope)


def filtered(rows: QuerySet[Proposal], wanted: Mapping[str, str]) -> QuerySet[Proposal]:
    """Narrow a list by store, risk, kind, family, flag, engine, or words of the title."""
    filters = {
        "store": "store__name",
        "risk": "risk",
        "kind": "operations__kind",
        "family": "family",
        "engine": "engine",
        "q": "title__icontains",
    }
    for name, lookup in filters.items():
        if wanted.get(name):
            rows = rows.filter(**{lookup: wanted[name]})
    if wanted.get("flag"):
        rows = rows.filter(flags__contains=[wanted["flag"]])
    return rows.distinct() if wanted.get("kind") else rows


def page(rows: QuerySet[Proposal], after: str = "", size: int = SIZE) -> Page:
    """The rows behind the cursor, with what a list shows of each already fetched.

    A cursor that cannot be read is the beginning. Rows are of ``section``.
    """
    decided = rows.query.order_by[0] == "-settled_at"
    position = _beyond(after, decided=decided)
    if position is not None:
        rows = rows.filter(position)
    shown = rows.select_related("store").prefetch_related("operations")
    found = list(shown[: size + 1])
    more = len(found) > size
    return Page(found[:size], _cursor(found[size - 1], decided=decided) if more else "")


def next_after(
    scope: Team | Store, proposal: Proposal, *, by: Actor
) -> Proposal | None:
    """What to look at after this one: the next of the queue, else its first."""
    rows = section(scope, "your-turn", by=by).exclude(pk=proposal.pk)
    cursor = _cursor(proposal, decided=False)
    following = rows.filter(_beyond(cursor, decided=False) or Q())
    return following.first() or rows.first()


def _is_in(name: Section, by: Actor, moment: datetime) -> Q:
    """What puts a proposal into a section; each is in one at most."""
    asleep = Q(snoozed_until__gt=moment)
    awake = Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=moment)
    moved = Q(state=State.NEEDS_ATTENTION) | (Q(state=State.OPEN) & ~Q(attention=""))
    fresh = Q(state=State.OPEN, attention="")
    others = Q(state__in=[State.HELD, State.CHANGES_REQUESTED])
    match name:
        case "your-turn":
            return awake & fresh & Q(returned__isnull=True) & ~_endorsed(by)
        case "returned":
            return awake & fresh & Q(returned__isnull=False) & ~_endorsed(by)
        case "moved":
            return awake & moved
        case "waiting":
            return others | (awake & fresh & _endorsed(by))
        case "snoozed":
            return asleep & ~others & Q(state__in=states.WAITING)
        case "decided":
            return Q(settled_at__isnull=False, state__in=SETTLED)


def _endorsed(by: Actor) -> Q:
    """Whether this person has approved already, and another has to."""
    given = Approval.objects.filter(
        by=str(by), void_at__isnull=True, proposal__state=State.OPEN
    )
    return Q(pk__in=given.values("proposal"))


GRAVITY: dict[str, int] = {"high": 0, "medium": 1, "low": 2}


def _cursor(proposal: Proposal, *, decided: bool) -> str:
    if decided:
        at = proposal.settled_at
        return f"{at.isoformat() if at else ''}~{proposal.pk}"
    at = proposal.waiting_since
    return f"{GRAVITY[proposal.risk]}~{at.isoformat()}~{proposal.pk}"


def _beyond(cursor: str, *, decided: bool) -> Q | None:
    """What follows a cursor in its order; None when it is none."""
    try:
        *gravity, at, key = cursor.split("~")
        moment, pk = datetime.fromisoformat(at), int(key)
        rank = int(gravity[0]) if gravity else 0
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    if decided:
        return Q(settled_at__lt=moment) | Q(settled_at=moment, pk__lt=pk)
    later = Q(waiting_since__gt=moment) | Q(waiting_since=moment, pk__gt=pk)
    return Q(gravity__gt=rank) | (Q(gravity=rank) & later)


def sizes(rows: Sequence[Proposal]) -> dict[int, dict[str, Any]]:
    """For each proposal of a page: quotes for and against, and approvals, in two queries."""
    keys = [row.pk for row in rows]
    quotes = (
        Proposal.objects.filter(pk__in=keys)
        .annotate(
            quotes_for=Count("operations__evidence", filter=_stance("for")),
            quotes_against=Count("operations__evidence", filter=_stance("against")),
        )
        .values_list("pk", "quotes_for", "quotes_against")
    )
    approvals = (
        Approval.objects.filter(proposal__in=keys, void_at__isnull=True)
        .values("proposal")
        .annotate(given=Count("pk"))
        .values_list("proposal", "given")
    )
    given = dict(approvals)
    return {
        key: {"for": pro, "against": contra, "approvals": given.get(key, 0)}
        for key, pro, contra in quotes
    }


def _stance(stance: str) -> Q:
    return Q(operations__evidence__stance=stance)
