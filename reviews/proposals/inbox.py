"""The queue: whose turn it is, in which order, and how much of it there is.

Sections follow the next act that is needed; everything undecided is in exactly one.
What somebody was asked for by name is theirs, wherever it stands; what was given to one
person is no longer everybody's.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from django.db.models import (
    Count,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.utils import timezone

from reviews.audit.actors import Actor
from reviews.memory.models import Store
from reviews.proposals import ahead, counts, orders, states
from reviews.proposals.models import Approval, Proposal, Turn, Wording
from reviews.proposals.orders import Order
from reviews.teams.models import Team

type Section = Literal[
    "your-turn", "returned", "moved", "waiting", "snoozed", "decided", "all"
]
SECTIONS: dict[Section, str] = {
    "your-turn": "Your turn",
    "returned": "Returned",
    "moved": "Needs attention",
    "waiting": "Waiting on others",
    "snoozed": "Snoozed",
    "decided": "Recently decided",
}
# Every section but what is decided, in one list: what a search looks through.
ALL: Section = "all"
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
FIRST = orders.order()
# What no list shows.
HEAVY = ("because", "alternatives", "trigger", "groups")


class Page(NamedTuple):
    """Some proposals, and the position where the next page begins; empty at the end."""

    rows: list[Proposal]
    next: str


def section(
    scope: Team | Store, name: Section, *, by: Actor, now: datetime | None = None
) -> QuerySet[Proposal]:
    """One section's proposals, in the order in which they are to be looked at."""
    rows = within(scope).filter(_is_in(name, by, now or timezone.now()))
    return order_of(name).sort(rows)


def order_of(
    name: Section, sort: orders.Sort = "risk", group: orders.Group = ""
) -> Order:
    """A section's order: what is decided stands newest first, whatever is asked for."""
    return orders.DECIDED if name == "decided" else orders.order(sort, group)


class Tally(NamedTuple):
    """How much waits in each section, and how much has waited longer than it should."""

    counts: dict[Section, int]
    # Of what waits for somebody to decide: your turn, returned, needing attention.
    waiting: int
    late: int


# What people have to decide, and for how long it waits is their doing.
OURS: tuple[Section, ...] = ("your-turn", "returned", "moved")


def tally(scope: Team | Store, *, by: Actor, now: datetime | None = None) -> Tally:
    """Count everything undecided once; decided ones are not counted."""
    found = counts.by_section(scope, by, now or timezone.now())
    names: list[Section] = [name for name in SECTIONS if name != "decided"]
    return Tally(
        {name: found.get(name, (0, 0))[0] for name in names},
        sum(found.get(name, (0, 0))[0] for name in OURS),
        sum(found.get(name, (0, 0))[1] for name in OURS),
    )


def waiting(scope: Team | Store, *, by: Actor, most: int) -> int:
    """How much is somebody's turn, in one query; open ones are counted up to ``most``."""
    return ahead.count(scope, by=by, most=most)


