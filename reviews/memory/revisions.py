"""Reading what a store said: at its head, at a version, at a moment.

A store at version n is the newest revision of each memory at or below n. Every reading
here is one query (two where a moment has to be found first), at any number of versions.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection
from django.db.models import F, OuterRef, QuerySet, Subquery

from reviews.errors import Invalid, NotFound
from reviews.memory import blame, diffs, lineages, rules
from reviews.memory import lines as texts
from reviews.memory.blame import Authored
from reviews.memory.models import Memory, Revision, Store, Version

EVERY = 1_000_000
# Whose a line is that no version wrote.
NOWHERE = 0
# What a proposal is held against, again and again, so written out.
_AUTHORED = """
SELECT revision.path, revision.content, revision.blame, revision.rules, revision.origins
FROM reviews_memory memory JOIN reviews_revision revision ON revision.id = memory.head_id
WHERE memory.store_id = %(store)s AND memory.path IS NOT NULL
    AND (%(paths)s::text[] IS NULL OR memory.path = ANY(%(paths)s::text[]))
"""


def at(store: Store, number: int) -> QuerySet[Revision]:
    """The revisions that version ``number`` consists of, deleted memories left out."""
    newest = Revision.objects.filter(memory=OuterRef("pk"), number__lte=number)
    first = Subquery(newest.order_by("-number").values("pk")[:1])
    # The limit is out of reach; it keeps PostgreSQL from looking up every row twice.
    picked = Memory.objects.filter(store=store).values(newest=first)[:EVERY]
    return Revision.objects.filter(pk__in=picked).exclude(
        operation=Revision.Operation.DELETED
    )


def head(store: Store) -> QuerySet[Revision]:
    """The revisions that the store's newest version consists of."""
    live = Memory.objects.filter(store=store, path__isnull=False)
    return Revision.objects.filter(pk__in=live.values("head"))


def texts_at(store: Store, number: int) -> dict[str, str]:
    """Every text by path as version ``number`` had it; redacted ones are left out."""
    return _texts(at(store, number))


def head_texts(store: Store) -> dict[str, str]:
    """Every text by path as agents read it next."""
    return _texts(head(store))


def text_at(store: Store, number: int, path: str) -> str:
    """One memory's text as version ``number`` had it."""
    return revision_at(store, number, path).content or ""


def revision_at(store: Store, number: int, path: str) -> Revision:
    """The revision that stood at a path in version ``number``."""
    found = at(store, number).filter(path=path).first()
    if found is None:
        raise NotFound(
            f"Version {number} of {store.name} has no memory at {path}.",
            path=path,
            number=number,
        )
    return found


def version(store: Store, number: int) -> Version:
    """The store's version of that number."""
    found = Version.objects.filter(store=store, number=number).first()
    if found is None:
        raise NotFound(f"{store.name} has no version {number}.", number=number)
    return found


def as_of(store: Store, moment: datetime) -> int:
    """The number of the version that was newest at a moment; 0 before the first."""
    past = Version.objects.filter(store=store, at__lte=in_utc(moment))
    newest = past.order_by("-at", "-number").values_list("number", flat=True)
    return newest.first() or 0


def in_utc(moment: datetime) -> datetime:
    """A moment as PostgreSQL reads it, which knows fewer time zones than there are."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise Invalid("No calendar has that moment.", field="as_of") from error


def authored(revision: Revision) -> Authored:
    """A revision's text with its blame and its rules; nothing once redacted."""
    return _authored(revision.content, revision.blame, revision.rules, revision.origins)


def with_origins(revision: Revision) -> Authored:
    """As ``authored``, with the origins of revisions from before these were stored."""
    found = authored(revision)
    if found.origins or not found.runs:
        return found
    return msgspec.structs.replace(found, origins=lineages.replay(revision).origins)


def authored_head(
    store: Store, wanted: Iterable[str] | None = None
) -> dict[str, Authored]:
    """Head texts with blame and rules by path: all of them, or those at these paths."""
    paths = None if wanted is None else list(wanted)
    with connection.cursor() as cursor:
        cursor.execute(_AUTHORED, {"store": store.pk, "paths": paths})
        rows = cursor.fetchall()
    return {
        path: _authored(content, *map(msgspec.json.decode, stored))
        for path, content, *stored in rows
    }


def _authored(
    content: str | None, runs: list[Any], kept: list[Any], origins: list[Any]
) -> Authored:
    if content is None:
        return Authored()
    return Authored(content, runs, rules.load(kept, content), origins)


def lines_with_blame(
    revision: Revision, *, plain: bool = False
) -> list[tuple[str, int]]:
    """Each line of a revision and the number of the version that worded it.

    ``plain`` names the version that last wrote it, be it by re-wrapping or by undoing.
    """
    lines = texts.split(revision.content or "")
    runs = revision.blame if plain else with_origins(revision).origins
    return list(zip(lines, blame.expand(runs), strict=True)) if lines else []


def is_intact(revision: Revision) -> bool:
    """Whether the text is still the one that the version wrote."""
    if revision.content is None:
        return True
    return hashlib.sha256(revision.content.encode()).hexdigest() == revision.sha256


def vouched(revision: Revision, *, plain: bool = False) -> list[int]:
    """As ``lines_with_blame``, the numbers alone, of an intact text.

    Where somebody changed the text behind our back, only the lines that the revision
    before had are anybody's; the others are from nowhere.
    """
    if is_intact(revision):
        return [number for _, number in lines_with_blame(revision, plain=plain)]
    text, before = revision.content or "", revision.previous
    known = before is not None and is_intact(before)
    was = with_origins(before) if before and known else Authored()
    diff = diffs.compare(was.text, text)
    found = blame.carry(was, text, diff, path=revision.path, number=NOWHERE)
    # What is merely wrapped differently was changed behind our back all the same.
    return blame.expand(found.runs if plain else _least(found))


def _least(found: Authored) -> blame.Runs:
    """Origins, but nowhere where blame says nowhere."""
    pairs = zip(blame.expand(found.runs), blame.expand(found.origins), strict=True)
    return blame.compress(min(pair) for pair in pairs)


def versions_between(store: Store, older: int, newer: int) -> QuerySet[Version]:
    """Versions after one number up to another, oldest first, with their revisions."""
    between = Version.objects.filter(store=store, number__gt=older, number__lte=newer)
    return between.order_by("number").prefetch_related("revisions")


def history(store: Store, path: str) -> QuerySet[Revision]:
    """All revisions of the memory that lives at a path, newest first."""
    return (
        Revision.objects.filter(memory__store=store, memory__path=path)
        .select_related("version")
        .order_by("-number")
    )


def _texts(found: QuerySet[Revision]) -> dict[str, str]:
    """Texts by path, in the order of the paths."""
    rows = found.filter(content__isnull=False).values_list("path", F("content"))
    return {path: text or "" for path, text in sorted(rows)}
