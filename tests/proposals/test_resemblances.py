"""Which proposals are alike, and which only sound so."""

import pytest

from reviews.proposals import decisions, resemblances
from tests.factories import ADA, a_proposal, a_store, a_version, an_add, an_edit

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    store = a_store()
    a_version(store, rules="- Answer within 24 h.\n")
    return store


def add(store, text, **fields):
    return a_proposal(store, an_add(text), **fields)


def test_the_same_in_other_words_points_on_the_oldest_one(store):
    first = add(store, "Before you call `refund`, look the order up.")
    second = add(store, "Look the order up before you call `refund`.")
    third = add(store, "Before calling `refund`, look the order up.")

    assert first.resembles is None
    assert second.resembles == third.resembles == first


def test_of_two_that_it_is_like_the_oldest_counts(store):
    first = add(store, "Answer letters within a day and always sign them.")
    second = add(store, "Answer letters in a week and never send money.")

    third = add(store, "Answer letters in a day and always send money.")

    assert second.resembles is None
    assert third.resembles == first


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "When you change code, satisfy `errcheck` before you hand it over.",
            "When you change code, satisfy `wrapcheck` before you hand it over.",
        ),
        ("Amounts are in euros.", "Dates are in ISO 8601, hours in UTC."),
    ],
)
def test_sentences_of_one_form_about_other_things_are_not_alike(store, one, other):
    add(store, one)

    assert add(store, other).resembles is None


def test_what_is_about_exactly_the_same_things_needs_less_likeness(store):
    first = add(store, "When `Edit` answers “not found”, call `Read` first.")
    second = add(store, "When `Edit` refuses an unread file, call `Read` first.")

    assert second.resembles == first


def test_other_scopes_other_stores_and_other_acts_are_not_compared(store):
    text = "Answer within 24 h."
    add(store, f"Always: {text}")

    scoped = add(store, f"Always: {text}", scope="person", scope_of="dana")
    edit = a_proposal(store, an_edit(text, f"Always: {text}"))
    elsewhere = add(a_store(store.team), f"Always: {text}")

    assert {p.resembles for p in (scoped, edit, elsewhere)} == {None}


def test_what_is_decided_is_resembled_no_more(store):
    first = add(store, "Before you call `refund`, look the order up.")
    decisions.reject(first, by=ADA, reason="One case.")

    # A person may ask again for what an engine would be refused.
    asked = add(store, "Look the order up before you call `refund`.", engine="")
    assert asked.resembles is None


def test_likely_duplicates_come_likest_first_and_are_named_as_such(store):
    near = add(store, "Look the order up, and only then call `refund`.")
    nearest = add(store, "Before you call `refund`, look the order up!")
    dates = add(store, "Dates are in ISO 8601.")

    found = resemblances.near(
        add(store, "Before you call `refund`, look the order up.")
    )

    assert [(one.proposal, one.alike) for one in found] == [
        (nearest, True),
        (near, True),
        (dates, False),
    ]
    assert found[0].score > found[1].score


def test_a_search_finds_by_words_and_by_name_what_is_not_alike(store):
    dates = add(store, "Dates are in ISO 8601.")
    own = add(store, "Amounts are in euros.")

    assert [n.proposal for n in resemblances.near(own, words="iso")] == [dates]
    assert [n.proposal for n in resemblances.near(own, words=dates.name)] == [dates]
    assert resemblances.near(own, words="cents") == []


def test_a_search_is_three_queries_however_many_wait(store, django_assert_num_queries):
    own = add(store, "Amounts are in euros.")
    for number in range(5):
        add(store, f"Rule {number} is about something else.")

    with django_assert_num_queries(3):
        resemblances.near(own)
