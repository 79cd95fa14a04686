"""Writing a version: what every way of changing memory comes down to.

Nobody calls this but ``versions`` and ``reverts``. The store's row is locked from before
the first look until the end, so versions are made one after the other.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid
from reviews.memory import blame, diffs, paths, revisions, rules, tokens
from reviews.memory.blame import Authored
from reviews.memory.models import Memory, Revision, Store, Version

# Anthropic's limit for one memory, in bytes of UTF-8.
MAX_SIZE = 102_400
# So many paths are named in the ledger; the digest covers all of them.
PATHS_IN_LEDGER = 20
# Beyond so many new paths it is cheaper to look at all that there are.
MANY = 20

ACTIONS = {
    Version.Kind.UNDO: "memory.undone",
    Version.Kind.RESTORE: "memory.restored",
}

Operation = Revision.Operation


class NothingToCommit(DomainError):
    """The store says all of this already."""

    code = "nothing-to-commit"


class Plan(NamedTuple):
    """What becomes of one memory: its next path (None: deleted) and its next text.

    ``older`` is a text that comes back: its lines keep the origins that they had.
    """

    memory: Memory | None
    path: str | None
    text: str
    older: Authored | None = None

    @property
    def operation(self) -> str:
        """What the revision will say happened."""
        if self.path is None:
            return Operation.DELETED
        if self.memory is None or self.memory.path is None:
            return Operation.CREATED
        moved = self.memory.path != self.path
        return Operation.RENAMED if moved else Operation.MODIFIED

    def changes_something(self) -> bool:
        """Whether a revision is worth writing."""
        if self.memory is None or self.memory.path is None:
            return self.path is not None
        head = self.memory.head
        said = head.content if head else None
        return (self.memory.path, said) != (self.path, self.text)


def lock(store: Store) -> Store:
    """The store under its row's lock, as it is now."""
    # Not against those who only refer to it: a reading need not wait.
    locked = Store.objects.select_for_update(no_key=True, of=("self",))
    rows = locked.select_related("team")
    return rows.get(pk=store.pk)


def write(
    store: Store,
    plans: Iterable[Plan],
    *,
    by: Actor,
    reason: str,
    kind: str,
    reverts: Version | None = None,
) -> Version:
    """Write the next version of a locked store, or refuse to write an empty one."""
    effective = [plan for plan in plans if plan.changes_something()]
    if not effective:
        raise NothingToCommit
    _check(store, effective)
    version = Version(
        store=store,
        number=store.head + 1,
        kind=kind,
        by=str(by),
        reason=reason,
        reverts=reverts,
    )
    written = [_revision(plan, version) for plan in effective]
    version.digest, version.at = _seal(store, written)
    version.save(force_insert=True)
    _move_heads(store, effective, written)
    store.head = version.number
    store.save(update_fields=["head"])
    ledger.record(
        by,
        ACTIONS.get(Version.Kind(kind), "memory.committed"),
        version,
        team=store.team,
        reason=reason,
        store=store.name,
        number=version.number,
        kind=str(kind),
        digest=version.digest,
        reverts=reverts.number if reverts else None,
        memories=len(written),
        paths=[revision.path for revision in written[:PATHS_IN_LEDGER]],
    )
    return version


def _check(store: Store, plans: Sequence[Plan]) -> None:
    """Refuse texts that cannot be stored and paths that cannot stand side by side."""
    for plan in plans:
        if plan.path is not None:
            check_text(plan.path, plan.text)
    arriving = [p.path for p in plans if p.path and p.operation != Operation.MODIFIED]
    if not arriving:
        return
    for path in arriving:
        paths.check(path)
    touched = [plan.memory.pk for plan in plans if plan.memory]
    others = _near(store, arriving).exclude(pk__in=touched)
    standing = [path for path in others.values_list("path", flat=True) if path]
    staying = [p.path for p in plans if p.path and p.operation == Operation.MODIFIED]
    paths.check_apart(arriving, [*standing, *staying])


