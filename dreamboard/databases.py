"""A database URL as Django wants it."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from dreamboard.env import Misconfigured

# The role and the database inside the embedded cluster.
NAME = "dreamboard"

_DJANGO_NAMES = {
    "dbname": "NAME",
    "user": "USER",
    "password": "PASSWORD",
    "host": "HOST",
    "port": "PORT",
}


def embedded_url(sockets: Path) -> str:
    """The embedded cluster listens on a unix socket in a private folder only."""
    return f"postgresql://{NAME}@/{NAME}?host={quote(str(sockets), safe='')}"


def settings(url: str, *, pool: int = 0) -> dict[str, Any]:
    """Parse with libpq's own grammar: sockets, several hosts, sslmode and the rest.

    With a pool, threads share so many connections; without, each keeps its own.
    """
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise Misconfigured(f"DATABASE_URL cannot be read: {error}") from error
    if not str(parts.get("port") or "").strip(","):
        # libpq says "," for several hosts without ports, which it does not accept back.
        parts.pop("port", None)
    known = {
        django: str(parts.pop(libpq))
        for libpq, django in _DJANGO_NAMES.items()
        if libpq in parts
    }
    options: dict[str, Any] = {"connect_timeout": 5, **parts}
    if pool:
        options["pool"] = {
            "min_size": 1,
            "max_size": pool,
            "timeout": 5.0,
            # After an outage try again at once, not after an ever longer pause.
            "reconnect_timeout": 5.0,
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        **known,
        "CONN_MAX_AGE": 0 if pool else 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
