"""What agents show at the door: issued once in clear, kept only as a hash."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from functools import cache

from django.db import connection, transaction
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid
from reviews.rows import columns, instances
from reviews.teams.models import Agent, Team, Token

# 32 random bytes need no slow hash: there is nothing to guess.
BYTES = 32
LONGEST_DAYS = 36_500


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
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise Invalid(
            f"A token lasts at least a day, and at most {LONGEST_DAYS:,}.", field="days"
        )
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
    token = _living(digest(clear))
    if token is None:
        raise BadToken
    if scope not in token.scopes and Token.Scope.ADMIN not in token.scopes:
        raise MissingScope(f"This needs the scope “{scope}”.", scope=scope)
    _touch(token)
    return token


def digest(clear: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(clear.encode()).hexdigest()


def _living(hashed: str) -> Token | None:
    """The token of this hash, with its agent and team, unless its time is over."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(), [hashed, timezone.now()])
        row = cursor.fetchone()
    if row is None:
        return None
    token: Token
    token, agent, team = instances(row, Token, Agent, Team)
    token.agent, agent.team = agent, team
    return token


@cache
def _statement() -> str:
    return f"""
        SELECT {columns("token", Token)}, {columns("agent", Agent)},
            {columns("team", Team)}
        FROM reviews_token token
        JOIN reviews_agent agent ON agent.id = token.agent_id
        JOIN reviews_team team ON team.id = agent.team_id
        WHERE token.hash = %s AND token.revoked_at IS NULL
            AND (token.expires_at IS NULL OR token.expires_at > %s)
    """  # noqa: S608 - names of our own columns


def _touch(token: Token) -> None:
    """Note the use, at most once a minute: reads must not cost a write each."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
        Token.objects.filter(pk=token.pk).update(last_used_at=now)
