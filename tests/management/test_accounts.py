"""Users and tokens from the command line."""

import io
import json

import pytest
from django.core.management import call_command
from django.db import connection

from reviews.teams import tokens
from reviews.teams.models import Membership, Team, User
from tests.factories import a_team, a_user

pytestmark = pytest.mark.django_db


def run(*words: str) -> dict:
    """Run a command for a program and read what it says."""
    out = io.StringIO()
    call_command(*words, "--json", stdout=out)
    return json.loads(out.getvalue())


def refusal(*words: str) -> tuple[int, dict]:
    """Run a command that is refused: its exit code and the error it reports."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command(*words, "--json", stdout=out, stderr=err)
    error = json.loads(out.getvalue())["error"]
    assert err.getvalue().strip() == error["message"]
    return end.value.code, error


def test_the_first_user_of_a_fresh_installation_gets_a_team_and_a_password():
    said = run("adduser", "max", "--role", "admin")

    user = User.objects.get(username="max")
    assert user.check_password(said["password"])
    assert said == {
        "user": "max",
        "team": "home",
        "role": "admin",
        "password": said["password"],
    }
    assert Membership.objects.get(user=user).role == "admin"


def test_a_password_may_come_from_stdin_and_is_not_repeated(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery staple\n"))

    said = run("adduser", "ada", "--role", "operator", "--password-stdin")

    assert "password" not in said
    assert User.objects.get(username="ada").check_password(
        "correct horse battery staple"
    )


def test_a_weak_password_is_refused_in_words_and_founds_nothing(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("12345678\n"))

    code, error = refusal("adduser", "ada", "--role", "operator", "--password-stdin")

    assert code == 1
    assert error["code"] == "invalid"
    assert "common" in error["message"]
    assert not User.objects.exists()
    assert not Team.objects.exists()


def test_adding_somebody_again_changes_the_role_and_keeps_the_password():
    a_user("ada", a_team("red"), "operator")

    said = run("adduser", "ada", "--role", "lead")

    assert said == {"user": "ada", "team": "red", "role": "lead"}
    assert Membership.objects.get().role == "lead"


def test_with_several_teams_one_has_to_be_named():
    a_team("red")
    a_team("blue")

    code, error = refusal("adduser", "ada", "--role", "viewer")

    assert code == 1
    assert "blue, red" in error["message"]
    assert run("adduser", "ada", "--role", "viewer", "--team", "red")["team"] == "red"


def test_an_unknown_team_is_refused():
    assert refusal("token", "bot", "--scope", "propose", "--team", "nowhere") == (
        1,
        {"code": "not-found", "message": "There is no team “nowhere”."},
    )


def test_a_token_is_printed_once_and_opens_what_it_says():
    said = run("token", "support-bot", "--scope", "write-traces", "--expires", "30")

    token = tokens.verify(said["token"], "write-traces")
    assert token.agent.name == "support-bot"
    assert token.expires_at is not None
    with pytest.raises(tokens.MissingScope):
        tokens.verify(said["token"], "read-memory")


def test_an_unbroken_ledger_verifies():
    team = a_team("red")
    a_user("ada", team)
    out = io.StringIO()

    said = run("ledger", "verify")
    call_command("ledger", "verify", stdout=out)

    assert said["unbroken"]
    assert {chain["chain"]: chain["team"] for chain in said["chains"]} == {
        "installation": None,
        f"team:{team.pk}": "red",
    }
    assert f"team:{team.pk} (red): " in out.getvalue()


def test_a_rewritten_ledger_is_found_out_and_ends_with_1():
    a_user("ada", a_team("red"))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE reviews_ledgerentry DISABLE TRIGGER append_only")
        cursor.execute("UPDATE reviews_ledgerentry SET actor = 'person:nobody'")
    out = io.StringIO()

    with pytest.raises(SystemExit) as end:
        call_command("ledger", "verify", stdout=out)

    assert end.value.code == 1
    assert "broken at 1" in out.getvalue()
