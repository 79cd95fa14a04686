"""A store of ours and an Anthropic memory store, tied together or apart."""

import re
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.dreams.hosted import arrivals, doors, sessions, snapshots
from reviews.dreams.hosted.doors import RemoteGone
from reviews.dreams.hosted.snapshots import Remote
from reviews.dreams.models import HostedMemory, HostedStore
from reviews.errors import DomainError, Invalid
from reviews.memory import plans, versions
from reviews.memory.models import Store, Version

_ID = re.compile(r"memstore_[A-Za-z0-9_-]{1,90}")
MOST_INSTRUCTIONS = 4_096
DEFAULT_MODEL = "claude-sonnet-5"


class AlreadyLinked(DomainError):
    """One store here and one store there belong together, and to no third."""

    code = "already-linked"


def link(
    store: Store,
    remote_id: str,
    *,
    by: Actor,
    model: str = DEFAULT_MODEL,
    instructions: str = "",
) -> HostedStore:
    """Tie a store to an Anthropic memory store that exists, and take in what that says.

    Into an empty store it comes as version 1; else whatever is new becomes proposals, and
    nothing is lost on either side. What no memory of ours can hold stays over there, and
    is named on the link.
    """
    remote_id = remote_id.strip()
    if not _ID.fullmatch(remote_id):
        raise Invalid("A memory store's id begins with memstore_.", field="remote_id")
    settings = _settings(model, instructions)
    _check_free(store, remote_id)
    name, found = _looked_up(remote_id)
    kept, left = arrivals.sort(found)
    return _tie(store, remote_id, name, kept, left, by=by, **settings)


def _looked_up(remote_id: str) -> tuple[str, dict[str, Remote]]:
    """The name of the store over there, and what it says."""
    try:
        with doors.connect() as api:
            remote = api.beta.memory_stores.retrieve(remote_id)
            if remote.archived_at:
                raise Invalid("That memory store is archived.", field="remote_id")
            found = snapshots.read(api, remote_id)
    except RemoteGone as gone:
        raise Invalid(
            "Anthropic has no memory store of this id that the key may see.",
            field="remote_id",
        ) from gone
    return remote.name, found


@transaction.atomic
def change(
    hosted: HostedStore, *, by: Actor, model: str, instructions: str
) -> HostedStore:
    """Say what dreams over there think with, and what they are told."""
    settings = _settings(model, instructions)
    changed = [name for name, new in settings.items() if getattr(hosted, name) != new]
    for name in changed:
        setattr(hosted, name, settings[name])
    if changed:
        hosted.save(update_fields=changed)
        ledger.record(
            by, "link.changed", hosted.store, team=hosted.store.team, changed=changed
        )
    return hosted


@transaction.atomic
def unlink(hosted: HostedStore, *, by: Actor, reason: str = "") -> None:
    """Untie the two: nothing is pulled or written any more, nothing is deleted."""
    store = hosted.store
    ledger.record(
        by,
        "store.unlinked",
        store,
        team=store.team,
        reason=reason,
        remote=hosted.remote_id,
    )
    hosted.delete()


@transaction.atomic
def _tie(
    store: Store,
    remote_id: str,
    name: str,
    found: Mapping[str, Remote],
    left: Sequence[str],
    *,
    by: Actor,
    model: str,
    instructions: str,
) -> HostedStore:
    locked = plans.lock(store)
    try:
        with transaction.atomic():
            hosted = HostedStore.objects.create(
                store=locked,
                remote_id=remote_id,
                remote_name=name.replace("\0", "")[:255],
                model=model,
                instructions=instructions,
                by=str(by),
                pull_problem=sessions.named(left),
            )
    except IntegrityError as error:
        raise _linked(store, remote_id) from error
    ledger.record(
        by,
        "store.linked",
        store,
        team=store.team,
        remote=remote_id,
        memories=len(found),
        left_out=len(left),
    )
    _take_in(hosted, found, by=by)
    store.head = hosted.store.head
    return hosted


def _take_in(hosted: HostedStore, found: Mapping[str, Remote], *, by: Actor) -> None:
    """Begin an empty store with what is there, or propose it to one that says something."""
    store = hosted.store
    spoken = {
        path: text for path, text in snapshots.texts(found).items() if text.strip()
    }
    if not store.head and spoken:
        versions.commit(
            store,
            spoken,
            by=by,
            reason=f"Imported from {hosted.remote_id}.",
            kind=Version.Kind.IMPORT,
        )
        hosted.pushed = store.head
        hosted.save(update_fields=["pushed"])
    ours = versions.head_texts(store)
    rows = [
        HostedMemory(
            hosted=hosted,
            path=path,
            remote_id=one.id,
            sha256=one.sha256,
            version=store.head if ours.get(path) == one.content else 0,
        )
        for path, one in found.items()
    ]
    HostedMemory.objects.bulk_create(rows)
    arrivals.begin(hosted, spoken)


def _settings(model: str, instructions: str) -> dict[str, str]:
    model, instructions = model.strip(), instructions.strip()
    if not 1 <= len(model) <= 256:
        raise Invalid("Name the model as the API does.", field="model")
    if len(instructions) > MOST_INSTRUCTIONS:
        raise Invalid(
            f"Instructions have at most {MOST_INSTRUCTIONS:,} characters.",
            field="instructions",
        )
    return {"model": model, "instructions": instructions}


def _check_free(store: Store, remote_id: str) -> None:
    taken = HostedStore.objects.filter(store=store) | HostedStore.objects.filter(
        remote_id=remote_id
    )
    if taken.exists():
        raise _linked(store, remote_id)


def _linked(store: Store, remote_id: str) -> AlreadyLinked:
    own = HostedStore.objects.filter(store=store).first()
    if own is not None:
        return AlreadyLinked(f"{store.name} is linked to {own.remote_id} already.")
    return AlreadyLinked(f"{remote_id} is linked to another store already.")
