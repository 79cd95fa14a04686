"""What the environment may say, and what it must not."""

import pytest

from dreamboard import databases, env
from dreamboard.env import Misconfigured


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        # The usual form.
        (
            "postgresql://ada:pa%2Fss@db.example:5433/board",
            {
                "USER": "ada",
                "PASSWORD": "pa/ss",
                "HOST": "db.example",
                "PORT": "5433",
                "NAME": "board",
            },
        ),
        # libpq's own form.
        ("host=db dbname=board", {"HOST": "db", "NAME": "board"}),
        # A socket.
        ("postgresql:///board?host=/run/pg", {"HOST": "/run/pg", "NAME": "board"}),
        # Several hosts, where libpq says "," for the ports that nobody gave.
        ("postgresql://a,b/board", {"HOST": "a,b", "NAME": "board"}),
    ],
)
def test_a_database_url_is_read_as_libpq_reads_it(url, expected):
    read = databases.settings(url)

    kept = {"USER", "PASSWORD", "HOST", "PORT", "NAME"}
    assert {name: value for name, value in read.items() if name in kept} == expected


def test_what_is_no_name_of_djangos_is_passed_on_to_libpq():
    read = databases.settings("postgresql://db/board?sslmode=verify-full")

    assert read["OPTIONS"]["sslmode"] == "verify-full"


def test_a_pool_bounds_the_connections_and_leaves_none_to_a_thread():
    read = databases.settings("postgresql://db/board", pool=4)

    assert read["OPTIONS"]["pool"]["max_size"] == 4
    assert read["CONN_MAX_AGE"] == 0


def test_a_broken_database_url_is_refused_in_a_sentence():
    with pytest.raises(Misconfigured, match="DATABASE_URL cannot be read"):
        databases.settings("nonsense")


def test_the_embedded_database_is_reached_by_its_socket_whatever_its_path(tmp_path):
    folder = tmp_path / "a folder & more%"

    read = databases.settings(databases.embedded_url(folder))

    assert read["HOST"] == str(folder)
    assert read["NAME"] == "dreamboard"


def test_a_secret_may_stand_in_a_file(tmp_path, monkeypatch):
    (tmp_path / "secret").write_text("s3cret\n")
    monkeypatch.setenv("EMAIL_PASSWORD_FILE", str(tmp_path / "secret"))

    assert env.text("EMAIL_PASSWORD") == "s3cret"


def test_a_secret_file_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("EMAIL_PASSWORD_FILE", str(tmp_path / "nowhere"))

    with pytest.raises(Misconfigured, match=r"EMAIL_PASSWORD_FILE .*nowhere"):
        env.text("EMAIL_PASSWORD")


@pytest.mark.parametrize(
    ("said", "heard"), [("yes", True), ("1", True), ("off", False), ("", True)]
)
def test_a_flag_is_a_yes_or_a_no_and_nothing_said_means_the_default(
    said, heard, monkeypatch
):
    monkeypatch.setenv("EMAIL_TLS", said)

    assert env.flag("EMAIL_TLS", default=True) is heard


def test_what_is_neither_yes_nor_no_and_no_number_is_refused(monkeypatch):
    monkeypatch.setenv("DEBUG", "maybe")
    monkeypatch.setenv("PORT", "eighty")

    with pytest.raises(Misconfigured, match="DEBUG"):
        env.flag("DEBUG")
    with pytest.raises(Misconfigured, match="PORT"):
        env.number("PORT", 8000)


@pytest.mark.parametrize(
    "said", ["api.anthropic.com", "http://x:port", "http://[half", "ftp://x", "http://"]
)
def test_what_is_no_address_is_refused_without_being_repeated(monkeypatch, said):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", said)

    with pytest.raises(Misconfigured, match="ANTHROPIC_BASE_URL is no address") as told:
        env.address("ANTHROPIC_BASE_URL")

    assert said not in str(told.value).removeprefix("ANTHROPIC_BASE_URL")


def test_an_address_may_have_a_port_and_a_path(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://localhost:8080/anthropic")

    assert env.address("ANTHROPIC_BASE_URL") == "http://localhost:8080/anthropic"
    assert env.address("NOTHING_OF_THE_KIND") == ""
