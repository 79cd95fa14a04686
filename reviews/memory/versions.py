"""The only door to memory: commit a version, undo one, or restore an old state.

All three write forwards. A version is one state of the whole store with one actor and
one reason; nothing that was written is ever changed.
"""

from collections.abc import Mapping

from django.db import transaction

from reviews.audit.actors import Actor
from reviews.errors import Invalid, NotFound
from reviews.memory import plans
from reviews.memory.models import Memory, Store, Version
from reviews.memory.plans import NothingToCommit, Plan
from reviews.memory.reverts import (
    HeadMoved,
    RevertConflict,
    restore,
    restore_preview,
    undo,
    undo_preview,
)
from reviews.memory.revisions import (
    as_of,
    authored,
    authored_head,
    head_texts,
    lines_with_blame,
    revision_at,
    text_at,
    texts_at,
    with_origins,
)

__all__ = [
    "HeadMoved",
    "NothingToCommit",
    "RevertConflict",
    "as_of",
    "authored",
    "authored_head",
    "commit",
    "head_texts",
    "lines_with_blame",
    "restore",
    "restore_preview",
    "revision_at",
    "text_at",
    "texts_at",
    "undo",
    "undo_preview",
    "with_origins",
]


@transaction.atomic
def commit(
    store: Store,
    changes: Mapping[str, str | None],
    *,
    by: Actor,
    reason: str,
    kind: str = Version.Kind.DECISION,
    renames: Mapping[str, str] | None = None,
) -> Version:
    """Write the next version: texts by path, None to delete; refuse an empty one.

    ``renames`` leads from old paths to new ones; a renamed memory's text, if it changes
    too, stands in ``changes`` under its new path.
    """
    locked = plans.lock(store)
    planned = _plans(locked, changes, dict(renames or {}))
    version = plans.write(locked, planned, by=by, reason=reason, kind=kind)
    store.head = locked.head
    return version


def _plans(
    store: Store, changes: Mapping[str, str | None], renames: dict[str, str]
) -> list[Plan]:
    """What becomes of every memory named by path."""
    came_from = {new: old for old, new in renames.items()}
    if len(came_from) < len(renames):
        raise Invalid("Two memories cannot be renamed to one path.")
    sources = {path: came_from.get(path, path) for path in (*changes, *came_from)}
    wanted = Memory.objects.filter(store=store, path__in=set(sources.values()))
    standing = {memory.path: memory for memory in wanted.select_related("head")}
    planned = []
    for path, source in sources.items():
        # A path that its memory leaves is free for another within the same version.
        vacated = source in renames and path not in came_from
        memory = None if vacated else standing.get(source)
        text = changes.get(path, _text(memory) if path in came_from else None)
        if memory is None and (text is None or path in came_from):
            raise NotFound(f"There is no memory at {source}.", path=source)
        if text is None:
            planned.append(Plan(memory, None, ""))
        else:
            planned.append(Plan(memory, path, text))
    return planned


def _text(memory: Memory | None) -> str | None:
    """A memory's text at the head."""
    return memory.head.content if memory and memory.head else None
