"""Teams and the people in them."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid
from reviews.teams.models import Membership, Team, User


class LastAdmin(DomainError):
    """A team keeps at least one admin."""

    code = "last-admin"


class NameTaken(DomainError):
    """That name is taken."""

    code = "name-taken"


@transaction.atomic
def create_team(slug: str, name: str, *, by: Actor) -> Team:
    """Found a team; it has no members yet."""
    if Team.objects.filter(slug=slug).exists():
        raise NameTaken(f"There is a team called “{slug}” already.", slug=slug)
    team = Team.objects.create(slug=slug, name=name)
    ledger.record(by, "team.created", team, team=team, slug=slug)
    return team


@transaction.atomic
def create_user(
    username: str,
    password: str | None,
    *,
    by: Actor,
    email: str = "",
    name: str = "",
) -> User:
    """Somebody who can sign in, without a password nobody; belongs to no team yet."""
    username = username.strip()
    if not username:
        raise Invalid("A user needs a name.")
    if User.objects.filter(username__iexact=username).exists():
        raise NameTaken(f"There is a user called “{username}” already.", user=username)
    user = User(username=username, email=email, name=name)
    try:
        User.username_validator(username)
        if password is not None:
            validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from error
    user.set_password(password)
    user.save(force_insert=True)
    ledger.record(by, "user.created", user, team=None)
    return user


@transaction.atomic
def add(user: User, team: Team, role: str, *, by: Actor) -> Membership:
    """Give a user a role in a team, or another role than before."""
    membership, created = Membership.objects.select_for_update().get_or_create(
        user=user, team=team, defaults={"role": role}
    )
    if created:
        ledger.record(by, "member.added", user, team=team, role=role)
    elif membership.role != role:
        change_role(membership, role, by=by)
    return membership


@transaction.atomic
def change_role(membership: Membership, role: str, *, by: Actor) -> None:
    """Another role from now on; the last admin stays one."""
    if role != Membership.Role.ADMIN:
        _keep_an_admin(membership)
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    ledger.record(
        by,
        "member.changed",
        membership.user,
        team=membership.team,
        before=before,
        role=role,
    )


@transaction.atomic
def remove(membership: Membership, *, by: Actor) -> None:
    """Out of the team; what they decided stays theirs."""
    _keep_an_admin(membership)
    ledger.record(by, "member.removed", membership.user, team=membership.team)
    membership.delete()


def _keep_an_admin(membership: Membership) -> None:
    # Locking all admins makes two admins who demote each other take turns.
    admins = Membership.objects.select_for_update().filter(
        team=membership.team, role=Membership.Role.ADMIN
    )
    if {admin.pk for admin in admins} == {membership.pk}:
        raise LastAdmin(f"{membership.user} is the last admin of {membership.team}.")
