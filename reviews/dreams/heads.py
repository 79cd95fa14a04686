"""The store's head as an engine sees it: what it says, what it said, how people decided."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Q

from reviews.dreams.engines import Decided, Head, Rule
from reviews.memory import blame, revisions
from reviews.memory.blame import Authored
from reviews.memory.models import Revision, Store
from reviews.proposals.models import Decision

# Decisions that an engine learns from, and revisions that are searched for past rules.
_DECISIONS, _REVISIONS = 500, 500
_Verb = Decision.Verb


def read(store: Store, *, since: datetime | None = None) -> Head:
    """Everything that the store believes now, by path, and rule by rule.

    With ``since``, also the rules that stood at that moment or later and are gone.
    """
    number = Store.objects.values_list("head", flat=True).get(pk=store.pk)
    memories = revisions.authored_head(store)
    rules = tuple(
        rule for path in sorted(memories) for rule in _rules(path, memories[path])
    )
    return Head(
        number=number,
        texts={path: memories[path].text for path in sorted(memories)},
        rules=rules,
        name=store.name,
        past=tuple(_gone(store, since, rules)) if since else (),
        decided=tuple(_decided(store)),
    )


def _rules(path: str, memory: Authored) -> Iterator[Rule]:
    worded = blame.expand(memory.origins or memory.runs)
    for rule in memory.rules:
        yield Rule(
            id=rule.id, path=path, heading=rule.heading, text=rule.text,
            since=max(worded[rule.start : rule.end], default=0),
        )  # fmt: skip


def _gone(store: Store, since: datetime, rules: Iterable[Rule]) -> Iterator[Rule]:
    """Rules that runs may have read and that nobody reads any more, each as it was last."""
    first = revisions.as_of(store, since)
    later = Q(number__gt=first, memory__store=store)
    then = Q(pk__in=revisions.at(store, first).values("pk"))
    known = {rule.id for rule in rules}
    rows = Revision.objects.filter(later | then, content__isnull=False)
    for revision in rows.order_by("-number", "pk")[:_REVISIONS]:
        for rule in _rules(revision.path, revisions.authored(revision)):
            if rule.id not in known:
                known.add(rule.id)
                yield rule


def _decided(store: Store) -> list[Decided]:
    """What people made of engines' proposals here, oldest first."""
    rows = (
        Decision.objects.filter(
            proposal__store=store,
            by__startswith="person:",
            verb__in=(_Verb.APPROVE, _Verb.EDIT, _Verb.REJECT),
        )
        .exclude(proposal__engine="")
        .exclude(state__in=(Decision.State.WITHDRAWN, Decision.State.FAILED))
        .order_by("-at", "-pk")
        .values_list("proposal__kind", "verb", "proposal__confidence")[:_DECISIONS]
    )
    return [
        Decided(kind=kind, approved=verb != _Verb.REJECT, confidence=confidence)
        for kind, verb, confidence in reversed(rows)
    ]
