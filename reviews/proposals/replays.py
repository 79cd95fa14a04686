"""What a version changed, made again on other texts: for what a restore is to keep."""

import msgspec

from reviews.memory import merges
from reviews.memory.merges import Conflict
from reviews.memory.models import Revision, Version


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """The same changes for other texts, or the conflicts that forbid them."""

    texts: dict[str, str | None]
    renames: dict[str, str]
    conflicts: dict[str, tuple[Conflict, ...]]


def replay(texts: dict[str, str], version: Version) -> Replay:
    """Merge each change of a version into these texts; nothing is written."""
    changes: dict[str, str | None] = {}
    renames: dict[str, str] = {}
    conflicts: dict[str, tuple[Conflict, ...]] = {}
    revisions = version.revisions.select_related("previous").order_by("path")
    for revision in revisions:
        source = _source(revision)
        if revision.content is None:
            if source in texts:
                changes[source] = None
            continue
        base = revision.previous.content if revision.previous else None
        merged = merges.merge(base or "", texts.get(source, ""), revision.content)
        if merged.text is None:
            conflicts[revision.path] = merged.conflicts
            continue
        if source != revision.path and source in texts:
            renames[source] = revision.path
        if merged.text != texts.get(source):
            changes[revision.path] = merged.text
    return Replay(texts=changes, renames=renames, conflicts=conflicts)


def onto(texts: dict[str, str], replayed: Replay) -> dict[str, str]:
    """The texts with a replay in them."""
    result = dict(texts)
    for old, new in replayed.renames.items():
        result[new] = result.pop(old)
    for path, text in replayed.texts.items():
        if text is None:
            result.pop(path, None)
        else:
            result[path] = text
    return result


def _source(revision: Revision) -> str:
    """Where the memory stood before that version."""
    before = revision.previous
    return before.path if before is not None else revision.path
