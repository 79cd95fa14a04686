"""Freezing what agents read, and naming versions, from the command line."""

import io
import json

import pytest
from django.core.management import call_command

from reviews.audit import ledger
from reviews.memory.models import Store, Tag
from tests.factories import a_store, a_team, a_user, a_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    team = a_team()
    for name, role in (("max", "admin"), ("lin", "lead"), ("ada", "operator")):
        a_user(name, team, role)
    store = a_store(team, "support")
    for words in ("- one\n", "- two\n", "- three\n"):
        a_version(store, rules=words)
    return store


def run(*words):
    """Run a command for a program and read what it says."""
    out = io.StringIO()
    call_command(*words, "--json", stdout=out)
    return json.loads(out.getvalue())


def told(*words):
    """What a command tells people."""
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue().strip()


def refused(*words):
    """Run a command that ends with exit code 1: the code and words of its refusal."""
    out = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command(*words, "--json", stdout=out, stderr=io.StringIO())
    assert end.value.code == 1
    return json.loads(out.getvalue())["error"]


def frozen_at():
    return Store.objects.get(name="support").frozen_at


def test_agents_are_held_at_a_version_and_let_go(store):
    facts = run("freeze", "support", "2", "--reason", "A bad rule.", "--by", "max")
    assert facts == {"store": "support", "head": 3, "frozen_at": 2}
    entry = ledger.about(store).first()
    assert (entry.action, entry.actor) == ("memory.frozen", "person:max")
    assert frozen_at() == 2

    assert run("freeze", "support", "--thaw", "--by", "max")["frozen_at"] is None
    assert frozen_at() is None


def test_people_read_what_agents_read_now(store):
    run("tag", "support", "1", "good")

    said = told("freeze", "support", "good", "--reason", "A bad rule.")
    assert said == "Agents read v1 of support from their next reading on."
    assert told("freeze", "support", "--thaw") == (
        "Agents read the head of support again: v3."
    )
    assert told("freeze", "support", "--thaw") == (
        "Agents read the head of support as before: v3."
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("2",), "invalid"),
        (("9", "--reason", "No."), "not-found"),
        ((), "invalid"),
        (("2", "--thaw", "--reason", "No."), "invalid"),
        (("2", "--reason", "No.", "--by", "lin"), "not-allowed"),
        (("2", "--reason", "No.", "--by", "nobody"), "not-found"),
    ],
)
def test_a_freeze_that_cannot_be_is_refused(store, words, code):
    assert refused("freeze", "support", *words)["code"] == code
    assert frozen_at() is None


def test_a_version_gets_a_name_and_loses_it(store):
    assert run("tag", "support", "head", "release", "--by", "lin") == {
        "store": "support",
        "version": 3,
        "name": "release",
    }
    tag = Tag.objects.get()
    assert (tag.version.number, tag.by) == (3, "person:lin")

    facts = run("tag", "support", "--remove", "release", "--by", "lin")
    assert facts == {"store": "support", "version": 3, "name": None}
    assert not Tag.objects.exists()


def test_people_read_which_version_is_called_what(store):
    assert told("tag", "support", "v2", "good") == "v2 of support is called good."
    assert told("tag", "support", "--remove", "good") == (
        "v2 of support is no longer called good."
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("2",), "invalid"),
        ((), "invalid"),
        (("2", "two words"), "invalid"),
        (("2", "head"), "invalid"),
        (("9", "late"), "not-found"),
        (("2", "good"), "tag-exists"),
        (("--remove", "nothing"), "not-found"),
        (("--remove", "2"), "not-found"),
        (("2", "--remove", "good"), "invalid"),
        (("2", "fine", "--by", "ada"), "not-allowed"),
    ],
)
def test_a_name_that_cannot_be_is_refused(store, words, code):
    run("tag", "support", "1", "good")

    assert refused("tag", "support", *words)["code"] == code
    assert list(Tag.objects.values_list("name", "version__number")) == [("good", 1)]


@pytest.mark.parametrize(
    "words",
    [
        ["freeze", "support", "1", "--reason", "caf\udce9"],
        ["tag", "support", "caf\udce9", "before"],
        ["tag", "caf\udce9", "1", "before"],
    ],
)
def test_words_in_another_encoding_are_refused_and_not_a_failure(store, words):
    assert refused(*words)["code"] == "invalid"
    assert frozen_at() is None
