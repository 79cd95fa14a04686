"""A change by hand as it lies on the desk: what was typed, against what, and its effect.

What is typed is bound to the text that it was typed over. When that has moved, both are
merged where they can be, and nothing is saved before it has been looked at again.
"""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from reviews.errors import DomainError, Invalid, NotFound
from reviews.memory import edits, merges, paths, plans, revisions, tokens
from reviews.memory.models import Memory, Revision, Store
from reviews.proposals import drafts
from reviews.proposals.drafts import Draft, DraftOperation
from reviews.web.presenters import diffs
from reviews.web.presenters.diffs import Change
from reviews.web.requests import Request, form_id, said

Kind = Literal["new", "edit", "rename", "delete"]
TITLES = {
    "new": "Add a memory",
    "edit": "Edit a memory",
    "rename": "Rename a memory",
    "delete": "Delete a memory",
}


@dataclass
class Sheet:
    """One change by hand: of which memory, into what, and why."""

    store: Store
    kind: Kind
    path: str
    revision: Revision | None
    new_path: str = ""
    text: str = ""
    reason: str = ""
    request_id: str = ""
    # The hash of the text that this was typed over, and of what was last looked at.
    base: str = ""
    looked_at: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    # What others changed meanwhile, and whether it could be merged with this.
    moved: Change | None = None
    merged: bool = False
    gone: str = ""

    @property
    def title(self) -> str:
        return TITLES[self.kind]

    @property
    def writes(self) -> bool:
        """Whether there are words to type."""
        return self.kind in ("new", "edit")

    @property
    def before(self) -> str:
        return (self.revision.content if self.revision else "") or ""

    @property
    def after(self) -> str:
        if self.kind == "delete":
            return ""
        return self.text if self.writes else self.before

    @property
    def target(self) -> str:
        """The path that the memory has afterwards."""
        return self.new_path if self.kind in ("new", "rename") else self.path

    @property
    def change(self) -> Change:
        return diffs.present(self.before, self.after, path=self.target)

    @property
    def changes(self) -> bool:
        return self.kind == "rename" or self.before != self.after

    @property
    def tokens(self) -> tuple[int, int]:
        """What the memory costs before and after."""
        return tokens.estimate(self.before), tokens.estimate(self.after)

    @property
    def seal(self) -> str:
        """Names exactly this change: whoever saves has looked at it."""
        parts = "\0".join([self.base, self.target, self.after])
        return hashlib.sha256(parts.encode(errors="replace")).hexdigest()

    @property
    def was_looked_at(self) -> bool:
        """Whether it is the change whose effect was shown last."""
        return not self.writes or self.looked_at == self.seal

    def check(self, *, reason: bool) -> None:
        """Note beside each field what is wrong with it."""
        if self.kind in ("new", "rename"):
            self._try("path", self._check_path)
        if self.writes and not self.text.strip():
            self.errors["text"] = "A memory has to say something."
        elif self.writes:
            self._try("text", lambda: plans.check_text(self.target, self.text))
        if self.kind == "edit" and not self.changes:
            self.errors.setdefault("text", "Nothing is different yet.")
        if reason and not self.reason.strip():
            self.errors["reason"] = "Say why: blame will show it beside these lines."

    def draft(self) -> Draft:
        """The change as a proposal of its author's own."""
        operations = self.operations()
        by_rule = len(operations) == 1 and bool(operations[0].rule)
        # What changes one rule, or one path, is called after it.
        plain = by_rule or self.kind == "rename"
        title = "" if plain else f"{self.kind.replace('new', 'add')} {self.target}"
        title = title[:1].upper() + title[1:]
        return drafts.by_hand(operations, title=title, because=self.reason)

    def operations(self) -> tuple[DraftOperation, ...]:
        """The change as operations of a proposal: rule by rule where that says it all."""
        if self.kind == "new":
            return (DraftOperation(kind="add", path=self.new_path, after=self.text),)
        if self.kind == "rename":
            return (
                DraftOperation(kind="rename", path=self.path, new_path=self.new_path),
            )
        if self.kind == "delete" or self.revision is None:
            return (DraftOperation(kind="delete", path=self.path, before=self.before),)
        found = edits.between(revisions.authored(self.revision), self.text, self.path)
        return tuple(
            DraftOperation(**msgspec.structs.asdict(change)) for change in found
        )

    def _check_path(self) -> None:
        paths.check(self.new_path)
        if self.new_path == self.path:
            raise Invalid("This is its path already.")
        standing = Memory.objects.filter(store=self.store, path__isnull=False)
        others = standing.exclude(path=self.path).values_list("path", flat=True)
        paths.check_free(self.new_path, [path for path in others if path])

    def _try(self, name: str, check: Callable[[], None]) -> None:
        try:
            check()
        except DomainError as refusal:
            self.errors[name] = refusal.message


def read(request: Request, store: Store, kind: Kind) -> Sheet:
    """What lies on the desk: as typed, or as it begins."""
    path = request.GET.get("path", "")
    revision = None
    gone = ""
    if kind != "new":
        try:
            revision = revisions.revision_at(store, store.head, path)
        except NotFound:
            if kind != "edit" or request.method != "POST":
                raise
            # What was typed is not lost with the memory that it was typed over.
            kind, gone = "new", f"{path} is gone. What you typed would begin it anew."
    sheet = Sheet(store, kind, path, revision, request_id=str(uuid.uuid4()))
    sheet.base = revision.sha256 if revision else ""
    if request.method != "POST":
        sheet.text = sheet.before
        sheet.new_path = path or "/"
        return sheet
    sheet.new_path = path if gone else said(request, "path").strip()
    sheet.text = _line_ends(said(request, "text"), sheet.before)
    sheet.reason = said(request, "reason")
    sheet.looked_at = request.POST.get("looked_at", "")
    sheet.gone = gone
    sheet.request_id = str(form_id(request) or sheet.request_id)
    if revision is not None and request.POST.get("base", "") != revision.sha256:
        _rebase(sheet, revision, request.POST.get("base", ""))
    return sheet


def _rebase(sheet: Sheet, head: Revision, base: str) -> None:
    """Bring what was typed over an older text to the head, if both agree."""
    older = Revision.objects.filter(memory=head.memory_id, sha256=base)
    was = (found.content if (found := older.last()) else "") or ""
    sheet.moved = diffs.present(was, sheet.before, path=sheet.path)
    if not sheet.writes:
        return
    merged = merges.merge(was, sheet.before, sheet.text)
    if merged.text is not None:
        sheet.text, sheet.merged = merged.text, True


def _line_ends(text: str, before: str) -> str:
    """A browser sends one kind of line end; a text that has the other keeps it."""
    if "\r\n" in before and "\n" not in before.replace("\r\n", ""):
        return text.replace("\n", "\r\n")
    return text
