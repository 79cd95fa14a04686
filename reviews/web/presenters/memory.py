"""The memories of one version as pages show them: a tree, one file in one of its views."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Literal
from urllib.parse import quote

from django.db.models.functions import Coalesce
from django.urls import reverse

from reviews.memory import revisions
from reviews.memory.models import Revision, Store
from reviews.proposals import answers
from reviews.web.presenters import blame, markdown
from reviews.web.presenters.blame import Card, Group, Line
from reviews.web.presenters.diffs import ODD
from reviews.web.presenters.stores import RuleCount

View = Literal["rendered", "raw", "blame"]
VIEWS: tuple[View, ...] = ("rendered", "raw", "blame")
# Beyond so many files only the folders that lead to the one looked at are unfolded.
OPEN = 60
# So many files of one folder are listed; the search finds the others.
FILES = 500


@dataclass(frozen=True)
class File:
    """One memory in the tree."""

    path: str
    url: str
    rules: int
    tokens: int
    # The version that last wrote it, and when.
    number: int
    at: datetime
    pending: int
    # Lines that nobody answers for.
    unapproved: int

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass
class Folder:
    """Memories that stand side by side, and the folders between them."""

    path: str
    name: str
    opened: bool = True
    folders: dict[str, "Folder"] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)

    @cached_property
    def inside(self) -> list[File]:
        """Every memory in it and below."""
        below = (file for folder in self.folders.values() for file in folder.inside)
        return [*self.files, *below]

    @property
    def listed(self) -> list[File]:
        return self.files[:FILES]

    @property
    def more(self) -> int:
        """How many of its own memories are not listed."""
        return max(0, len(self.files) - FILES)

    @cached_property
    def tokens(self) -> int:
        return sum(file.tokens for file in self.inside)

    @cached_property
    def pending(self) -> int:
        return sum(file.pending for file in self.inside)

    @cached_property
    def unapproved(self) -> int:
        return sum(file.unapproved for file in self.inside)

    @cached_property
    def below(self) -> list["Folder"]:
        """Its folders; one that holds nothing but another stands for both."""
        return [folder.folded() for folder in self.folders.values()]

    def folded(self) -> "Folder":
        """The folder that there is something to choose in, named from this one on."""
        shown, names = self, [self.name]
        while not shown.files and len(shown.folders) == 1:
            (shown,) = shown.folders.values()
            names.append(shown.name)
        shown.name = "/".join(names)
        return shown


@dataclass(frozen=True)
class Tree:
    """The memories of one version."""

    root: Folder
    memories: int
    rules: int
    tokens: int


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
    # Versions that blame looks past, or would.
    past: Sequence[int] = ()
    plain: bool = False

    @property
    def cards(self) -> list[Card]:
        return blame.cards(self.groups)

    @property
    def blocks(self) -> list[list[Group]]:
        return blame.blocks(self.groups)

    @property
    def unapproved(self) -> int:
        """Lines that nobody answers for."""
        return sum(
            len(group.lines)
            for group in self.groups
            if group.origin.standing == "unapproved"
        )


def address(store: Store, path: str) -> str:
    """Where a memory stands among the pages."""
    return reverse("web:memory", args=[store.name]) + quote(path[1:])


def files(store: Store, number: int) -> list[File]:
    """The memories of a version in the order of a tree, in two queries."""
    at_head = number == store.head
    lost = answers.unapproved([store])[store.pk] if at_head else {}
    found = revisions.head(store) if at_head else revisions.at(store, number)
    rows = found.annotate(rule_count=Coalesce(RuleCount("rules"), 0)).values_list(
        "path", "rule_count", "tokens", "number", "version__at"
    )
    files = [
        File(
            *(path, address(store, path), count, tokens, wrote, when),
            pending=0,
            unapproved=lost.get(path, 0),
        )
        for path, count, tokens, wrote, when in rows
    ]
    files.sort(key=lambda file: (file.path.rpartition("/")[0], file.name))
    return files


def tree(found: Sequence[File], pending: Mapping[str, int], *, at: str) -> Tree:
    """Memories by folder, with how much waits to change each.

    Of many, only the folders that lead to ``at`` are unfolded.
    """
    files = [
        replace(file, pending=pending[file.path]) if file.path in pending else file
        for file in found
    ]
    many = len(files) > OPEN
    return Tree(
        root=_nested(files, (at or files[0].path) if many else None),
        memories=len(files),
        rules=sum(file.rules for file in files),
        tokens=sum(file.tokens for file in files),
    )


def show(
    store: Store, number: int, path: str, view: View, *, plain: bool = False
) -> Shown:
    """One memory as a version had it; refused where that version has none there."""
    revision = revisions.revision_at(store, number, path)
    text = revision.content
    if text is None:
        return Shown(revision, view)
    intact = revisions.is_intact(revision)
    if view == "rendered":
        odd = len(ODD.findall(text))
        return Shown(revision, view, html=markdown.render(text), odd=odd, intact=intact)
    if view == "raw":
        return Shown(revision, view, lines=blame.lines(text), intact=intact)
    return Shown(
        revision,
        view,
        groups=blame.groups(store, revision, plain=plain),
        intact=intact,
        past=blame.looked_past(revision) if intact else (),
        plain=plain,
    )


def _nested(files: Sequence[File], at: str | None) -> Folder:
    """Files in their folders; with ``at``, only the ones that lead to it are unfolded."""
    root = Folder("/", "")
    for file in files:
        here = root
        for name in file.path.split("/")[1:-1]:
            path = f"{here.path}{name}/"
            opened = at is None or at.startswith(path)
            here = here.folders.setdefault(name, Folder(path, name, opened))
        here.files.append(file)
    return root
