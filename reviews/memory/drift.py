"""What changed between two versions of a store: net, and step by step.

Net compares the two states and forgets detours; the steps are the versions between,
each with its own diffs, as they were decided.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from django.db.models import QuerySet

from reviews.errors import Invalid
from reviews.memory import diffs, revisions
from reviews.memory.diffs import Diff
from reviews.memory.models import Memory, Revision, Store, Version


class Net(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one memory; a path or text is None where there was none."""

    path_before: str | None
    path_after: str | None
    before: str | None
    after: str | None
    diff: Diff

    @property
    def path(self) -> str:
        """The path that a page shows it under."""
        return self.path_after or self.path_before or ""


def between(store: Store, older: int, newer: int) -> tuple[Net, ...]:
    """Net differences from one version to another, in the order of their paths."""
    return _nets(_differing(store, older, newer))


def page(
    store: Store,
    older: int,
    newer: int,
    *,
    size: int,
    path: str = "",
    beyond: str = "",
) -> tuple[tuple[Net, ...], str]:
    """Some of the differences: those behind a path, or the one at it; where more begin.

    Only the words of these are read, however far apart the versions are.
    """
    found = _differing(store, older, newer)
    if path:
        return _nets([each for each in found if each.path == path]), ""
    rest = [each for each in found if each.path > beyond]
    following = rest[size - 1].path if len(rest) > size else ""
    return _nets(rest[:size]), following


def steps(store: Store, older: int, newer: int) -> QuerySet[Version]:
    """The versions that led from one to the other, with their revisions."""
    if older > newer:
        raise Invalid("Steps lead from an older version to a newer one.")
    return revisions.versions_between(store, older, newer)


class _Difference(NamedTuple):
    """Two states of one memory that are not the same, without their words."""

    path: str
    before: Revision | None
    after: Revision | None


def _differing(store: Store, older: int, newer: int) -> list[_Difference]:
    """The memories that differ, by path."""
    first, last = sorted((older, newer))
    touched = Memory.objects.filter(
        store=store, revisions__number__gt=first, revisions__number__lte=last
    ).distinct()
    before = _states(store, older, touched)
    after = _states(store, newer, touched)
    pairs = [(before.get(key), after.get(key)) for key in before | after]
    found = [
        _Difference(_path(was, becomes), was, becomes)
        for was, becomes in pairs
        if _identity(was) != _identity(becomes)
    ]
    return sorted(found, key=lambda each: each.path)


def _states(
    store: Store, number: int, touched: QuerySet[Memory]
) -> dict[int, Revision]:
    """Revisions of these memories at a version, by memory; their words stay behind."""
    found = revisions.at(store, number).filter(memory__in=touched)
    return {
        revision.memory_id: revision
        for revision in found.only("memory_id", "path", "sha256")
    }


def _identity(revision: Revision | None) -> tuple[str, str] | None:
    return (revision.path, revision.sha256) if revision else None


def _path(before: Revision | None, after: Revision | None) -> str:
    """The path that a page shows it under."""
    standing = after or before
    return standing.path if standing else ""


def _nets(found: Sequence[_Difference]) -> tuple[Net, ...]:
    """The differences with their words, in one query."""
    keys = {one.pk for each in found for one in (each.before, each.after) if one}
    rows = Revision.objects.filter(pk__in=keys).values_list("pk", "content")
    words = dict(rows)
    return tuple(_net(each, words) for each in found)


def _net(found: _Difference, words: Mapping[int, str | None]) -> Net:
    """The difference between two states of one memory."""
    before, after = found.before, found.after
    old = words[before.pk] if before else None
    new = words[after.pk] if after else None
    return Net(
        path_before=before.path if before else None,
        path_after=after.path if after else None,
        before=old,
        after=new,
        diff=diffs.compare(old or "", new or ""),
    )
