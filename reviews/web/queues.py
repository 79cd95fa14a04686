"""The queue that somebody works through, as it travels from page to page in the address.

A proposal that was opened from the inbox carries the inbox's own query as ``from``, so
the next one, the one before and "12 of 200" are those of that list, and the way back
leads to it. Ask for the next one before deciding: a decision moves what it was in order
of.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from reviews.audit.actors import Actor
from reviews.memory.models import Store
from reviews.proposals import ahead, conditions, inbox, orders, queries
from reviews.proposals.inbox import Section
from reviews.proposals.models import Proposal
from reviews.proposals.orders import Group, Order, Sort
from reviews.teams.models import Team
from reviews.web.requests import Request, actor

# What an address may carry at most; the filter itself has a bound of its own.
LONGEST = 2_000


@dataclass(frozen=True)
class Queue:
    """One section of the inbox, narrowed by store and filter, in an order."""

    team: Team
    by: Actor
    section: Section = "your-turn"
    q: str = ""
    store: str = ""
    sort: Sort = "risk"
    group: Group = ""

    @classmethod
    def of(cls, request: Request) -> "Queue":
        """The queue that this page was opened from; else everything that is one's turn."""
        sent = request.POST if request.method == "POST" else request.GET
        carried = sent.get("from") or request.GET.get("from") or ""
        return cls.asked(request, QueryDict(carried[:LONGEST]))

    @classmethod
    def asked(cls, request: Request, asked: QueryDict) -> "Queue":
        """The queue that an address of the inbox asks for; nonsense is left out."""
        section = asked.get("section", "")
        known = section in inbox.SECTIONS or section == inbox.ALL
        sort, group = asked.get("sort", ""), asked.get("group", "")
        # An address within an address hides a NUL from the door.
        q, store = (asked.get(name, "").replace("\0", "") for name in ("q", "store"))
        return cls(
            team=request.team,
            by=actor(request),
            section=cast(Section, section) if known else "your-turn",
            q=q.strip(),
            store=store,
            sort=sort if sort in orders.SORTS else "risk",
            group=group if group in orders.GROUPS else "",
        )

    @cached_property
    def query(self) -> str:
        """What a form or an address carries on as ``from``; empty for the plain queue."""
        plain = {"section": "your-turn", "q": "", "store": "", "sort": "risk"}
        carried = {
            name: value
            for name in (*plain, "group")
            if (value := str(getattr(self, name))) != plain.get(name, "")
        }
        return urlencode(carried)

    @property
    def url(self) -> str:
        """The list itself."""
        return reverse("web:inbox") + (f"?{self.query}" if self.query else "")

    def address(self, proposal: Proposal) -> str:
        """A proposal's address, as one of this queue."""
        return reverse("web:proposal", args=[proposal.pk]) + self.suffix

    @cached_property
    def asking(self) -> str:
        """The queue as the parameter ``from`` of another address."""
        return urlencode({"from": self.query})

    @cached_property
    def suffix(self) -> str:
        """What an address within this queue ends in."""
        return f"?{self.asking}" if self.query else ""

    @cached_property
    def order(self) -> Order:
        """What stands before what."""
        return inbox.order_of(self.section, self.sort, self.group)

    @cached_property
    def scope(self) -> Team | Store:
        """The team's proposals, or those of the one store that is asked for."""
        if not self.store:
            return self.team
        store = Store.objects.filter(team=self.team, name=self.store).first()
        return store or self.team

    @cached_property
    def mistake(self) -> queries.Mistake | None:
        """Why the filter cannot be read, if it cannot."""
        try:
            queries.parse(self.q)
        except queries.Mistake as mistake:
            return mistake
        return None

    @cached_property
    def filter(self) -> queries.Query:
        """The filter as it is understood; one that cannot be read narrows nothing."""
        return () if self.mistake else queries.parse(self.q)

    @cached_property
    def rows(self) -> QuerySet[Proposal]:
        """Everything in it."""
        rows = inbox.section(self.scope, self.section, by=self.by)
        return conditions.narrow(rows, self.filter, by=self.by)

    @property
    def is_plain(self) -> bool:
        """Whether it is all that is one's turn, in the order in which it came."""
        plain = self.section == "your-turn" and self.order == inbox.FIRST
        return plain and not self.filter

    def keys(self, most: int) -> list[int]:
        """The first of it in order, by key."""
        if self.is_plain:
            return ahead.keys(self.scope, by=self.by, most=most)
        return list(self.order.sort(self.rows).values_list("pk", flat=True)[:most])

    def with_(self, **changes: Any) -> "Queue":
        """Another queue that differs in this."""
        return replace(self, **changes)

    def next(self, proposal: Proposal) -> Proposal | None:
        """What comes after a proposal, and after the last one the first."""
        if self.is_plain:
            return inbox.next_after(self.scope, proposal, by=self.by)
        return inbox.following(self.rows, proposal, self.order)

    def previous(self, proposal: Proposal) -> Proposal | None:
        """What comes before a proposal, and before the first one the last."""
        return inbox.following(self.rows, proposal, self.order.backwards())

    def place(self, proposal: Proposal) -> tuple[int, int]:
        """Where it stands, from 1, and how many there are: 12 of 200.

        One that has left the queue stands where it would be.
        """
        return inbox.place(self.rows, proposal, self.order)
