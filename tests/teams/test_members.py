"""Teams, roles, and the one admin that always stays."""

import threading

import pytest
from django.db import connection

from reviews.audit import ledger
from reviews.errors import Invalid, NotAllowed
from reviews.teams import members, roles, setup
from reviews.teams.models import Membership, Team, User
from tests.factories import MAX, PASSWORD, SETUP, a_team, a_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "permission", "allowed"),
    [
        # Everybody in the team reads; nobody outside does.
        ("viewer", "read", True),
        (None, "read", False),
        # Deciding begins with the operator.
        ("viewer", "ask for a rollback", True),
        ("viewer", "decide", False),
        ("operator", "decide", True),
        ("lead", "decide", True),
        # Settings are the admin's alone.
        ("lead", "administer", False),
        ("admin", "administer", True),
    ],
)
def test_who_may_do_what(role, permission, allowed):
    assert roles.allows(role, permission) is allowed


def test_a_refusal_says_who_may():
    with pytest.raises(NotAllowed, match="Only an operator or above may decide"):
        roles.check("viewer", "decide")
    with pytest.raises(NotAllowed, match="Only an admin may change settings"):
        roles.check("lead", "administer")


def test_the_last_admin_can_neither_leave_nor_step_down():
    team = a_team()
    a_user("max", team, "admin")
    membership = Membership.objects.get(team=team)

    with pytest.raises(members.LastAdmin, match="max is the last admin"):
        members.remove(membership, by=MAX)
    with pytest.raises(members.LastAdmin):
        members.change_role(membership, "viewer", by=MAX)

    assert Membership.objects.get(team=team).role == "admin"


def test_a_second_admin_may_leave():
    team = a_team()
    a_user("max", team, "admin")
    a_user("ada", team, "admin")

    members.remove(Membership.objects.get(user__username="ada"), by=MAX)

    assert [m.user.username for m in team.memberships.all()] == ["max"]


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_demote_each_other_leave_one():
    team = a_team()
    for name in ("max", "ada"):
        a_user(name, team, "admin")
    refused = []

    def demote(name):
        try:
            members.change_role(
                Membership.objects.get(team=team, user__username=name), "viewer", by=MAX
            )
        except members.LastAdmin:
            refused.append(name)
        finally:
            connection.close()

    threads = [threading.Thread(target=demote, args=[name]) for name in ("max", "ada")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 1
    assert Membership.objects.filter(team=team, role="admin").count() == 1


def test_a_role_change_is_in_the_ledger_with_both_roles():
    team = a_team()
    user = a_user("lin", team, "viewer")

    members.add(user, team, "lead", by=MAX)

    entry = ledger.about(user)[0]
    assert entry.action == "member.changed"
    assert ledger.content_of(entry)["facts"] == {"before": "viewer", "role": "lead"}


@pytest.mark.parametrize("password", ["short", "password", "12345678901"])
def test_a_weak_password_is_refused_in_words(password):
    with pytest.raises(Invalid, match="password"):
        members.create_user("ada", password, by=SETUP)


def test_names_are_taken_whatever_their_case():
    a_user("ada")

    with pytest.raises(members.NameTaken):
        members.create_user("ADA", PASSWORD, by=SETUP)


def test_the_first_admin_needs_the_code_and_burns_it(
    tmp_path, django_capture_on_commit_callbacks
):
    file = tmp_path / "code"
    code = setup.ensure_code(file)

    with pytest.raises(setup.WrongCode):
        setup.first_admin("max", PASSWORD, code="guess", file=file)
    with django_capture_on_commit_callbacks(execute=True):
        user = setup.first_admin("max", PASSWORD, code=code, file=file)

    assert Membership.objects.get(user=user).role == "admin"
    assert not file.exists()
    with pytest.raises(setup.AlreadySetUp):
        setup.first_admin("eve", PASSWORD, code=code, file=file)


def test_the_code_is_readable_by_its_owner_only_and_stays(tmp_path):
    file = tmp_path / "code"

    code = setup.ensure_code(file)

    assert setup.ensure_code(file) == code
    assert file.stat().st_mode & 0o077 == 0


def test_without_a_code_file_nobody_becomes_admin(tmp_path):
    with pytest.raises(setup.WrongCode):
        setup.first_admin("eve", PASSWORD, code="", file=tmp_path / "absent")

    assert not User.objects.exists()
    assert not Team.objects.exists()
