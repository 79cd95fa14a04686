"""The append-only record: every verb writes its entry here, in its own transaction.

Entries of a team form one chain; acts without a team form the installation's. A link's
hash covers the link before it and a salted digest of its content, so content can be
redacted later and the chain still verifies.
"""

import contextlib
import hashlib
import json
import secrets
import uuid
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, Protocol

from django.db import connection, models, transaction
from django.utils import timezone

from reviews.audit import actions
from reviews.audit.actors import Actor
from reviews.audit.models import LedgerEntry, LedgerHead

INSTALLATION = "installation"

# Every verb ends here, under a lock that its team shares: two statements, written out.
_LOCK = "SELECT sequence, hash FROM reviews_ledgerhead WHERE chain = %s FOR UPDATE"
_APPEND = """
WITH head AS (
    UPDATE reviews_ledgerhead SET sequence = %(sequence)s, hash = %(hash)s
    WHERE chain = %(chain)s
)
INSERT INTO reviews_ledgerentry (chain, sequence, at, actor, action, subject, act,
    content, salt, digest, previous, hash)
VALUES (%(chain)s, %(sequence)s, %(at)s, %(actor)s, %(action)s, %(subject)s, %(act)s,
    %(content)s, %(salt)s, %(digest)s, %(previous)s, %(hash)s)
RETURNING id, written_at
"""

_act: ContextVar[uuid.UUID | None] = ContextVar("act", default=None)


class HasTeam(Protocol):
    """Anything whose acts belong to a team's chain."""

    pk: Any


@contextlib.contextmanager
def one_act(act: uuid.UUID | None = None) -> Iterator[uuid.UUID]:
    """Group everything recorded inside as one act of one actor (a request, a command)."""
    token = _act.set(act or uuid.uuid4())
    try:
        yield _act.get()  # type: ignore[misc]
    finally:
        _act.reset(token)


def chain_of(team: HasTeam | None) -> str:
    """The chain that a team's acts are written to."""
    return f"team:{team.pk}" if team is not None else INSTALLATION


def record(
    by: Actor,
    action: str,
    subject: models.Model,
    *,
    team: HasTeam | None,
    reason: str = "",
    **facts: Any,
) -> LedgerEntry:
    """Append one entry to the team's chain; call it last in the verb's transaction.

    The chain's head row stays locked until that transaction ends, so links are in the
    order in which acts became true.
    """
    if action not in actions.LABELS:
        raise ValueError(f"unnamed action: {action}")
    content = canonical(
        {"label": str(subject), "reason": reason, "facts": jsonable(facts)}
    )
    salt = secrets.token_hex(16)
    chain = chain_of(team)
    with transaction.atomic(savepoint=False):
        sequence, previous = _locked_head(chain)
        entry = LedgerEntry(
            chain=chain,
            sequence=sequence + 1,
            at=timezone.now(),
            actor=str(by),
            action=action,
            subject=f"{subject._meta.model_name}:{subject.pk}",
            act=_act.get() or uuid.uuid4(),
            content=content,
            salt=salt,
            digest=content_digest(salt, content),
            previous=previous,
        )
        entry.hash = link_hash(entry)
        _append(entry)
    return entry


def about(subject: models.Model) -> models.QuerySet[LedgerEntry]:
    """Everything recorded about one thing, newest first."""
    key = f"{subject._meta.model_name}:{subject.pk}"
    return LedgerEntry.objects.filter(subject=key).order_by("-id")


def content_of(entry: LedgerEntry) -> dict[str, Any]:
    """Label, reason and facts; empty once redacted."""
    if entry.content is None:
        return {"label": "", "reason": "", "facts": {}}
    content: dict[str, Any] = json.loads(entry.content)
    return content


def content_digest(salt: str, content: str) -> str:
    """Salted, so that short content cannot be guessed back from its digest."""
    return hashlib.sha256(f"{salt}\n{content}".encode()).hexdigest()


def link_hash(entry: LedgerEntry) -> str:
    """sha256 over the previous link and everything of this one but its content."""
    link = canonical(
        [
            entry.previous,
            entry.chain,
            entry.sequence,
            entry.at.isoformat(),
            entry.actor,
            entry.action,
            entry.subject,
            str(entry.act),
            entry.digest,
        ]
    )
    return hashlib.sha256(link.encode()).hexdigest()


def canonical(value: Any) -> str:
    """JSON with one spelling per value."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def jsonable(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as JSON has them: keys and numbers as they are, all else in words."""
    return {
        name: value
        if isinstance(value, (str, int, float, bool, list, dict, type(None)))
        else str(value)
        for name, value in facts.items()
    }


def _locked_head(chain: str) -> tuple[int, str]:
    """The chain's newest link under its row lock, begun if it is the first."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [chain])
        head: tuple[int, str] | None = cursor.fetchone()
    if head is None:
        # Whoever begins the chain second waits here, then finds the first one's head.
        LedgerHead.objects.bulk_create([LedgerHead(chain=chain)], ignore_conflicts=True)
        return _locked_head(chain)
    return head


def _append(entry: LedgerEntry) -> None:
    """Write the entry, and make it the newest link of its chain."""
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, vars(entry))
        entry.pk, entry.written_at = cursor.fetchone()
    entry._state.adding, entry._state.db = False, connection.alias
