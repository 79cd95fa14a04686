"""The first admin: made once, by whoever can read the one-time code on the console."""

import secrets
from pathlib import Path

from django.db import connection, transaction

from reviews.audit.actors import Actor
from reviews.errors import DomainError, NotAllowed
from reviews.teams import members
from reviews.teams.models import Membership, Team, User


class AlreadySetUp(DomainError):
    """There is an admin already; sign in instead."""

    code = "already-set-up"


class WrongCode(NotAllowed):
    """That is not the code that was printed when Dreamboard started."""

    code = "wrong-setup-code"


def needed() -> bool:
    """Whether nobody can sign in yet."""
    return not User.objects.exists()


def ensure_code(file: Path) -> str:
    """The code in the file, written there (readable by its owner only) if it is new."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(18))
    return file.read_text().strip()


@transaction.atomic
def first_admin(
    username: str, password: str, *, code: str, file: Path, team: str = "Home"
) -> User:
    """Make the first user, admin of a first team, and burn the code."""
    # Two browsers with the same code take turns; the second finds a user.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('first admin'))")
    if not needed():
        raise AlreadySetUp
    expected = file.read_text().strip() if file.exists() else ""
    if not expected or not secrets.compare_digest(code.encode(), expected.encode()):
        raise WrongCode
    by = Actor.system("setup")
    user = members.create_user(username, password, by=by)
    members.add(user, home(by=by, name=team), Membership.Role.ADMIN, by=by)
    transaction.on_commit(lambda: file.unlink(missing_ok=True))
    return user


def home(*, by: Actor, name: str = "Home") -> Team:
    """The first team, made when it is first needed."""
    return Team.objects.order_by("pk").first() or members.create_team(
        "home", name, by=by
    )
