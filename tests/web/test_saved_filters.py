"""Filters with a name: one's own, in one team, kept in the language of the filter bar."""

import pytest

from reviews.proposals import filters
from reviews.proposals.models import Filter
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/inbox/filters/"


@pytest.fixture
def store(team):
    return factories.a_store(team, "support")


def names(client):
    page = client.get("/inbox/").content.decode()
    return [name for name in ("Grave", "Old", "Mine") if f"</svg>{name}</a>" in page]


def test_a_filter_is_kept_under_a_name_and_looks_through_everything(as_ada, store):
    grave = factories.a_proposal(store, factories.an_add("Skip the review."))
    factories.a_proposal(store)

    answer = as_ada.post(
        URL, {"do": "save", "name": " Grave ", "from": "q=risk%3AHIGH"}, follow=True
    )

    kept = Filter.objects.get()
    assert (kept.name, kept.query) == ("Grave", "risk:high")
    assert answer.redirect_chain == [("/inbox/?section=all&q=risk%3Ahigh", 303)]
    assert [row.proposal for row in answer.context["rows"]] == [grave]
    assert names(as_ada) == ["Grave"]


def test_nobody_else_has_it(as_ada, as_bob, store):
    as_ada.post(URL, {"do": "save", "name": "Grave", "from": "q=risk%3Ahigh"})

    assert names(as_bob) == []
    as_bob.post(URL, {"do": "delete", "name": "Grave"})
    assert names(as_ada) == ["Grave"]


def test_it_is_renamed_replaced_and_forgotten(as_ada, store):
    as_ada.post(URL, {"do": "save", "name": "Grave", "from": "q=risk%3Ahigh"})
    as_ada.post(URL, {"do": "save", "name": "Mine", "from": "q=is%3Amine"})
    as_ada.post(URL, {"do": "save", "name": "Mine", "from": "q=is%3Amentioned"})
    assert Filter.objects.get(name="Mine").query == "is:mentioned"

    taken = as_ada.post(
        URL, {"do": "rename", "name": "Mine", "to": "Grave"}, follow=True
    )
    as_ada.post(URL, {"do": "rename", "name": "Mine", "to": "Old"})
    as_ada.post(URL, {"do": "delete", "name": "Grave"})

    assert "You have a filter called “Grave”." in taken.content.decode()
    assert names(as_ada) == ["Old"]


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"do": "save", "name": "", "from": "q=refund"}, "Give the filter a name."),
        ({"do": "save", "name": "x", "from": ""}, "The filter is empty"),
        ({"do": "save", "name": "x", "from": "q=risk%3A"}, "says nothing yet"),
        ({"do": "save", "name": "x" * 61, "from": "q=refund"}, "at most 60"),
        ({"do": "delete", "name": "x"}, "You have no filter called"),
        ({}, "Say what to do"),
    ],
)
def test_what_cannot_be_done_is_said_on_the_list(as_ada, store, sent, says):
    page = as_ada.post(URL, sent, follow=True).content.decode()

    assert says in page
    assert not Filter.objects.exists()


def test_there_are_only_so_many(cast, team, store):
    for number in range(filters.MOST):
        filters.save(cast["ada"], team, name=f"f{number}", query="refund")

    with pytest.raises(filters.Invalid, match="delete one first"):
        filters.save(cast["ada"], team, name="one more", query="refund")
    assert filters.save(cast["ada"], team, name="f1", query="other").query == "other"
