"""Filters of the inbox that somebody has named, for themselves and within one team.

They are one's own desk drawer: nothing of it stands in the ledger.
"""

from django.db import IntegrityError, transaction

from reviews.errors import DomainError, Invalid, NotFound
from reviews.proposals import queries
from reviews.proposals.models import Filter
from reviews.teams.models import Team, User

LONGEST = 60
# More tabs than this nobody finds anything in.
MOST = 20


class NameTaken(DomainError):
    """You have a filter of that name."""

    code = "filter-name-taken"


def of(user: User, team: Team) -> list[Filter]:
    """Somebody's filters in a team, by name."""
    return list(Filter.objects.filter(user=user, team=team).order_by("name"))


@transaction.atomic
def save(user: User, team: Team, *, name: str, query: str) -> Filter:
    """Keep a filter under a name; one of the same name is replaced."""
    name, query = _checked_name(name), queries.text(queries.parse(query))
    if len(query) > queries.LONGEST:
        # Written out it may be longer than it was typed.
        raise Invalid("The filter is too long to be kept.", field="q")
    if not query:
        raise Invalid("The filter is empty: there is nothing to save.", field="q")
    own = Filter.objects.filter(user=user, team=team)
    if not own.filter(name=name).exists() and own.count() >= MOST:
        raise Invalid(f"You have {MOST} filters: delete one first.", field="name")
    kept, _ = Filter.objects.update_or_create(
        user=user, team=team, name=name, defaults={"query": query}
    )
    return kept


@transaction.atomic
def rename(user: User, team: Team, *, name: str, to: str) -> Filter:
    """Give a filter another name; another one's name stays that one's."""
    kept, wanted = _found(user, team, name), _checked_name(to)
    kept.name = wanted
    try:
        with transaction.atomic():
            kept.save(update_fields=["name"])
    except IntegrityError as error:
        raise NameTaken(
            f"You have a filter called “{wanted}”.", field="name"
        ) from error
    return kept


@transaction.atomic
def delete(user: User, team: Team, *, name: str) -> None:
    """Forget a filter."""
    _found(user, team, name).delete()


def _found(user: User, team: Team, name: str) -> Filter:
    found = Filter.objects.filter(user=user, team=team, name=name).first()
    if found is None:
        raise NotFound(f"You have no filter called “{name}”.")
    return found


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid("Give the filter a name.", field="name")
    if len(name) > LONGEST:
        raise Invalid(f"A name has at most {LONGEST} characters.", field="name")
    return name
