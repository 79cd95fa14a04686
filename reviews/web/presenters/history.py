"""Versions as pages show them: rows of a timeline, and diffs within a budget of lines.

What a page must not load is counted in the database: a version may touch ten thousand
memories. Diffs are shown until their lines reach the budget; the others are named.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, Q, QuerySet, Sum, Window
from django.db.models.functions import JSONObject, RowNumber

from reviews.memory.drift import Net
from reviews.memory.models import Revision, Tag, Version
from reviews.traces.models import Reading
from reviews.web.presenters import origins
from reviews.web.presenters.diffs import Change, present
from reviews.web.presenters.origins import Origin

# So many memories of a version are named in its row.
NAMED = 3
# So many lines of diffs stand on one page, and so many memories.
LINES = 1_200
MEMORIES = 200
BRIEF = ("version", "path", "operation", "added", "deleted")

# How many agents, and how many of their runs, read a version.
type Reach = tuple[int, int]


@dataclass(frozen=True)
class Row:
    """One version in a timeline."""

    version: Version
    origin: Origin
    named: list[Revision]
    memories: int
    added: int
    deleted: int
    agents: int
    runs: int
    # Versions that took it back: their numbers and kinds.
    reverted_by: list[dict[str, Any]]

    @property
    def more(self) -> int:
        """Memories that the row does not name."""
        return self.memories - len(self.named)

    @property
    def tags(self) -> list[str]:
        """The names that people gave it."""
        return list(getattr(self.version, "named", ()))


@dataclass(frozen=True)
class Touched:
    """One memory that changed; without a diff where the page has enough of them."""

    path: str
    operation: str
    added: int
    deleted: int
    change: Change | None = None
    redacted: bool = False
    # For a rename, where it was.
    came_from: str = ""


@dataclass(frozen=True)
class Step:
    """One version with its diffs; ``more`` memories are not listed."""

    row: Row
    touched: list[Touched]
    more: int


def timeline(versions: QuerySet[Version]) -> QuerySet[Version]:
    """Versions with what a row shows of each already fetched."""
    names = Tag.objects.filter(version=OuterRef("pk")).order_by("name")
    reverting = Version.objects.filter(reverts=OuterRef("pk")).order_by("number")
    return (
        versions.select_related(
            "store", "reverts", "decision__proposal", "decision__policy_version"
        )
        .defer(*origins.UNSHOWN)
        .annotate(
            named=ArraySubquery(names.values("name")),
            taken_back=ArraySubquery(
                reverting.values(plain=JSONObject(number="number", kind="kind"))
            ),
        )
    )


def rows(versions: Sequence[Version]) -> list[Row]:
    """Rows of a timeline, with all that they need in two more queries."""
    named, reach = _named(versions), _reach(versions)
    return [
        _row(one, named, reach.get((one.store_id, one.number), (0, 0)))
        for one in versions
    ]


def row(version: Version, reach: Reach) -> Row:
    """The row of one version of which it is known who read it."""
    return _row(version, _named([version]), reach)


def steps(found: Sequence[Row], *, path: str = "") -> list[Step]:
    """The stored diffs of versions, of all memories or of the one at a path.

    Three queries, however many versions; words are only read of what is shown.
    """
    light = Revision.objects.filter(version__in=[row.version for row in found])
    if path:
        light = light.filter(path=path)
    briefs = light.order_by("-number", "path").only(*BRIEF)[:MEMORIES]
    sizes = [(one.pk, one.added + one.deleted) for one in briefs]
    shown = _within(sizes, all_of_one=bool(path))
    full = Revision.objects.filter(pk__in=shown).select_related("previous")
    whole = {revision.pk: revision for revision in full}
    by_version = defaultdict(list)
    for one in briefs:
        touched = _touched(whole.get(one.pk, one), shown=one.pk in whole)
        by_version[one.version_id].append(touched)
    return [
        Step(row, by_version[row.version.pk], _left_out(row, by_version, path))
        for row in found
    ]


def _left_out(row: Row, listed: Mapping[int, list[Touched]], path: str) -> int:
    return 0 if path else row.memories - len(listed[row.version.pk])


def net(nets: Sequence[Net], *, path: str = "") -> list[Touched]:
    """Net differences between two versions."""
    sizes = [(i, _added(one) + _deleted(one)) for i, one in enumerate(nets)]
    shown = _within(sizes, all_of_one=bool(path))
    return [_net(one, shown=i in shown) for i, one in enumerate(nets)]


def authors(versions: QuerySet[Version]) -> list[tuple[str, int]]:
    """Who wrote how many of these versions, the busiest first."""
    counted = versions.order_by().values_list("by").annotate(count=Count("pk"))
    return list(counted.order_by("-count", "by"))


def _row(version: Version, named: Mapping[int, list[Revision]], reach: Reach) -> Row:
    touched = named.get(version.pk, [])
    memories, added, deleted = _size(touched[0]) if touched else (0, 0, 0)
    agents, runs = reach
    return Row(
        version=version,
        origin=Origin(version.number, version, origins.decision_of(version)),
        named=touched,
        memories=memories,
        added=added,
        deleted=deleted,
        agents=agents,
        runs=runs,
        reverted_by=list(getattr(version, "taken_back", ())),
    )


def _size(first: Any) -> tuple[int, int, int]:
    """Memories touched, lines added and deleted by the whole version."""
    return first.memories, first.plus, first.minus


def _named(versions: Sequence[Version]) -> dict[int, list[Revision]]:
    """The first memories that each version touched, with how much it touched in all."""
    own: dict[str, Any] = {"partition_by": F("version")}
    found = (
        Revision.objects.filter(version__in=versions)
        .annotate(
            place=Window(RowNumber(), order_by=F("path").asc(), **own),
            memories=Window(Count("pk"), **own),
            plus=Window(Sum("added"), **own),
            minus=Window(Sum("deleted"), **own),
        )
        .filter(place__lte=NAMED)
        .only(*BRIEF)
    )
    named: dict[int, list[Revision]] = defaultdict(list)
    for revision in found.order_by("version", "path"):
        named[revision.version_id].append(revision)
    return named


def _reach(versions: Sequence[Version]) -> dict[tuple[int, int], Reach]:
    """How many agents and runs read each version."""
    numbers = defaultdict(list)
    for version in versions:
        numbers[version.store_id].append(version.number)
    wanted = Q(pk__in=[])
    for store, each in numbers.items():
        wanted |= Q(store=store, number__in=each)
    found = (
        Reading.objects.filter(wanted)
        .order_by()
        .values_list("store", "number")
        .annotate(
            agents=Count("agent", distinct=True),
            runs=Count("pk", filter=~Q(run="")),
        )
    )
    return {(store, number): (agents, runs) for store, number, agents, runs in found}


def _within(sizes: Iterable[tuple[int, int]], *, all_of_one: bool) -> set[int]:
    """Keys of the diffs that the budget allows, in order; a single one is asked for."""
    shown: set[int] = set()
    left = LINES
    for key, size in sizes:
        if size <= left or all_of_one:
            shown.add(key)
            left -= size
    return shown


def _touched(revision: Revision, *, shown: bool) -> Touched:
    previous = revision.previous if shown else None
    change = None
    redacted = shown and _is_redacted(revision, previous)
    if shown and not redacted:
        old = (previous.content if previous else None) or ""
        change = present(
            old, revision.content or "", path=revision.path, stored=revision.diff
        )
    return Touched(
        path=revision.path,
        operation=revision.operation,
        added=revision.added,
        deleted=revision.deleted,
        change=change,
        redacted=redacted,
        came_from=previous.path if previous and previous.path != revision.path else "",
    )


def _is_redacted(revision: Revision, previous: Revision | None) -> bool:
    return bool(revision.redacted_at or (previous and previous.redacted_at))


def _net(one: Net, *, shown: bool) -> Touched:
    change = None
    if shown:
        change = Change(one.path, one.before or "", one.after or "", one.diff)
    renamed = one.path_before and one.path_after and one.path_before != one.path_after
    if not one.path_before:
        operation = Revision.Operation.CREATED
    elif not one.path_after:
        operation = Revision.Operation.DELETED
    else:
        operation = (
            Revision.Operation.RENAMED if renamed else Revision.Operation.MODIFIED
        )
    return Touched(
        path=one.path,
        operation=operation,
        added=_added(one),
        deleted=_deleted(one),
        change=change,
        came_from=(one.path_before or "") if renamed else "",
    )


def _added(one: Net) -> int:
    return one.diff.added + one.diff.changed


def _deleted(one: Net) -> int:
    return one.diff.deleted + one.diff.changed
