"""The memory that an agent reads: one version of a store, with a name for its state.

What stands at ``/people/<person>.md`` or under ``/people/<person>/`` is for that
person's runs only, and the same below ``/agents/``; nobody else is shown it. While
readers are frozen, whoever asks for nothing else gets the frozen version.
"""

import hashlib
import re
from datetime import datetime

import msgspec
from django.db import connection
from django.db.models import Q, QuerySet

from reviews.errors import Invalid, NotFound
from reviews.memory import revisions
from reviews.memory.models import Revision, Store, Version

PEOPLE, AGENTS = "/people/", "/agents/"
ETAG = re.compile(r'(?:W/)?"?v(\d+)-[0-9a-f]+"?')
ETAG_LENGTH = 32
# Agents ask all day: these two are written out, since Django would work their SQL out
# anew for each of them, which costs more than the answer.
_VERSION = """
SELECT number, digest, at FROM reviews_version
WHERE store_id = %(store)s AND number <= %(number)s ORDER BY number DESC LIMIT 1
"""
_TEXTS = """
SELECT one.path, one.content, one.sha256, one.size, one.tokens, one.number
FROM reviews_memory memory CROSS JOIN LATERAL (
    SELECT * FROM reviews_revision revision
    WHERE revision.memory_id = memory.id AND revision.number <= %(number)s
    ORDER BY revision.number DESC LIMIT 1
) one
WHERE memory.store_id = %(store)s AND one.content IS NOT NULL AND (
    one.path !~ '^/(people|agents)/' OR one.path = ANY(%(own)s::text[])
    OR EXISTS (
        SELECT FROM unnest(%(below)s::text[]) place WHERE starts_with(one.path, place)
    )
)
"""
_EMPTY = (0, "", None)
NEWEST = (1 << 31) - 1


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """One memory of a bundle."""

    path: str
    text: str
    sha256: str
    size: int
    tokens: int
    # The version that last wrote it.
    version: int


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a store as one reader sees it; version 0 is an empty store."""

    store: str
    version: int
    digest: str
    etag: str
    at: datetime | None
    # Whether this is an older version because readers are frozen.
    frozen: bool
    memories: tuple[Text, ...]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which version a reader will get, known before any text is read."""

    store: Store
    number: int
    digest: str
    at: datetime | None
    frozen: bool
    person: str
    agent: str

    @property
    def etag(self) -> str:
        """A strong validator: equal exactly for equal answers."""
        seed = "\n".join([self.digest, self.person, self.agent])
        named = hashlib.sha256(seed.encode()).hexdigest()[:ETAG_LENGTH]
        return f'"v{self.number}-{named}"'


def find(
    store: Store,
    *,
    version: int | None = None,
    as_of: datetime | None = None,
    person: str = "",
    agent: str = "",
) -> Wanted:
    """Find what a reader asks for, in one query, without reading any text."""
    if version is not None and as_of is not None:
        raise Invalid("Ask for a version or for a moment, not for both.")
    for name in (person, agent):
        if "/" in name:
            raise Invalid(f"{name!r} is no name.")
    frozen = version is None and as_of is None and store.frozen_at is not None
    asked = store.frozen_at if frozen else version
    moment = as_of and revisions.in_utc(as_of)
    number, digest, at = _version(store, asked, moment)
    return Wanted(
        store=store,
        number=number,
        digest=digest,
        at=at,
        frozen=frozen,
        person=person,
        agent=agent,
    )


def read(wanted: Wanted) -> Bundle:
    """Read the texts of what was found, in one query."""
    memories = [
        Text(path=path, text=text, sha256=sha, size=size, tokens=count, version=number)
        for path, text, sha, size, count, number in sorted(_texts(wanted))
    ]
    return Bundle(
        store=wanted.store.name,
        version=wanted.number,
        digest=wanted.digest,
        etag=wanted.etag,
        at=wanted.at,
        frozen=wanted.frozen,
        memories=tuple(memories),
    )


def visible(
    found: QuerySet[Revision], *, person: str, agent: str
) -> QuerySet[Revision]:
    """Without what belongs to other people and other agents."""
    for folder, name in ((PEOPLE, person), (AGENTS, agent)):
        hidden = Q(path__startswith=folder)
        if name:
            own = [folder + name, f"{folder}{name}.md"]
            hidden &= ~Q(path__in=own) & ~Q(path__startswith=f"{folder}{name}/")
        found = found.exclude(hidden)
    return found


def version_in(etag: str) -> int | None:
    """The version number that an ETag names, as traces report what they read."""
    found = ETAG.fullmatch(etag.strip())
    return int(found[1]) if found else None


def _texts(wanted: Wanted) -> list[tuple[str, str, str, int, int, int]]:
    """The texts of a version that its reader may see; ``visible`` in plain SQL."""
    named = [(PEOPLE, wanted.person), (AGENTS, wanted.agent)]
    own = [folder + name for folder, name in named if name]
    values: dict[str, int | list[str]] = {
        "store": wanted.store.pk,
        "number": wanted.number,
        "own": [*own, *(f"{place}.md" for place in own)],
        "below": [f"{place}/" for place in own],
    }
    with connection.cursor() as cursor:
        cursor.execute(_TEXTS, values)
        rows: list[tuple[str, str, str, int, int, int]] = cursor.fetchall()
        return rows


def _version(
    store: Store, number: int | None, moment: datetime | None
) -> tuple[int, str, datetime | None]:
    """Number, digest and time of the version asked for; 0 while the store was empty."""
    if moment is not None:
        past = Version.objects.filter(store=store, at__lte=moment)
        newest = past.order_by("-at", "-number")
        return newest.values_list("number", "digest", "at").first() or _EMPTY
    asked = NEWEST if number is None else number
    with connection.cursor() as cursor:
        cursor.execute(_VERSION, {"store": store.pk, "number": asked})
        found = cursor.fetchone() or _EMPTY
    if number is not None and found[0] != number:
        raise NotFound(f"{store.name} has no version {number}.", number=number)
    return found
