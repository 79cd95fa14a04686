"""Lists that come page by page, to an end even where their cursors go round in circles."""

from collections.abc import Iterable, Iterator
from typing import Any

from reviews.dreams.hosted.doors import RemoteAway

# A list that changes while it is read may repeat a page; no more than that.
_MOST_REPEATS = 2_000


def each[T](found: Iterable[T]) -> Iterator[T]:
    """Every item once; refuses to read on where nothing new comes any more."""
    seen: set[Any] = set()
    repeats = 0
    for one in found:
        key = getattr(one, "id", None) or getattr(one, "path", None)
        if key not in seen:
            seen.add(key)
            yield one
            continue
        repeats += 1
        if repeats > _MOST_REPEATS:
            raise RemoteAway("Anthropic gives the same pages again and again.")
