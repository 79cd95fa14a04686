"""Stores as pages show them: how much each says, who reads it, what nobody answers for."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Func, IntegerField, OuterRef, Subquery, Sum

from reviews.memory.models import Memory, Store, Subscription, Version
from reviews.proposals import answers, states
from reviews.proposals.models import Proposal
from reviews.teams.models import Team
from reviews.traces.models import Reading


class RuleCount(Func):
    """How many rules a revision holds, counted in the database."""

    function = "jsonb_array_length"
    output_field = IntegerField()


@dataclass(frozen=True)
class Reader:
    """An agent that subscribes to a store, and the newest version that it has taken."""

    agent: str
    number: int | None
    at: datetime | None


@dataclass(frozen=True)
class StoreRow:
    """One store in the list."""

    store: Store
    memories: int
    rules: int
    tokens: int
    pending: int
    readers: list[Reader]
    last: Version | None
    # Lines at the head that nobody answers for.
    unapproved: int

    @property
    def read(self) -> Reader | None:
        """Whoever took a version last."""
        return latest(self.readers)


def rows(team: Team) -> list[StoreRow]:
    """The team's stores by name, with all that a list shows of them, in six queries."""
    stores = list(Store.objects.filter(team=team).order_by("name"))
    waiting = Proposal.objects.filter(
        store__in=stores, state__in=states.TO_DECIDE
    ).values_list("store")
    pending = dict(waiting.annotate(Count("pk")).order_by())
    newest = Version.objects.filter(store__in=stores, number=F("store__head"))
    last = {version.store_id: version for version in newest}
    sizes, reading = _sizes(stores), _readers(stores)
    unapproved = answers.unapproved(stores)
    nothing = {"memories": 0, "rules": 0, "tokens": 0}
    return [
        StoreRow(
            store=store,
            pending=pending.get(store.pk, 0),
            readers=reading[store.pk],
            last=last.get(store.pk),
            unapproved=sum(unapproved[store.pk].values()),
            **sizes.get(store.pk, nothing),
        )
        for store in stores
    ]


def readers(store: Store) -> list[Reader]:
    """The agents that subscribe to a store, by name, in one query."""
    return _readers([store])[store.pk]


def latest(readers: Sequence[Reader]) -> Reader | None:
    """Whoever took a version last."""
    took = [reader for reader in readers if reader.at]
    return max(took, key=_at, default=None)


def _sizes(stores: Sequence[Store]) -> dict[int, dict[str, int]]:
    """Memories, rules and tokens at each head."""
    found = (
        Memory.objects.filter(store__in=stores, path__isnull=False)
        .values_list("store")
        .annotate(
            Count("pk"), rules=Sum(RuleCount("head__rules")), tokens=Sum("head__tokens")
        )
        .order_by()
    )
    return {
        store: {"memories": memories, "rules": rules, "tokens": tokens}
        for store, memories, rules, tokens in found
    }


def _readers(stores: Sequence[Store]) -> dict[int, list[Reader]]:
    """Subscribers by store, each with the newest version that it has taken."""
    own = Reading.objects.filter(agent=OuterRef("agent"), store=OuterRef("store"))
    newest = own.order_by("-number", "-last_at")
    found: dict[int, list[Reader]] = defaultdict(list)
    rows = (
        Subscription.objects.filter(store__in=stores)
        .order_by("agent__name")
        .values_list(
            "store",
            "agent__name",
            Subquery(newest.values("number")[:1]),
            Subquery(newest.values("last_at")[:1]),
        )
    )
    for store, agent, number, at in rows:
        found[store].append(Reader(agent, number, at))
    return found


def _at(reader: Reader) -> float:
    return reader.at.timestamp() if reader.at else 0.0
