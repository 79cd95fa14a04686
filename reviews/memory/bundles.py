"""The memory that an agent reads: one version of a store, with a name for its state.

What stands at ``/people/<person>.md`` or under ``/people/<person>/`` is for that
person's runs only, and the same below ``/agents/``; nobody else is shown it. While
readers are frozen, whoever asks for nothing else gets the frozen version.
"""

import hashlib
import re
from datetime import datetime

import msgspec
from django.db.models import Q, QuerySet

from reviews.errors import Invalid, NotFound
from reviews.memory import revisions
from reviews.memory.models import Revision, Store, Version

PEOPLE, AGENTS = "/people/", "/agents/"
ETAG = re.compile(r'(?:W/)?"?v(\d+)-[0-9a-f]+"?')
ETAG_LENGTH = 32


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
    found = _version(store, store.frozen_at if frozen else version, as_of)
    return Wanted(
        store=store,
        number=found.number if found else 0,
        digest=found.digest if found else "",
        at=found.at if found else None,
        frozen=frozen,
        person=person,
        agent=agent,
    )


def read(wanted: Wanted) -> Bundle:
    """Read the texts of what was found, in one query."""
    rows = visible(
        revisions.at(wanted.store, wanted.number),
        person=wanted.person,
        agent=wanted.agent,
    ).values_list("path", "content", "sha256", "size", "tokens", "number")
    memories = [
        Text(path=path, text=text, sha256=sha, size=size, tokens=count, version=number)
        for path, text, sha, size, count, number in sorted(rows, key=lambda row: row[0])
        if text is not None
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


def _version(
    store: Store, number: int | None, moment: datetime | None
) -> Version | None:
    """The version asked for; None while the store was empty."""
    past = Version.objects.filter(store=store)
    if moment is not None:
        return past.filter(at__lte=moment).order_by("-at", "-number").first()
    if number == 0:
        return None
    if number is None:
        return past.order_by("-number").first()
    found = past.filter(number=number).first()
    if found is None:
        raise NotFound(f"{store.name} has no version {number}.", number=number)
    return found
