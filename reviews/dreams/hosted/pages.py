"""Lists that come page by page, to an end even where their cursors go round in circles.

An answer without a list is not an empty one: whatever is missing from a list counts as
deleted, or as never asked for.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from reviews.dreams.hosted.doors import RemoteAway

# A list that changes while it is read may repeat a page; no more than that.
_MOST_REPEATS = 2_000


class Pages[T](Protocol):
    """What the SDK gives for a list."""

    def iter_pages(self) -> Iterable[Any]:
        """The pages, each fetched when it is its turn."""
        ...

    def __iter__(self) -> Iterator[T]: ...


def each[T](found: Pages[T]) -> Iterator[T]:
    """Every item once; refuses to read on where nothing new comes any more."""
    seen: set[Any] = set()
    repeats = 0
    for one in _items(found):
        key = getattr(one, "id", None) or getattr(one, "path", None)
        if key not in seen:
            seen.add(key)
            yield one
            continue
        repeats += 1
        if repeats > _MOST_REPEATS:
            raise RemoteAway("Anthropic gives the same pages again and again.")


def _items(found: Pages[Any]) -> Iterator[Any]:
    for page in found.iter_pages():
        if not isinstance(page.data, list):
            raise TypeError("a page has a list of items")
        yield from page.data
