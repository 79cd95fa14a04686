"""What agents show at the door: issued once in clear, kept only as a hash."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid
from reviews.teams.models import Agent, Token

# 32 random bytes need no slow hash: there is nothing to guess.
BYTES = 32


class BadToken(DomainError):
    """That token opens nothing here."""

    code = "bad-token"
    status = 401


class MissingScope(DomainError):
    """That token does not reach this far."""

    code = "missing-scope"
    status = 403


@transaction.atomic
def issue(
    agent: Agent, scopes: Sequence[str], *, by: Actor, days: int | None = None
) -> tuple[Token, str]:
    """A new token and its clear text, which nobody can ask for again."""
    unknown = sorted(set(scopes) - set(Token.Scope.values))
    if unknown or not scopes:
        raise Invalid(
            f"Unknown scope: {', '.join(unknown) or '(none)'}. "
            f"There are: {', '.join(Token.Scope.values)}.",
            field="scope",
        )
    if days is not None and days < 1:
        raise Invalid("A token lasts at least a day.", field="days")
    clear = "db_" + secrets.token_urlsafe(BYTES)
    token = Token.objects.create(
        agent=agent,
        prefix=clear[:9],
        hash=digest(clear),
        scopes=sorted(set(scopes)),
        created_by=str(by),
        expires_at=timezone.now() + timedelta(days=days) if days else None,
    )
    ledger.record(
        by, "token.issued", agent, team=agent.team, token=token.pk, scopes=token.scopes
    )
    return token, clear


@transaction.atomic
def revoke(token: Token, *, by: Actor) -> None:
    """It opens nothing from now on; revoking twice is revoking once."""
    now = timezone.now()
    if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        token.revoked_at = now
        ledger.record(
            by, "token.revoked", token.agent, team=token.agent.team, token=token.pk
        )


def verify(clear: str, scope: str) -> Token:
    """The living token behind a clear text, if it carries the scope."""
    token = (
        Token.objects.select_related("agent__team")
        .filter(hash=digest(clear), revoked_at=None)
        .filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))
        .first()
    )
    if token is None:
        raise BadToken
    if scope not in token.scopes and Token.Scope.ADMIN not in token.scopes:
        raise MissingScope(f"This needs the scope “{scope}”.", scope=scope)
    _touch(token)
    return token


def digest(clear: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(clear.encode()).hexdigest()


def _touch(token: Token) -> None:
    """Note the use, at most once a minute: reads must not cost a write each."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
        Token.objects.filter(pk=token.pk).update(last_used_at=now)
