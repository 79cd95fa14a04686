"""What a load balancer hears."""

import pytest

from dreamboard import health


def test_a_process_that_is_up_says_so_without_database_or_session(client):
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}
    assert "Set-Cookie" not in answer.headers


@pytest.mark.django_db
def test_not_ready_names_the_part_that_is_missing(client):
    answer = client.get("/readyz")

    # Tests have a database and no broker.
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "unavailable",
        "database": "ok",
        "migrations": "ok",
        "broker": "unavailable (OperationalError)",
    }


@pytest.mark.django_db
def test_ready_once_everything_answers(client, monkeypatch):
    monkeypatch.setattr(health, "_broker", lambda: "ok")

    assert client.get("/readyz").status_code == 200


def test_pages_carry_exactly_the_strict_policy(client):
    policy = client.get("/healthz").headers["Content-Security-Policy"]

    assert policy == (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; font-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
