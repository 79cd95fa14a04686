"""Stores: made, read by agents, begun from files that people have already written."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from django.db import transaction

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid, NotFound
from reviews.memory import paths, plans, versions
from reviews.memory.models import Store, Subscription, Version
from reviews.teams.models import Agent, Team

NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
SETTINGS = {
    "description",
    "hold_seconds",
    "direct_writes",
    "deletion_limit",
    "token_budget",
    "review_hours",
}
# What a folder of memories may hold; a whole repository is not one.
MAX_MEMORIES = 10_000
# Folders that hold no memories, whoever points us at them.
IGNORED = {".git", "node_modules", "__pycache__", ".venv"}


class StoreExists(DomainError):
    """The team has a store of this name."""

    code = "store-exists"


class Unreadable(msgspec.Struct, frozen=True):
    """A file that was left out, and why."""

    path: str
    reason: str


class Imported(msgspec.Struct, frozen=True):
    """What became of files: the version that they made, and what was left out."""

    version: Version
    paths: tuple[str, ...]
    rules: int
    unreadable: tuple[Unreadable, ...]


@transaction.atomic
def create(team: Team, name: str, *, by: Actor, **settings: Any) -> Store:
    """Make an empty store; a second one of the same name is refused."""
    if not NAME.fullmatch(name):
        raise Invalid(
            "A store's name has letters, digits, dashes and underscores.", name=name
        )
    store, made = Store.objects.get_or_create(team=team, name=name, defaults=settings)
    if not made:
        raise StoreExists(f"There is already a store called {name}.", name=name)
    ledger.record(by, "store.created", store, team=team, **settings)
    return store


@transaction.atomic
def change(store: Store, *, by: Actor, **settings: Any) -> Store:
    """Save settings by name; the ledger keeps what each changed one was before."""
    unknown = settings.keys() - SETTINGS
    if unknown:
        raise Invalid(f"A store has no setting {', '.join(sorted(unknown))}.")
    locked = plans.lock(store)
    before = {name: getattr(locked, name) for name in settings}
    changed = {n: value for n, value in settings.items() if value != before[n]}
    if changed:
        _set(store, **changed)
        facts = {name: f"{before[name]} -> {new}" for name, new in changed.items()}
        ledger.record(by, "store.changed", store, team=locked.team, **facts)
    return store


@transaction.atomic
def freeze(store: Store, number: int, *, by: Actor, reason: str) -> Store:
    """Let agents read an old version until ``thaw``; the fastest way out of a bad rule."""
    locked = plans.lock(store)
    if not 1 <= number <= locked.head:
        raise NotFound(f"{store.name} has no version {number}.", number=number)
    if not reason.strip():
        raise Invalid("Say why: everybody whose change waits will ask.", field="reason")
    _set(store, frozen_at=number)
    ledger.record(
        by, "memory.frozen", store, team=locked.team, reason=reason, number=number
    )
    return store


@transaction.atomic
def thaw(store: Store, *, by: Actor, reason: str = "") -> Store:
    """Let agents read the head again; doing it twice is doing it once."""
    locked = plans.lock(store)
    if locked.frozen_at is None:
        return store
    _set(store, frozen_at=None)
    ledger.record(
        by,
        "memory.thawed",
        store,
        team=locked.team,
        reason=reason,
        number=locked.frozen_at,
    )
    return store


@transaction.atomic
def subscribe(agent: Agent, store: Store, *, by: Actor) -> Subscription:
    """Let an agent read a store; doing it twice is doing it once."""
    if agent.team_id != store.team_id:
        raise Invalid(f"{agent} and {store} belong to different teams.")
    subscription, made = Subscription.objects.get_or_create(agent=agent, store=store)
    if made:
        ledger.record(
            by, "agent.subscribed", store, team=store.team, agent=agent.actor_name
        )
    return subscription


@transaction.atomic
def begin(team: Team, name: str, source: Path, *, by: Actor) -> tuple[Store, Imported]:
    """Make a store of files, or fill an empty one; refused files alone make none."""
    store = Store.objects.filter(team=team, name=name).first()
    store = store or create(team, name, by=by)
    return store, import_folder(store, source, by=by)


def import_folder(
    store: Store, source: Path, *, by: Actor, reason: str = ""
) -> Imported:
    """Begin a store from a file or a folder of them; what cannot be read is named.

    Blame says "imported" of every line, because nobody approved them here.
    """
    if store.head:
        raise Invalid(
            f"{store.name} is at version {store.head}; files only begin an empty store."
        )
    texts, unreadable = read_folder(source)
    if not texts:
        reasons = " ".join(file.reason for file in unreadable)
        raise Invalid(f"There is nothing to import in {source}. {reasons}".strip())
    version = versions.commit(
        store,
        texts,
        by=by,
        reason=reason or f"Imported from {source.name}.",
        kind=Version.Kind.IMPORT,
    )
    written = version.revisions.values_list("rules", flat=True)
    rules = sum(map(len, written))
    return Imported(version, tuple(sorted(texts)), rules, tuple(unreadable))


def read_folder(source: Path) -> tuple[dict[str, str], list[Unreadable]]:
    """The texts of a file or a folder by path, and what in it cannot be a memory."""
    texts: dict[str, str] = {}
    unreadable = []
    for path, file in _files(source):
        try:
            texts[path] = _read(path, file)
        except DomainError as refusal:
            unreadable.append(Unreadable(str(file), refusal.message))
    return texts, unreadable


def _set(store: Store, **values: Any) -> None:
    """Save these columns and no others, whatever else the given store holds."""
    for name, value in values.items():
        setattr(store, name, value)
    store.save(update_fields=list(values))


def _files(source: Path) -> Iterator[tuple[str, Path]]:
    """The files to import, with the paths that they will have."""
    if not source.exists():
        raise Invalid(f"There is no file or folder at {source}.")
    if source.is_file():
        yield f"/{source.name}", source
        return
    found = sorted(file for file in source.rglob("*") if _is_memory(file, source))
    if len(found) > MAX_MEMORIES:
        raise Invalid(
            f"{source} holds {len(found):,} files; a store may have {MAX_MEMORIES:,}."
        )
    for file in found:
        yield "/" + file.relative_to(source).as_posix(), file


def _is_memory(file: Path, source: Path) -> bool:
    """Whether a file is one that a memory folder would hold."""
    # A link may lead out of the folder, and what it leads to was not offered.
    inside = file.relative_to(source).parts
    return file.is_file() and not file.is_symlink() and not IGNORED.intersection(inside)


def _read(path: str, file: Path) -> str:
    """A file's text, exactly as it is, or the reason why it cannot be a memory."""
    paths.check(path)
    size = file.stat().st_size
    if size > plans.MAX_SIZE:
        raise Invalid(
            f"{file.name} has {size:,} bytes; a memory may have {plans.MAX_SIZE:,}."
        )
    content = file.read_bytes()
    if b"\x00" in content:
        raise Invalid(f"{file.name} is a binary file.")
    try:
        return content.decode()
    except UnicodeDecodeError as broken:
        raise Invalid(
            f"{file.name} is not UTF-8 text (byte {broken.start})."
        ) from broken
