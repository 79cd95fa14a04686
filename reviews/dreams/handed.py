"""Two states of memory that somebody hands in: the difference, proposed piece by piece."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec

from reviews.audit.actors import Actor
from reviews.dreams import differences
from reviews.dreams.differences import Difference
from reviews.errors import Invalid, NotFound
from reviews.memory import revisions, stores
from reviews.memory.models import Store
from reviews.proposals import submissions
from reviews.proposals.drafts import Draft
from reviews.proposals.submissions import Submission

NONE, HEAD = "-", "head"
_VERSION = re.compile(r"v?(\d{1,9})")
SOURCE = "The new state"


class State(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a difference, and whether it is a single file."""

    texts: dict[str, str]
    file: bool = False


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What became of every draft of a difference."""

    difference: Difference
    results: tuple[tuple[Draft, Submission | None], ...]
    # Drafts that change order and layout alone, and were not asked for.
    left_out: int

    @property
    def counts(self) -> Counter[str]:
        """By result: opened, updated, returned, refused; "would" where nothing was done."""
        return Counter(s.result if s else "would" for _, s in self.results)


def state(store: Store, named: str) -> State:
    """A folder, a file, a version of the store (``41``, ``v41``, ``head``), or nothing (``-``)."""
    if named == NONE:
        return State(texts={})
    source = Path(named)
    if source.exists():
        texts, unreadable = stores.read_folder(source)
        if unreadable:
            raise Invalid(" ".join(one.reason for one in unreadable))
        return State(texts=texts, file=source.is_file())
    if named == HEAD:
        return State(texts=revisions.head_texts(store))
    found = _VERSION.fullmatch(named)
    if found is None:
        raise NotFound(f"{named} is no file, no folder and no version.")
    number = int(found[1])
    if number:
        revisions.version(store, number)
    return State(texts=revisions.texts_at(store, number))


def propose(
    store: Store,
    before: State,
    after: State,
    *,
    by: Actor,
    path: str = "",
    reorganise: bool = False,
    dry: bool = False,
) -> Done:
    """Propose what led from one state to the other, against the head as it is.

    A single file stands at ``path``, else at the newer one's name, on both sides.
    """
    if before.file and after.file:
        path = path or next(iter(after.texts))
    old, new = _at(before, after, path), _at(after, before, path)
    memories = revisions.authored_head(store)
    difference = differences.between(memories, old, new, source=SOURCE)
    wanted = [d for d in difference.drafts if reorganise or d.kind != "reorganised"]
    results = tuple(
        (draft, None if dry else submissions.open(store, draft, by=by))
        for draft in wanted
    )
    left_out = len(difference.drafts) - len(wanted)
    return Done(difference=difference, results=results, left_out=left_out)


def _at(side: State, other: State, path: str) -> Mapping[str, str]:
    """A side's texts, a single file at the path where it belongs."""
    if not side.file:
        return side.texts
    (name, text) = next(iter(side.texts.items()))
    if not path and not other.file and len(other.texts) == 1:
        # One memory on the other side: the file is what became of it.
        path = next(iter(other.texts))
    return {path or name: text}
