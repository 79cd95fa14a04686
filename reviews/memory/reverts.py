"""Taking versions back, forwards: undo one change, or restore an old state.

Undoing merges the inverse of one version into the head, so later changes stay; where a
later change stands in the way, both sides are shown and nothing is written. Restoring
makes the whole store say what it said at an older version.
"""

from collections.abc import Mapping, Sequence

import msgspec
from django.db import transaction

from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid
from reviews.memory import lines as texts
from reviews.memory import merges, plans, revisions, rules
from reviews.memory.blame import Authored
from reviews.memory.merges import Choice, Conflict, Written
from reviews.memory.models import Memory, Revision, Store, Version
from reviews.memory.plans import NothingToCommit, Plan

# For each memory's path, what each of its conflicts becomes, in order.
Choices = Mapping[str, Sequence[Choice]]


class RevertConflict(DomainError):
    """Later changes touch what would be taken back."""

    code = "revert-conflict"


class HeadMoved(DomainError):
    """The store has a newer version than the one that was previewed."""

    code = "head-moved"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of one memory: paths and texts before and after.

    None stands for a memory that is not there. In a conflict, "ours" is the head and
    "theirs" what taking the change back would make of it.
    """

    path: str
    path_before: str | None
    path_after: str | None
    before: str | None
    after: str | None
    conflicts: tuple[Conflict, ...] = ()


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What taking back would do, computed against one head."""

    head: int
    outcomes: tuple[Outcome, ...]

    @property
    def conflicts(self) -> dict[str, tuple[Conflict, ...]]:
        """Conflicts by path; empty when taking back is possible."""
        return {o.path: o.conflicts for o in self.outcomes if o.conflicts}


class _Reverted(msgspec.Struct, frozen=True):
    """One memory's plan, and the conflicts that forbid it."""

    plan: Plan
    path: str
    conflicts: tuple[Conflict, ...] = ()


def undo_preview(store: Store, version: Version) -> Preview:
    """What undoing one version would change, with its conflicts."""
    return _preview(store, _undone(version, {}))


def restore_preview(store: Store, number: int) -> Preview:
    """What restoring an old version would change."""
    return _preview(store, _restored(store, number))


@transaction.atomic
def undo(
    store: Store,
    version: Version,
    *,
    by: Actor,
    reason: str,
    head: int | None = None,
    choices: Choices | None = None,
) -> Version:
    """Commit the store without what one version changed; later changes stay.

    ``head`` is the number that a preview was computed against. Conflicts are refused
    unless a side is chosen for each.
    """
    locked = _locked(store, head)
    if version.store_id != store.pk:
        raise Invalid(f"{version} belongs to another store.")
    reverted = _undone(version, choices or {})
    conflicts = {r.path: r.conflicts for r in reverted if r.conflicts}
    if conflicts:
        raise RevertConflict(
            f"{' and '.join(conflicts)} changed later in the same place.",
            conflicts={path: _plain(found) for path, found in conflicts.items()},
        )
    return _write(store, locked, reverted, by, reason, Version.Kind.UNDO, version)


@transaction.atomic
def restore(
    store: Store, number: int, *, by: Actor, reason: str, head: int | None = None
) -> Version:
    """Commit what an old version said; everything after it goes, and stays in history."""
    locked = _locked(store, head)
    version = revisions.version(store, number)
    reverted = _restored(store, number)
    return _write(store, locked, reverted, by, reason, Version.Kind.RESTORE, version)


def _locked(store: Store, head: int | None) -> Store:
    """The locked store, if its head is still the expected one."""
    locked = plans.lock(store)
    if head is not None and locked.head != head:
        raise HeadMoved(
            f"This was computed for version {head}; the store is at {locked.head} now.",
            expected=head,
            head=locked.head,
        )
    return locked


def _write(
    store: Store,
    locked: Store,
    reverted: Sequence[_Reverted],
    by: Actor,
    reason: str,
    kind: Version.Kind,
    reverts: Version,
) -> Version:
    """Write the version that takes another back."""
    try:
        version = plans.write(
            locked,
            [r.plan for r in reverted],
            by=by,
            reason=reason,
            kind=kind,
            reverts=reverts,
        )
    except NothingToCommit as nothing:
        raise NothingToCommit(
            f"Nothing of version {reverts.number} is left to take back."
            if kind == Version.Kind.UNDO
            else f"The store says what version {reverts.number} said."
        ) from nothing
    store.head = locked.head
    return version


