"""What changed between two versions of a store: net, and step by step.

Net compares the two states and forgets detours; the steps are the versions between,
each with its own diffs, as they were decided.
"""

from collections import defaultdict

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
    first, last = sorted((older, newer))
    touched = Memory.objects.filter(
        store=store, revisions__number__gt=first, revisions__number__lte=last
    ).distinct()
    before = _states(store, older, touched)
    after = _states(store, newer, touched)
    nets = (_net(before.get(key), after.get(key)) for key in before | after)
    return tuple(sorted((net for net in nets if net), key=lambda net: net.path))


def steps(store: Store, older: int, newer: int) -> QuerySet[Version]:
    """The versions that led from one to the other, with their revisions."""
    if older > newer:
        raise Invalid("Steps lead from an older version to a newer one.")
    return revisions.versions_between(store, older, newer)


def authors(store: Store, number: int | None = None) -> dict[int, int]:
    """Lines at a version (or the head) by the number of the version that wrote them."""
    found = revisions.head(store) if number is None else revisions.at(store, number)
    counted: dict[int, int] = defaultdict(int)
    for runs in found.values_list("blame", flat=True):
        for lines, version in runs:
            counted[version] += lines
    return dict(counted)


def _states(
    store: Store, number: int, touched: QuerySet[Memory]
) -> dict[int, Revision]:
    """Revisions of these memories at a version, by memory."""
    found = revisions.at(store, number).filter(memory__in=touched)
    return {
        revision.memory_id: revision
        for revision in found.only("memory_id", "path", "content", "sha256")
    }


def _net(before: Revision | None, after: Revision | None) -> Net | None:
    """The difference between two states of one memory, if there is one."""
    was = (before.path, before.sha256) if before else None
    becomes = (after.path, after.sha256) if after else None
    if was == becomes:
        return None
    old = before.content if before else None
    new = after.content if after else None
    return Net(
        path_before=before.path if before else None,
        path_after=after.path if after else None,
        before=old,
        after=new,
        diff=diffs.compare(old or "", new or ""),
    )
