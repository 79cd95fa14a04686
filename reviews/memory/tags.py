"""Names that people give to versions, and every other way to name one.

A version is addressed by its number (41, v41), as ``head``, by a day (the newest before
it ended), or by its tag.
"""

import re
from datetime import UTC, date, datetime, time

from django.db import transaction

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid, NotFound
from reviews.memory import revisions
from reviews.memory.models import Store, Tag

NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
# Whatever reads as a number or as the head is never a name.
NUMBER = re.compile(r"[vV]?(\d+)", re.ASCII)
LONGEST_NUMBER = 9
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
HEAD = "head"
# What agents took last; only the edge knows.
READ = "read"


class TagExists(DomainError):
    """Another version of the store has this name."""

    code = "tag-exists"


@transaction.atomic
def give(store: Store, number: int, name: str, *, by: Actor) -> Tag:
    """Name a version; one name is given once in a store, and twice to one is once."""
    name = name.strip()
    if not NAME.fullmatch(name):
        raise Invalid(
            "A name has letters, digits, dashes and underscores, at most 60 of them.",
            field="name",
        )
    taken = NUMBER.fullmatch(name) or DAY.fullmatch(name)
    if taken or name.lower() in (HEAD, READ):
        raise Invalid(f"“{name}” means another version already.", field="name")
    version = revisions.version(store, number)
    tag, made = Tag.objects.get_or_create(
        store=store, name=name, defaults={"version": version, "by": str(by)}
    )
    if tag.version_id != version.pk:
        raise TagExists(
            f"v{tag.version.number} is called {name} already.", field="name"
        )
    if made:
        ledger.record(
            by, "memory.tagged", store, team=store.team, name=name, number=number
        )
    return tag


@transaction.atomic
def take(store: Store, name: str, *, by: Actor) -> None:
    """Take a name from its version; the version stays as it is."""
    tag = Tag.objects.select_for_update(of=("self",)).filter(store=store, name=name)
    found = tag.select_related("version").first()
    if found is None:
        raise NotFound(f"No version of {store.name} is called {name[:60]}.")
    number = found.version.number
    found.delete()
    ledger.record(
        by, "memory.untagged", store, team=store.team, name=name, number=number
    )


def number_of(store: Store, named: str) -> int:
    """The number of the version that somebody names, or the refusal that there is none."""
    named = named.strip()
    if named.lower() == HEAD:
        return store.head
    if digits := NUMBER.fullmatch(named):
        number = digits[1]
        if len(number) > LONGEST_NUMBER or int(number) > store.head:
            raise NotFound(
                f"{store.name} has no version {number[:12]}; it is at v{store.head}."
            )
        return int(number)
    if DAY.fullmatch(named):
        return revisions.as_of(store, _end_of(named))
    tag = Tag.objects.filter(store=store, name=named[:60]).select_related("version")
    found = tag.first()
    if found is None:
        raise NotFound(f"No version of {store.name} is called “{named[:60]}”.")
    return found.version.number


def _end_of(day: str) -> datetime:
    """The moment at which a day has ended."""
    try:
        return datetime.combine(date.fromisoformat(day), time.max, tzinfo=UTC)
    except ValueError as error:
        raise NotFound(f"“{day}” is no day.") from error