def _preview(store: Store, reverted: Sequence[_Reverted]) -> Preview:
    """What the plans would change, as a page shows it."""
    head = Store.objects.values_list("head", flat=True).get(pk=store.pk)
    changing = [r for r in reverted if r.conflicts or r.plan.changes_something()]
    return Preview(head=head, outcomes=tuple(_outcome(r) for r in changing))


def _outcome(reverted: _Reverted) -> Outcome:
    """One memory before and after."""
    memory, path, text, _ = reverted.plan
    here = memory is not None and memory.path is not None
    return Outcome(
        path=reverted.path,
        path_before=memory.path if memory else None,
        path_after=path,
        before=memory.head.content if here and memory and memory.head else None,
        after=None if path is None or reverted.conflicts else text,
        conflicts=reverted.conflicts,
    )


def _undone(version: Version, choices: Choices) -> list[_Reverted]:
    """For every memory that a version wrote, the head without that."""
    written = version.revisions.order_by("path").select_related(
        "previous", "memory__head"
    )
    return [_without(revision, choices) for revision in written]


def _without(revision: Revision, choices: Choices) -> _Reverted:
    """The head of one memory without what one revision did to it."""
    memory, before = revision.memory, revision.previous
    _check_readable(revision, before, memory.head)
    older = revisions.authored(before) if before else None
    there_before = before is not None and before.content is not None
    if memory.path is None:
        return _from_nothing(revision, memory, older if there_before else None, choices)
    head = memory.head.content if memory.head else None
    merged = merges.merge(
        revision.content or "", head or "", older.text if older else ""
    )
    chosen = choices.get(memory.path, ())
    if merged.conflicts and not chosen:
        plan = Plan(memory, memory.path, head or "")
        return _Reverted(plan, memory.path, merged.conflicts)
    text = merges.resolve(merged, chosen)
    path: str | None = memory.path
    if before is not None and there_before and memory.path == revision.path:
        path = before.path
    if not there_before and not rules.split(text):
        path = None
    return _Reverted(Plan(memory, path, text, older), memory.path)


def _from_nothing(
    revision: Revision, memory: Memory, older: Authored | None, choices: Choices
) -> _Reverted:
    """What to do with a memory that has been deleted since, or by this revision."""
    gone = Plan(memory, None, "")
    if older is None or revision.previous is None:
        return _Reverted(gone, revision.path)
    path = revision.previous.path
    back = Plan(memory, path, older.text, older)
    if memory.head_id == revision.pk:
        return _Reverted(back, path)
    base, theirs = texts.split(revision.content or ""), texts.split(older.text)
    conflict = Conflict(line=0, base=tuple(base), ours=(), theirs=tuple(theirs))
    match tuple(choices.get(revision.path, ())):
        case ("ours",):
            return _Reverted(gone, revision.path)
        case ("theirs" | "both",):
            return _Reverted(back, revision.path)
        case ("base",):
            return _Reverted(Plan(memory, path, revision.content or "", older), path)
        case (Written(text),):
            return _Reverted(Plan(memory, path, text, older), path)
    return _Reverted(gone, revision.path, (conflict,))


def _restored(store: Store, number: int) -> list[_Reverted]:
    """For every memory that was written after a version, what it was there."""
    later = Memory.objects.filter(store=store, head__number__gt=number)
    later = later.select_related("head").order_by("pk")
    then = {
        revision.memory_id: revision
        for revision in revisions.at(store, number).filter(memory__in=later)
    }
    return [_as_it_was(memory, then.get(memory.pk)) for memory in later]


def _as_it_was(memory: Memory, then: Revision | None) -> _Reverted:
    """One memory's plan to be again what it was in a revision."""
    standing = memory.path or (memory.head.path if memory.head else "")
    if then is None:
        return _Reverted(Plan(memory, None, ""), standing)
    _check_readable(then)
    older = revisions.authored(then)
    return _Reverted(Plan(memory, then.path, older.text, older), standing)


def _check_readable(*needed: Revision | None) -> None:
    """Refuse to bring back what has been redacted."""
    for revision in needed:
        if revision is not None and revision.redacted_at is not None:
            raise Invalid(
                f"{revision.path} at version {revision.number} has been redacted: "
                "its text cannot come back.",
                path=revision.path,
                number=revision.number,
            )


def _plain(conflicts: Sequence[Conflict]) -> list[dict[str, object]]:
    """Conflicts as facts of a refusal."""
    return [msgspec.structs.asdict(conflict) for conflict in conflicts]
