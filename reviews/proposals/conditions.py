"""What the terms of a filter ask of the database."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db.models import Exists, F, IntegerField, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from reviews.audit.actors import Actor
from reviews.proposals.models import (
    Approval,
    Comment,
    Evidence,
    Operation,
    Proposal,
    Turn,
)
from reviews.proposals.queries import WORDS, Query, Term

State = Proposal.State
# In the other direction for times: what is older than 7 days began before that.
EARLIER = {">": "lt", ">=": "lte", "": "lte", "<": "gt", "<=": "gte"}
MORE = {">": "gt", ">=": "gte", "": "exact", "<": "lt", "<=": "lte"}
UNITS = {"min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def narrow(
    rows: QuerySet[Proposal], query: Query, *, by: Actor, now: datetime | None = None
) -> QuerySet[Proposal]:
    """Only what every term of the filter lets through."""
    moment = now or timezone.now()
    counted = {
        name: Coalesce(Cast(KeyTextTransform(name, F("counts")), IntegerField()), 0)
        for name in {_COUNTED[term.field] for term in query if term.field in _COUNTED}
    }
    rows = rows.alias(**{f"{name}_counted": one for name, one in counted.items()})
    for term in query:
        condition = _condition(term, by, moment)
        rows = rows.exclude(condition) if term.negated else rows.filter(condition)
    return rows


def _condition(term: Term, by: Actor, moment: datetime) -> Q:
    found = Q()
    for value in term.values:
        found |= _asked(term, value, by, moment)
    return found


_PLAIN: Mapping[str, str] = {
    "risk": "risk",
    "store": "store__name",
    "family": "family",
    "engine": "engine",
}
_COUNTED: Mapping[str, str] = {"evidence": "groups", "against": "against"}
_SINCE: Mapping[str, str] = {"age": "created_at", "waiting": "waiting_since"}


def _asked(term: Term, value: str, by: Actor, moment: datetime) -> Q:
    name = term.field
    if name in _PLAIN:
        return Q(**{_PLAIN[name]: value})
    if name in _COUNTED:
        return Q(**{f"{_COUNTED[name]}_counted__{MORE[term.sign]}": int(value)})
    if name in _SINCE:
        return Q(**{f"{_SINCE[name]}__{EARLIER[term.sign]}": moment - _span(value)})
    if name == "is":
        return _STATES[value](by, moment)
    return _OTHERS[name](value)


def _span(text: str) -> timedelta:
    digits = text.rstrip("minhdw")
    return timedelta(**{UNITS[text.removeprefix(digits)]: int(digits)})


def _said(words: str) -> Q:
    """Words of its title; its name finds a proposal too."""
    found = Q(title__icontains=words)
    number = words.lower().removeprefix("p-")
    if number != words.lower() and number.isdecimal() and len(number) <= 18:
        found |= Q(pk=int(number))
    return found


def _like(name: str) -> Q:
    key = int(name.removeprefix("P-"))
    return Q(pk=key) | Q(resembles=key)


def _operation(**wanted: str) -> Q:
    return Q(Exists(Operation.objects.filter(proposal=OuterRef("pk"), **wanted)))


def _quoting(agent: str) -> Q:
    quotes = Evidence.objects.filter(operation__proposal=OuterRef("pk"), agent=agent)
    return Q(Exists(quotes))


_OTHERS: Mapping[str, Callable[[str], Q]] = {
    WORDS: _said,
    "kind": lambda kind: _operation(kind=kind),
    "path": lambda path: _operation(path__icontains=path),
    "flag": lambda flag: Q(flags__contains=[flag]),
    "agent": _quoting,
    "by": lambda name: Q(by=name) | Q(by__endswith=f":{name}"),
    "like": _like,
}


def _turn(by: Actor, why: Turn.Why) -> Q:
    turns = Turn.objects.filter(user__username=by.name, why=why)
    return Q(pk__in=turns.values("proposal"))


def _unassigned(by: Actor, moment: datetime) -> Q:
    return ~Q(pk__in=Turn.objects.filter(why=Turn.Why.ASSIGNED).values("proposal"))


def _endorsed(by: Actor, moment: datetime) -> Q:
    given = Approval.objects.filter(by=str(by), void_at__isnull=True)
    return Q(pk__in=given.values("proposal"))


def _discussed(by: Actor, moment: datetime) -> Q:
    threads = Comment.objects.filter(thread__isnull=True, resolved_at__isnull=True)
    return Q(pk__in=threads.values("proposal"))


_STATES: Mapping[str, Callable[[Actor, datetime], Q]] = {
    "mine": lambda by, moment: _turn(by, Turn.Why.ASSIGNED),
    "mentioned": lambda by, moment: _turn(by, Turn.Why.MENTIONED),
    "answered": lambda by, moment: _turn(by, Turn.Why.ANSWERED),
    "unassigned": _unassigned,
    "returned": lambda by, moment: Q(returned__isnull=False),
    "stale": lambda by, moment: Q(state=State.NEEDS_ATTENTION) | ~Q(attention=""),
    "snoozed": lambda by, moment: Q(snoozed_until__gt=moment),
    "held": lambda by, moment: Q(state=State.HELD),
    "sent-back": lambda by, moment: Q(state=State.CHANGES_REQUESTED),
    "endorsed": _endorsed,
    "discussed": _discussed,
}
