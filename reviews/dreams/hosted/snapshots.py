"""What a hosted store says at one moment: hashes first, then the texts that are not known."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from reviews.dreams.hosted import pages

if TYPE_CHECKING:
    from anthropic import Anthropic

# Beyond this share of unknown texts, whole pages are cheaper than one request a text.
_MANY = 5
_PAGE, _FULL_PAGE = 100, 20


class Remote(msgspec.Struct, frozen=True, kw_only=True):
    """One memory over there."""

    id: str
    sha256: str
    content: str = ""


def listed(api: "Anthropic", store: str) -> dict[str, Remote]:
    """Every memory by path, without its text."""
    found = api.beta.memory_stores.memories.list(store, view="basic", limit=_PAGE)
    return {
        one.path: Remote(id=one.id, sha256=one.content_sha256)
        for one in pages.each(found)
        # What is rolled up is no memory.
        if one.type == "memory"
    }


def read(
    api: "Anthropic", store: str, known: Mapping[str, str] | None = None
) -> dict[str, Remote]:
    """Every memory with its text; ``known`` are texts by hash that need not be fetched."""
    texts = dict(known or {})
    found = listed(api, store)
    unknown = {path for path, one in found.items() if one.sha256 not in texts}
    if len(unknown) > max(_MANY, len(found) // _MANY):
        full = api.beta.memory_stores.memories.list(
            store, view="full", limit=_FULL_PAGE
        )
        return {
            one.path: Remote(
                id=one.id, sha256=one.content_sha256, content=one.content or ""
            )
            for one in pages.each(full)
            if one.type == "memory"
        }
    for path in sorted(unknown):
        fetched = one_of(api, store, found[path].id)
        found[path] = fetched
        texts[fetched.sha256] = fetched.content
    return {
        path: msgspec.structs.replace(one, content=texts[one.sha256])
        for path, one in found.items()
    }


def one_of(api: "Anthropic", store: str, memory: str) -> Remote:
    """One memory with its text."""
    found = api.beta.memory_stores.memories.retrieve(
        memory, memory_store_id=store, view="full"
    )
    return Remote(id=found.id, sha256=found.content_sha256, content=found.content or "")


def texts(found: Mapping[str, Remote]) -> dict[str, str]:
    """The texts alone, by path."""
    return {path: one.content for path, one in found.items()}