def slowest_tenth(scope: Team | Store, *, by: Actor) -> datetime | None:
    """Since when the slowest tenth of what people have to decide has waited: its p90."""
    moment = timezone.now()
    ours = _is_in("your-turn", by, moment) | _is_in("returned", by, moment)
    rows = within(scope).filter(ours | _is_in("moved", by, moment))
    since = rows.order_by("waiting_since").values_list("waiting_since", flat=True)
    return since[rows.count() // 10 :].first()


def within(scope: Team | Store) -> QuerySet[Proposal]:
    """A team's proposals, or one store's."""
    if isinstance(scope, Store):
        return Proposal.objects.filter(store=scope)
    return Proposal.objects.filter(store__team=scope)


def page(
    rows: QuerySet[Proposal], after: str = "", size: int = SIZE, order: Order = FIRST
) -> Page:
    """The rows behind a position, with what a list shows of each already fetched.

    A position that cannot be read is the beginning.
    """
    position = order.beyond(after)
    rows = order.sort(rows)
    if position is not None:
        rows = rows.filter(position)
    wording = Wording.objects.filter(
        proposal=OuterRef("pk"), number=OuterRef("wording")
    )
    approvals = Approval.objects.filter(proposal=OuterRef("pk"), void_at__isnull=True)
    given = approvals.values("proposal").annotate(given=Count("pk")).values("given")
    shown = (
        rows.select_related("store")
        .prefetch_related("operations")
        .defer(*HEAVY)
        .annotate(texts=Subquery(wording.values("texts")), given=Subquery(given))
    )
    found: list[Proposal] = [*shown[: size + 1]]
    more = len(found) > size
    return Page(found[:size], order.position(found[size - 1]) if more else "")


def next_after(
    scope: Team | Store, proposal: Proposal, *, by: Actor
) -> Proposal | None:
    """What to look at after this one: the next of the queue, else its first."""
    return ahead.following(scope, proposal, by=by)


def following(
    rows: QuerySet[Proposal], proposal: Proposal, order: Order = FIRST
) -> Proposal | None:
    """The next of a list, else its first; whether or not the proposal is in it."""
    others = order.sort(rows.exclude(pk=proposal.pk)).select_related("store")
    behind = order.beyond(order.position(proposal)) or Q()
    return others.filter(behind).first() or others.first()


def place(
    rows: QuerySet[Proposal], proposal: Proposal, order: Order = FIRST
) -> tuple[int, int]:
    """Where a proposal stands in a list, from 1, and how long the list is."""
    before = order.backwards().beyond(order.position(proposal)) or Q()
    found = order.compute(rows).aggregate(
        before=Count("pk", filter=before), every=Count("pk")
    )
    return found["before"] + 1, found["every"]


def _is_in(name: Section, by: Actor, moment: datetime) -> Q:
    """What puts a proposal into a section; each is in one at most.

    Written so that the index of open proposals serves the sections of open ones.
    """
    awake, asleep = _awake(moment), Q(snoozed_until__gt=moment)
    asked = Q(pk__in=_asked(by))
    others = _endorsed(by) | _given_to_others(by)
    fresh = awake & Q(state=State.OPEN, attention="") & ~asked & ~others
    sent_back = Q(state=State.CHANGES_REQUESTED)
    moved = Q(state=State.NEEDS_ATTENTION) | (Q(state=State.OPEN) & ~Q(attention=""))
    match name:
        case "your-turn":
            mine = _is_ordinary(by, moment)
            elsewhere = _asked(by, state__in=_ASIDE)
            keys = list(elsewhere.values_list("proposal", flat=True))
            return mine | (awake & Q(pk__in=keys)) if keys else mine
        case "returned":
            return fresh & Q(returned__isnull=False)
        case "moved":
            return awake & moved & ~asked
        case "waiting":
            open_ = awake & Q(state=State.OPEN, attention="") & others & ~asked
            return Q(state=State.HELD) | (sent_back & ~(asked & awake)) | open_
        case "snoozed":
            return asleep & Q(state__in=states.TO_DECIDE)
        case "decided":
            return Q(settled_at__isnull=False, state__in=SETTLED)
        case "all":
            return Q(state__in=states.UNDECIDED)


def _is_ordinary(by: Actor, moment: datetime) -> Q:
    """What is open and somebody's turn: because it was asked of them, or of nobody."""
    others = _endorsed(by) | _given_to_others(by)
    ordinary = Q(attention="", returned__isnull=True) & ~others
    return _awake(moment) & Q(state=State.OPEN) & (Q(pk__in=_asked(by)) | ordinary)


# Waiting, and yet not open: where a turn leads out of the ordinary queue.
_ASIDE = (State.CHANGES_REQUESTED, State.NEEDS_ATTENTION)


def _awake(moment: datetime) -> Q:
    return Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=moment)


def _asked(by: Actor, state__in: Sequence[str] = ()) -> QuerySet[Turn, int]:
    """What waits for this person by name. Programs are never asked."""
    turns = Turn.objects.filter(user__username=by.name if by.kind == "person" else "")
    if state__in:
        turns = turns.filter(proposal__state__in=state__in)
    return turns.values_list("proposal", flat=True)


def _given_to_others(by: Actor) -> Q:
    """Whether somebody else was asked to see to it."""
    given = Turn.objects.filter(why=Turn.Why.ASSIGNED).exclude(user__username=by.name)
    return Q(pk__in=given.values("proposal"))


def _endorsed(by: Actor) -> Q:
    """Whether this person has approved already, and another has to."""
    given = Approval.objects.filter(
        by=str(by), void_at__isnull=True, proposal__state=State.OPEN
    )
    return Q(pk__in=given.values("proposal"))
