"""Names of versions: given once in a store, taken away again, and always understood."""

import pytest

from reviews.audit import ledger
from reviews.errors import Invalid, NotFound
from reviews.memory import tags, versions
from reviews.memory.models import Tag
from tests.factories import ADA, LIN, a_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    store = a_store()
    for text in ("- one\n", "- two\n"):
        versions.commit(store, {"/a.md": text}, by=ADA, reason="")
    return store


def test_a_name_is_given_once_and_the_ledger_says_by_whom(store):
    for _ in range(2):
        tags.give(store, 1, " before-launch ", by=LIN)

    tag = Tag.objects.get()
    assert (tag.name, tag.version.number, tag.by) == (
        "before-launch",
        1,
        "person:lin",
    )
    (entry,) = ledger.about(store).filter(action="memory.tagged")
    assert ledger.content_of(entry)["facts"] == {"name": "before-launch", "number": 1}


def test_a_version_may_have_several_names_but_a_name_one_version(store):
    tags.give(store, 1, "launch", by=LIN)
    tags.give(store, 1, "calm", by=LIN)

    with pytest.raises(tags.TagExists, match="v1 is called launch already"):
        tags.give(store, 2, "launch", by=LIN)
    assert tags.give(a_store_with_one(), 1, "launch", by=LIN).version.number == 1


def a_store_with_one():
    other = a_store()
    versions.commit(other, {"/a.md": "- one\n"}, by=ADA, reason="")
    return other


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a b",
        "a/b",
        "1..2",
        "é",
        "x" * 61,
        "12",
        "2026-11-19",
        "v12",
        "V3",
        "Head",
        "read",
    ],
)
def test_what_could_be_taken_for_something_else_is_no_name(store, name):
    with pytest.raises(Invalid) as refused:
        tags.give(store, 1, name, by=LIN)

    assert refused.value.facts["field"] == "name"
    assert not Tag.objects.exists()


def test_only_a_version_that_there_is_has_a_name(store):
    with pytest.raises(NotFound):
        tags.give(store, 3, "launch", by=LIN)


def test_a_name_is_taken_away_once(store):
    tags.give(store, 1, "launch", by=LIN)

    tags.take(store, "launch", by=ADA)

    assert not Tag.objects.exists()
    (entry,) = ledger.about(store).filter(action="memory.untagged")
    assert (entry.actor, ledger.content_of(entry)["facts"]["number"]) == (
        "person:ada",
        1,
    )
    with pytest.raises(NotFound):
        tags.take(store, "launch", by=ADA)


@pytest.mark.parametrize(
    ("named", "number"),
    [
        ("1", 1),
        ("v2", 2),
        ("V1", 1),
        ("0", 0),
        ("head", 2),
        (" launch ", 1),
        ("2020-01-01", 0),
        ("2999-12-31", 2),
    ],
)
def test_a_version_is_found_by_number_head_or_name(store, named, number):
    tags.give(store, 1, "launch", by=LIN)

    assert tags.number_of(store, named) == number


@pytest.mark.parametrize(
    "named", ["3", "v99", "9" * 10, "-1", "٣", "lunch", "", "x" * 99, "2026-02-30"]
)
def test_what_names_no_version_is_refused(store, named):
    with pytest.raises(NotFound):
        tags.number_of(store, named)
