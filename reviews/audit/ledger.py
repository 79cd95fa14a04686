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

from django.db import models, transaction
from django.utils import timezone

from reviews.audit import actions
from reviews.audit.actors import Actor
from reviews.audit.models import LedgerEntry, LedgerHead

INSTALLATION = "installation"

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
    with transaction.atomic():
        head = _locked_head(chain_of(team))
        entry = LedgerEntry(
            chain=head.chain,
            sequence=head.sequence + 1,
            at=timezone.now(),
            actor=str(by),
            action=action,
            subject=f"{subject._meta.model_name}:{subject.pk}",
            act=_act.get() or uuid.uuid4(),
            content=content,
            salt=salt,
            digest=content_digest(salt, content),
            previous=head.hash,
        )
        entry.hash = link_hash(entry)
        entry.save(force_insert=True)
        LedgerHead.objects.filter(pk=head.pk).update(
            sequence=entry.sequence, hash=entry.hash
        )
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


def _locked_head(chain: str) -> LedgerHead:
    """The chain's head under its row lock, begun if it is the first."""
    locked = LedgerHead.objects.select_for_update().filter(pk=chain)
    head = locked.first()
    if head is None:
        # Whoever begins the chain second waits here, then finds the first one's head.
        LedgerHead.objects.bulk_create([LedgerHead(chain=chain)], ignore_conflicts=True)
        head = locked.get()
    return head