def _near(store: Store, arriving: Sequence[str]) -> QuerySet[Memory]:
    """The memories that could stand in the way, by index unless there are many."""
    live = Memory.objects.filter(store=store, path__isnull=False)
    if len(arriving) > MANY:
        return live
    near = Q()
    for path in arriving:
        near |= Q(path__in=[path, *paths.ancestors(path)])
        near |= Q(path__startswith=path + "/")
    return live.filter(near)


def check_text(path: str, text: str) -> None:
    """Refuse a text that is too long, or holds what no text may hold."""
    if "\x00" in text:
        raise Invalid(f"{path} contains a null character.", path=path)
    try:
        size = len(text.encode())
    except UnicodeEncodeError as broken:
        raise Invalid(f"{path} is not valid Unicode.", path=path) from broken
    if size > MAX_SIZE:
        raise Invalid(
            f"{path} would have {size:,} bytes; a memory may have {MAX_SIZE:,}.",
            path=path,
            size=size,
        )


def _revision(plan: Plan, version: Version) -> Revision:
    """The revision of one plan, with everything that its pages will show."""
    previous = plan.memory.head if plan.memory else None
    text = plan.text if plan.path is not None else ""
    path = plan.path or (previous.path if previous else "")
    was = revisions.with_origins(previous) if previous else Authored()
    diff = diffs.compare(was.text, text)
    now = blame.carry(was, text, diff, path=path, number=version.number)
    if plan.older is not None:
        back = diffs.compare(plan.older.text, text)
        now = blame.revive(now, plan.older, back, number=version.number)
    encoded = text.encode()
    return Revision(
        version=version,
        number=version.number,
        operation=plan.operation,
        path=path,
        previous=previous,
        content=text if plan.path is not None else None,
        sha256=hashlib.sha256(encoded).hexdigest() if plan.path is not None else "",
        size=len(encoded),
        tokens=tokens.estimate(text),
        added=diff.added + diff.changed,
        deleted=diff.deleted + diff.changed,
        rules=rules.dump(now.rules),
        blame=now.runs,
        origins=now.origins,
        diff=diffs.dump(diff),
    )


def _seal(store: Store, written: Sequence[Revision]) -> tuple[str, datetime]:
    """The digest of the next version, and its time: never before the one before it."""
    before = Version.objects.filter(store=store, number=store.head).first()
    seal = [before.digest if before else "", store.head + 1]
    seal += sorted([r.path, str(r.operation), r.sha256] for r in written)
    digest = hashlib.sha256(json.dumps(seal, separators=(",", ":")).encode())
    now = timezone.now()
    return digest.hexdigest(), max(now, before.at) if before else now


def _move_heads(
    store: Store, plans: Sequence[Plan], written: Sequence[Revision]
) -> None:
    """Save the revisions and let every memory point to its own."""
    leaving = [
        plan.memory.pk
        for plan in plans
        if plan.memory and plan.memory.path not in (None, plan.path)
    ]
    if leaving:
        # Paths are free before they are taken: two memories may swap theirs.
        Memory.objects.filter(pk__in=leaving).update(path=None)
    new = [Memory(store=store, path=plan.path) for plan in plans if not plan.memory]
    Memory.objects.bulk_create(new)
    fresh = iter(new)
    for plan, revision in zip(plans, written, strict=True):
        revision.memory = plan.memory or next(fresh)
        revision.memory.path = plan.path
    Revision.objects.bulk_create(written)
    for revision in written:
        revision.memory.head = revision
    if len(written) == 1:
        # Nearly every version changes one memory; this is half the work of a bulk.
        written[0].memory.save(update_fields=["path", "head"])
    else:
        memories = [revision.memory for revision in written]
        Memory.objects.bulk_update(memories, ["path", "head"], batch_size=500)
