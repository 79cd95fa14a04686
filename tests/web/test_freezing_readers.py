"""Readers frozen at a version: by an admin, with a reason, seen by all, obeyed by the API."""

import re

import pytest

from reviews.audit import ledger
from reviews.memory.models import Store
from reviews.teams import tokens
from tests.factories import SETUP, a_store, a_version, an_agent

pytestmark = pytest.mark.django_db

PAGE = "/history/support/readers/"


@pytest.fixture
def store(team):
    store = a_store(team, "support")
    for text in ("- One.\n", "- Two.\n", "- Three.\n"):
        a_version(store, rules=text)
    return store


def text(response) -> str:
    return response.content.decode()


def frozen_at(store):
    return Store.objects.get(pk=store.pk).frozen_at


def test_frozen_agents_read_the_old_version_until_they_are_let_go(
    client, as_max, store
):
    _, secret = tokens.issue(an_agent(store.team), ["read-memory"], by=SETUP)

    def read():
        bearer = {"Authorization": f"Bearer {secret}"}
        body = client.get("/api/stores/support/bundle", headers=bearer).json()
        return body["version"], body["memories"][0]["text"], body["frozen"]

    assert read() == (3, "- Three.\n", False)

    answer = as_max.post(PAGE, {"number": "v1", "reason": "Three is wrong."})
    assert (answer.status_code, answer.url) == (303, "/history/support/")
    assert read() == (1, "- One.\n", True)

    as_max.post(PAGE, {"thaw": "1", "reason": "Mended."})
    assert read() == (3, "- Three.\n", False)
    told = [
        (entry.action, entry.actor, ledger.content_of(entry)["reason"])
        for entry in ledger.about(store)[:2]
    ]
    assert sorted(told) == [
        ("memory.frozen", "person:max", "Three is wrong."),
        ("memory.thawed", "person:max", "Mended."),
    ]


def test_everybody_sees_on_every_page_of_history_that_readers_are_frozen(
    as_max, as_vera, store
):
    as_max.post(PAGE, {"number": "1", "reason": "Three is wrong."})

    for address in (
        "/history/support/",
        "/history/support/3/",
        "/compare/support/1..3/",
        "/rollback/support/?to=1",
    ):
        page = text(as_vera.get(address))
        assert "Readers are frozen:" in page, address
        assert 'href="/history/support/1/">v1</a>' in page
        assert PAGE not in page

    assert f'href="{PAGE}">Let them go' in text(as_max.get("/history/support/"))
    assert "Agents read v1." in text(as_max.get(PAGE))


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"number": "1", "reason": " "}, 422, "Say why"),
        ({"number": "9", "reason": "x"}, 404, "no version 9"),
        ({"number": "0", "reason": "x"}, 404, "no version 0"),
        ({"number": "calm", "reason": "x"}, 404, "called “calm”"),
        ({"reason": "x"}, 404, "No version"),
    ],
)
def test_a_refusal_says_why_and_keeps_what_was_typed(
    as_max, store, form, status, words
):
    answer = as_max.post(PAGE, form)

    assert answer.status_code == status
    assert words in text(answer)
    assert frozen_at(store) is None
    if form["reason"] == "x":
        assert re.search(r'name="reason"[^>]*>x</textarea>', text(answer))


def test_only_an_admin_freezes(as_lin, as_ada, as_eve, store):
    for client, status in ((as_lin, 403), (as_ada, 403), (as_eve, 404)):
        assert client.get(PAGE).status_code == status
        form = {"number": "1", "reason": "No."}
        assert client.post(PAGE, form).status_code == status
    assert "Freeze readers" not in text(as_lin.get("/history/support/"))
    assert frozen_at(store) is None


def test_the_version_on_the_screen_is_offered(as_max, store):
    assert 'name="number" value="2"' in text(as_max.get(f"{PAGE}?at=2"))
    assert f"{PAGE}?at=1" in text(as_max.get("/history/support/"))
