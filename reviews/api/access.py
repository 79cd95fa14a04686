"""Who is at the door: a bearer token, and the scope that a door needs."""

from typing import Any

from django.db import connection
from django.http import HttpRequest
from ninja.security import HttpBearer

from reviews.errors import NotFound
from reviews.memory.models import Store
from reviews.rows import columns, instances
from reviews.teams import tokens
from reviews.teams.models import Token

# Written out: on the way of every agent that reads, and never with a row more.
_STORE = "FROM reviews_store store WHERE team_id = %s AND name = %s"


class Bearer(HttpBearer):
    """A living token that carries one scope; it becomes ``request.auth``."""

    def __init__(self, scope: Token.Scope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Token:
        return tokens.verify(token, self.scope)


def token_of(request: Any) -> Token:
    """The token that opened this door."""
    token: Token = request.auth
    return token


def store_of(token: Token, name: str) -> Store:
    """A store of the token's team; another team's is not there."""
    statement = f"SELECT {columns('store', Store)} {_STORE}"
    with connection.cursor() as cursor:
        cursor.execute(statement, [token.agent.team_id, name])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(f"There is no store called “{name}” in your team.", store=name)
    store: Store
    (store,) = instances(row, Store)
    return store
