"""The newest version of a linked store, written to its twin memory by memory.

Every write says what it expects to find. Where something else is there, that becomes a
proposal, and nothing is written over it until people have decided. What was written is
noted at once, so that whoever dies can begin again: a write that is done already is found
to be done.
"""

import hashlib
from collections.abc import Callable
from functools import partial

import anthropic
import msgspec
from anthropic import Anthropic
from anthropic.types.beta.memory_stores import BetaManagedAgentsPreconditionParam
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.dreams.asking.failures import failure_of
from reviews.dreams.hosted import arrivals, doors, leases, snapshots
from reviews.dreams.hosted.snapshots import Remote
from reviews.dreams.models import HostedMemory, HostedStore
from reviews.errors import DomainError
from reviews.memory import revisions
from reviews.mirrors import renames

BY = Actor.system("hosted")
STALE, TAKEN = "memory_precondition_failed_error", "memory_path_conflict_error"
# So many problems are said on the link; a page is no log.
_NAMED = 3


class Pushed(msgspec.Struct):
    """What one push did, and what keeps the rest from being done."""

    written: int = 0
    deleted: int = 0
    renamed: int = 0
    problems: list[str] = msgspec.field(default_factory=list)

    @property
    def done(self) -> int:
        """How many memories it changed over there."""
        return self.written + self.deleted + self.renamed


def push(store: int) -> Pushed | None:
    """Write a store back; None while somebody else is at it.

    What agents are to read is written: the head, or the version that readers are frozen to.
    """
    with leases.held(store) as hosted:
        if hosted is None:
            return None
        ours = hosted.store
        number = ours.frozen_at or ours.head
        push = _Push(hosted, number)
        try:
            with doors.connect() as api:
                push.carry(api)
        except DomainError as refusal:
            push.result.problems.insert(0, refusal.message)
        push.note()
        return push.result


