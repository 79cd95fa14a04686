"""The key is read where it stands and is found nowhere else."""

import logging

import pytest
from django.db import connection
from django.test import Client

from reviews.dreams.asking import keys
from reviews.dreams.asking.client import connect
from tests.dreams.asking.factories import (
    GOOD,
    a_question,
    an_asking_dream,
    ask,
    oracle,
)
from tests.factories import a_user
from tests.loopback import limited, refused

KEY = "sk-ant-api03-0123456789abcdefghijklmnop-WXYZ"


def test_the_environment_comes_first_then_the_file_of_the_data_folder(
    settings, tmp_path
):
    file = tmp_path / "anthropic-key"
    settings.ANTHROPIC_API_KEY_FILE = str(file)
    assert keys.find() is None
    file.write_text(f" {KEY}\n")
    assert keys.find() == keys.Key(KEY, str(file))

    settings.ANTHROPIC_API_KEY = "from-the-environment"

    assert keys.find() == keys.Key("from-the-environment", "the environment")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_told_without_what_is_in_it(
    settings, tmp_path, content
):
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    settings.ANTHROPIC_API_KEY_FILE = str(file)
    settings.ANTHROPIC_API_KEY_FILE_NAMED = True

    with pytest.raises(keys.KeyUnreadable, match="should hold the key"):
        keys.find()


@pytest.mark.parametrize(
    "content", [f"{KEY}\n{KEY}", f"key: {KEY}", f"\ufeff{KEY}", "ключ"]
)
def test_more_than_a_key_is_none_and_is_not_shown(settings, tmp_path, content):
    (tmp_path / "key").write_text(content)
    settings.ANTHROPIC_API_KEY_FILE = str(tmp_path / "key")

    with pytest.raises(keys.KeyUnreadable, match="a key is one word") as refusal:
        keys.find()

    assert KEY not in refusal.value.message


def test_an_empty_file_is_no_key(settings, tmp_path):
    (tmp_path / "key").write_text("\n")
    settings.ANTHROPIC_API_KEY_FILE = str(tmp_path / "key")

    assert keys.find() is None


def test_a_key_shows_its_ending_at_most():
    assert KEY not in f"{keys.Key(KEY, 'x')!r} {keys.Key(KEY, 'x')}"
    assert keys.Key(KEY, "x").ending == "WXYZ"
    assert keys.Key("short", "x").ending == ""


def test_proxies_of_the_environment_do_not_get_what_is_for_this_machine(
    loopback, monkeypatch
):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    with connect(retries=0) as api:
        counted = api.messages.count_tokens(
            model="claude-haiku-5-5", messages=[{"role": "user", "content": "Hi"}]
        )

    assert counted.input_tokens > 0


@pytest.mark.django_db
def test_a_dream_whose_key_cannot_be_read_is_told_so(settings, tmp_path):
    settings.ANTHROPIC_API_KEY_FILE = str(tmp_path / "gone")
    settings.ANTHROPIC_API_KEY_FILE_NAMED = True

    answer = ask(an_asking_dream(), a_question())["judge-1"]

    assert answer.stop == "no-key"
    assert "gone should hold the key" in answer.problem


@pytest.mark.django_db
def test_the_key_is_in_no_row_no_page_and_no_line_of_the_log(loopback, caplog):
    caplog.set_level(logging.DEBUG)
    loopback.messages.answer = lambda params: (
        {"works": True} if "works" in str(params) else GOOD
    )
    dream = an_asking_dream()
    admin = a_user("max", dream.store.team, "admin")
    client = Client()
    client.force_login(admin, "django.contrib.auth.backends.ModelBackend")
    ask(dream, a_question())
    loopback.play(limited(0.01), refused(403, "permission_error", loopback.key))
    ask(dream, a_question("second"))
    tried = client.post("/settings/models/test/", {"tier": "small"})
    pages = [
        tried.text,
        client.get("/settings/models/").text,
        client.get("/audit/").text,
        *[
            client.get(f"/settings/models/asked/{pk}/").text
            for pk in dream.completions.values_list("pk", flat=True)
        ],
    ]

    assert "answers." in tried.text
    assert "This key may not do that (403): [redacted" in everything()
    assert loopback.key not in "".join(pages)
    assert loopback.key not in caplog.text
    assert loopback.key not in everything()
    assert oracle(dream).left() > 0


def everything():
    """Every row of every table, as text."""
    said = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            said += [row[0] for row in cursor.fetchall()]
    return "\n".join(said)
