"""Which memories have another path than the one they have over there."""

from collections.abc import Mapping

from reviews.dreams.models import HostedMemory
from reviews.memory import revisions
from reviews.memory.models import Store


def of(
    store: Store,
    rows: Mapping[str, HostedMemory],
    texts: Mapping[str, str],
    number: int,
) -> dict[str, str]:
    """New paths by old ones: the same memory here, at a path that is free over there."""
    found: dict[str, str] = {}
    for path, row in rows.items():
        if path in texts or not row.version:
            continue
        was = revisions.at(store, row.version).filter(path=path).first()
        if was is None:
            continue
        now = revisions.at(store, number).filter(memory=was.memory_id).first()
        if now and now.path in texts and now.path not in {*rows, *found.values()}:
            found[path] = now.path
    return found