class _Push:
    """One push of one store at one version."""

    def __init__(self, hosted: HostedStore, number: int) -> None:
        self.hosted, self.number = hosted, number
        self.result = Pushed()
        self.texts = {
            path: text
            for path, text in revisions.texts_at(hosted.store, number).items()
            if text.strip()
        }
        self.rows = {row.path: row for row in hosted.memories.all()}

    def carry(self, api: Anthropic) -> None:
        """Renames and deletions first: they make room for what is new."""
        moved = renames.of(self.hosted.store, self.rows, self.texts, self.number)
        for old, new in moved.items():
            self._each(api, old, partial(self._rename, api, old, new))
        for path in sorted(self.rows.keys() - self.texts.keys()):
            self._each(api, path, partial(self._delete, api, path))
        for path, text in self.texts.items():
            self._each(api, path, partial(self._write, api, path, text))

    def note(self) -> None:
        """Write down how far it came; a ledger entry says what changed over there."""
        result, hosted = self.result, self.hosted
        if not result.problems:
            hosted.pushed = self.number
        hosted.pushed_at = timezone.now()
        named = result.problems[:_NAMED]
        if len(result.problems) > _NAMED:
            named.append(f"And {len(result.problems) - _NAMED} more.")
        hosted.push_problem = " ".join(named)
        hosted.save(update_fields=["pushed", "pushed_at", "push_problem"])
        if result.done:
            ledger.record(
                BY,
                "memory.mirrored",
                hosted.store,
                team=hosted.store.team,
                version=self.number,
                written=result.written,
                deleted=result.deleted,
                renamed=result.renamed,
                problems=len(result.problems),
            )

    def _each(self, api: Anthropic, path: str, act: Callable[[], None]) -> None:
        """Do one thing, unless what is over there waits for people; say what went wrong."""
        if not self._is_free(path):
            self._problem(
                f"{path} was changed over there: it is written back once the proposals "
                "about that are decided."
            )
            return
        leases.renew(self.hosted.pk)
        try:
            act()
        except anthropic.ConflictError as conflict:
            self._conflict(api, path, conflict)
        except anthropic.NotFoundError:
            self._arrived(api, path)
        except anthropic.APIStatusError as error:
            failure = failure_of(error)
            if failure.kind != "rejected":
                raise
            self._problem(f"{path} could not be written back. {failure.sentence}")

    def _is_free(self, path: str) -> bool:
        """Whether nobody has to decide about what arrived at a path; it counts as seen then."""
        row = self.rows.get(path)
        if row is None or not row.arrived:
            return True
        if not arrivals.decided(row):
            return False
        if row.arrived == arrivals.GONE:
            row.delete()
            del self.rows[path]
            return True
        row.sha256, row.arrived, row.proposals = row.arrived, "", []
        row.save(update_fields=["sha256", "arrived", "proposals"])
        return True

    def _write(self, api: Anthropic, path: str, text: str) -> None:
        row, wanted = self.rows.get(path), _sha256(text)
        if row is not None and row.sha256 == wanted:
            self._agree(path, Remote(id=row.remote_id, sha256=wanted))
            return
        memories = api.beta.memory_stores.memories
        if row is None:
            made = memories.create(self.hosted.remote_id, path=path, content=text)
        else:
            made = memories.update(
                row.remote_id,
                memory_store_id=self.hosted.remote_id,
                content=text,
                precondition=_expects(row),
            )
        self._agree(path, Remote(id=made.id, sha256=made.content_sha256))
        self.result.written += 1

    def _rename(self, api: Anthropic, old: str, new: str) -> None:
        row, text = self.rows[old], self.texts[new]
        made = api.beta.memory_stores.memories.update(
            row.remote_id,
            memory_store_id=self.hosted.remote_id,
            path=new,
            content=text,
            precondition=_expects(row),
        )
        row.path, row.sha256, row.version = new, made.content_sha256, self.number
        row.save(update_fields=["path", "sha256", "version"])
        self.rows[new] = self.rows.pop(old)
        self.result.renamed += 1

    def _delete(self, api: Anthropic, path: str) -> None:
        """Only what both sides once agreed on: the rest was never ours to delete."""
        row = self.rows.get(path)
        if row is None or not row.version:
            return
        try:
            api.beta.memory_stores.memories.delete(
                row.remote_id,
                memory_store_id=self.hosted.remote_id,
                expected_content_sha256=row.sha256,
            )
        except anthropic.NotFoundError:
            row.delete()
            return
        row.delete()
        self.result.deleted += 1

    def _agree(self, path: str, remote: Remote) -> None:
        """Note that both sides say the same at a path now."""
        row = self.rows.get(path)
        if (
            row
            and row.version
            and (row.remote_id, row.sha256) == (remote.id, remote.sha256)
        ):
            return
        self.rows[path], _ = HostedMemory.objects.update_or_create(
            hosted=self.hosted,
            path=path,
            defaults={
                "remote_id": remote.id,
                "sha256": remote.sha256,
                "version": self.number,
                "arrived": "",
                "proposals": [],
            },
        )

    def _conflict(
        self, api: Anthropic, path: str, conflict: anthropic.ConflictError
    ) -> None:
        if conflict.type == TAKEN:
            self._taken(api, path, conflict)
        elif conflict.type == STALE:
            self._arrived(api, path)
        else:
            self._problem(
                f"{path} could not be written back. {failure_of(conflict).sentence}"
            )

    def _taken(
        self, api: Anthropic, path: str, conflict: anthropic.ConflictError
    ) -> None:
        """Something stands there: what we wrote before we died, or somebody else's."""
        listing = snapshots.listed(api, self.hosted.remote_id)
        there = listing.get(path)
        if there is None:
            other = _conflicting(conflict) or "another memory"
            self._problem(f"{path} cannot stand beside {other} over there.")
        elif there.sha256 == _sha256(self.texts.get(path, "")):
            self._agree(path, there)
        else:
            self._arrived(api, path, listing)

    def _arrived(
        self, api: Anthropic, path: str, listing: dict[str, Remote] | None = None
    ) -> None:
        """Propose what came from behind our back, and leave it as it is until then."""
        found = listing or snapshots.listed(api, self.hosted.remote_id)
        made = arrivals.take(self.hosted, api, found)
        self.rows = {row.path: row for row in self.hosted.memories.all()}
        count = len(made.proposals)
        self.result.problems += made.problems
        self._problem(
            f"{path} was changed over there since: {count} "
            f"{'proposal' if count == 1 else 'proposals'} made of it, nothing overwritten."
        )

    def _problem(self, sentence: str) -> None:
        self.result.problems.append(sentence)


def _expects(row: HostedMemory) -> BetaManagedAgentsPreconditionParam:
    return {"type": "content_sha256", "content_sha256": row.sha256}


def _conflicting(conflict: anthropic.ConflictError) -> str:
    """The path that stands in the way, where the answer names it."""
    body = conflict.body if isinstance(conflict.body, dict) else {}
    error = body.get("error")
    return str(error.get("conflicting_path") or "") if isinstance(error, dict) else ""


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
