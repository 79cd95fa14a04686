"""Stores and their memories as pages show them: rows, a tree, one file, who reads it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal

from django.db.models import Count, F, Func, IntegerField, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from reviews.memory import revisions
from reviews.memory.models import Memory, Revision, Store, Subscription, Version
from reviews.proposals import states
from reviews.proposals.models import Operation, Proposal
from reviews.teams.models import Team
from reviews.traces.models import Reading
from reviews.web.presenters import blame, markdown
from reviews.web.presenters.blame import Group, Line
from reviews.web.presenters.diffs import ODD

View = Literal["rendered", "raw", "blame"]
VIEWS: tuple[View, ...] = ("rendered", "raw", "blame")
# A tree of more files than this is narrowed by words of the path.
FILES = 500


@dataclass(frozen=True)
class Reader:
    """An agent that subscribes to a store, and the newest version that it has taken."""

    agent: str
    number: int | None
    at: datetime | None


@dataclass(frozen=True)
class StoreRow:
    """One store in the list."""

    store: Store
    memories: int
    rules: int
    tokens: int
    pending: int
    readers: list[Reader]
    last: Version | None

    @property
    def read(self) -> Reader | None:
        """Whoever took a version last."""
        took = [reader for reader in self.readers if reader.at]
        return max(took, key=_at, default=None)


@dataclass(frozen=True)
class File:
    """One memory in the tree."""

    path: str
    folder: str
    name: str
    rules: int
    tokens: int
    # The version that last wrote it.
    number: int
    pending: int


@dataclass(frozen=True)
class Folder:
    """Memories that stand side by side."""

    path: str
    files: list[File]


@dataclass(frozen=True)
class Tree:
    """The memories of one version, by folder; ``more`` could not be listed."""

    folders: list[Folder]
    memories: int
    rules: int
    tokens: int
    more: int

    @property
    def first(self) -> str:
        """What is shown when nothing was asked for."""
        return self.folders[0].files[0].path if self.folders else ""


@dataclass(frozen=True)
class Shown:
    """One memory as one version had it, in one of its views."""

    revision: Revision
    view: View
    html: str = ""
    lines: Sequence[Line] = ()
    groups: Sequence[Group] = ()
    # Characters that the rendered view cannot show.
    odd: int = 0
    intact: bool = True

    @property
    def origins(self) -> list[blame.Origin]:
        return blame.distinct(self.groups)

    @property
    def unapproved(self) -> int:
        """Lines that nobody answers for."""
        return sum(
            len(group.lines)
            for group in self.groups
            if group.origin.standing == "unapproved"
        )


class RuleCount(Func):
    """How many rules a revision holds, counted in the database."""

    function = "jsonb_array_length"
    output_field = IntegerField()


def store_rows(team: Team) -> list[StoreRow]:
    """The team's stores by name, with all that a list shows of them, in five queries."""
    stores = list(Store.objects.filter(team=team).order_by("name"))
    waiting = Proposal.objects.filter(
        store__in=stores, state__in=states.TO_DECIDE
    ).values_list("store")
    pending = dict(waiting.annotate(Count("pk")).order_by())
    newest = Version.objects.filter(store__in=stores, number=F("store__head"))
    last = {version.store_id: version for version in newest}
    sizes, reading = _sizes(stores), _readers(stores)
    nothing = {"memories": 0, "rules": 0, "tokens": 0}
    return [
        StoreRow(
            store=store,
            pending=pending.get(store.pk, 0),
            readers=reading[store.pk],
            last=last.get(store.pk),
            **sizes.get(store.pk, nothing),
        )
        for store in stores
    ]


def readers(store: Store) -> list[Reader]:
    """The agents that subscribe to a store, by name, in one query."""
    return _readers([store])[store.pk]


def _sizes(stores: Sequence[Store]) -> dict[int, dict[str, int]]:
    """Memories, rules and tokens at each head."""
    found = (
        Memory.objects.filter(store__in=stores, path__isnull=False)
        .values_list("store")
        .annotate(
            Count("pk"), rules=Sum(RuleCount("head__rules")), tokens=Sum("head__tokens")
        )
        .order_by()
    )
    return {
        store: {"memories": memories, "rules": rules, "tokens": tokens}
        for store, memories, rules, tokens in found
    }


def _readers(stores: Sequence[Store]) -> dict[int, list[Reader]]:
    """Subscribers by store, each with the newest version that it has taken."""
    own = Reading.objects.filter(agent=OuterRef("agent"), store=OuterRef("store"))
    newest = own.order_by("-number", "-last_at")
    rows = (
        Subscription.objects.filter(store__in=stores)
        .order_by("agent__name")
        .values_list(
            "store",
            "agent__name",
            Subquery(newest.values("number")[:1]),
            Subquery(newest.values("last_at")[:1]),
        )
    )
    found: dict[int, list[Reader]] = defaultdict(list)
    for store, agent, number, at in rows:
        found[store].append(Reader(agent, number, at))
    return found


def _at(reader: Reader) -> float:
    return reader.at.timestamp() if reader.at else 0.0


def tree(
    store: Store, number: int, pending: dict[str, list[Proposal]], *, words: str = ""
) -> Tree:
    """The memories of a version by folder, in one query that reads no text."""
    found = (
        revisions.head(store) if number == store.head else revisions.at(store, number)
    )
    if words:
        found = found.filter(path__icontains=words)
    rows = found.annotate(rule_count=Coalesce(RuleCount("rules"), 0)).values_list(
        "path", "rule_count", "tokens", "number"
    )
    files = [
        File(
            *(path, *_divided(path), count, tokens, wrote),
            pending=len(pending.get(path, ())),
        )
        for path, count, tokens, wrote in rows
    ]
    files.sort(key=lambda file: (file.folder, file.name))
    listed = files[:FILES]
    return Tree(
        folders=[
            Folder(folder, list(inside))
            for folder, inside in groupby(listed, key=lambda file: file.folder)
        ],
        memories=len(files),
        rules=sum(file.rules for file in files),
        tokens=sum(file.tokens for file in files),
        more=len(files) - len(listed),
    )


def _divided(path: str) -> tuple[str, str]:
    """Folder and name."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/", name


def pending(store: Store) -> dict[str, list[Proposal]]:
    """Proposals that wait for a decision, by the paths that they touch, in one query."""
    rows = (
        Operation.objects.filter(
            proposal__store=store, proposal__state__in=states.TO_DECIDE
        )
        .select_related("proposal")
        .only("path", "new_path", "proposal__title", "proposal__state")
        .order_by("proposal", "position")
    )
    found: dict[str, list[Proposal]] = defaultdict(list)
    for operation in rows:
        for path in {operation.path, operation.new_path} - {""}:
            if operation.proposal not in found[path]:
                found[path].append(operation.proposal)
    return found


def waiting(found: dict[str, list[Proposal]]) -> list[Proposal]:
    """Each of these proposals once."""
    return list(dict.fromkeys(one for proposals in found.values() for one in proposals))


def show(store: Store, number: int, path: str, view: View) -> Shown:
    """One memory as a version had it; refused where that version has none there."""
    revision = revisions.revision_at(store, number, path)
    text = revision.content
    if text is None:
        return Shown(revision, view)
    intact = blame.is_intact(revision)
    if view == "rendered":
        odd = len(ODD.findall(text))
        return Shown(revision, view, html=markdown.render(text), odd=odd, intact=intact)
    if view == "raw":
        return Shown(revision, view, lines=blame.lines(text), intact=intact)
    return Shown(revision, view, groups=blame.groups(store, revision), intact=intact)
