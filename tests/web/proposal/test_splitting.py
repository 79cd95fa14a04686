"""Splitting a proposal on its page: by ticks, with what goes together kept together."""

import pytest

from reviews.proposals import decisions
from reviews.proposals.models import Proposal
from tests import factories
from tests.factories import ADA
from tests.web.conftest import htmx
from tests.web.proposal.conftest import address, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(store):
    adds = [factories.an_add(f"- Rule {n}.", "/more.md") for n in range(3)]
    return factories.a_proposal(store, *adds)


def split(client, proposal, *included, **fields):
    form = {"choose": "1", "included": included, "reason": "Two matters.", **fields}
    return client.post(address(proposal, "split"), form)


def state_of(proposal):
    return Proposal.objects.get(pk=proposal.pk).state


def titles(proposal):
    return [one.title for one in proposal.split_offs.order_by("pk")]


def test_what_is_ticked_and_the_rest_become_proposals(as_ada, three):
    answer = split(as_ada, three, 0, 2)

    first, rest = three.split_offs.order_by("pk")
    assert (answer.status_code, answer["Location"]) == (303, f"/proposals/{first.pk}/")
    assert [o.position for o in first.operations.order_by("position")] == [0, 1]
    assert titles(three) == ["- Rule 0.", "- Rule 1."]
    assert state_of(three) == "split-off"
    decisions.approve(rest, by=ADA, hold=0)
    assert state_of(first) == "open"


@pytest.mark.parametrize("ticked", [(), (0, 1, 2), (7,)])
def test_a_split_that_leaves_one_side_empty_is_refused_in_place(as_ada, three, ticked):
    answer = split(as_ada, three, *ticked)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "A split leaves something on both sides." in page
    assert 'value="Two matters."' in page
    assert state_of(three) == "open"


def test_what_only_makes_sense_together_stays_together(as_ada, store):
    moved = factories.a_proposal(
        store,
        factories.a_deletion("Use the fax."),
        factories.an_add("Use the fax!", "/office.md"),
        factories.an_add("Water the plants.", "/office.md"),
    )

    split(as_ada, moved, 0)

    first, rest = moved.split_offs.order_by("pk")
    assert (first.operations.count(), rest.operations.count()) == (2, 1)


def test_what_two_people_approve_is_split_and_not_approved_in_part(as_ada, three):
    Proposal.objects.filter(pk=three.pk).update(risk="high")
    sent = {"choose": "1", "included": [0]}

    said = htmx(as_ada.get, address(three, "effect"), sent).content.decode()

    assert "2 people have to approve it, and in whole: tick all, or split it." in said
    split(as_ada, three, 0)
    assert state_of(three) == "split-off"


def test_one_operation_cannot_be_split_and_a_viewer_splits_nothing(
    as_ada, as_vera, proposal, three
):
    assert "/split/" in page_of(as_ada, three)
    assert "/split/" not in page_of(as_ada, proposal)
    assert "/split/" not in page_of(as_vera, three)
    assert split(as_vera, three, 0).status_code == 403


def test_what_is_settled_is_not_split(as_ada, three):
    decisions.reject(three, by=ADA, reason="No.")

    answer = split(as_ada, three, 0)

    assert answer.status_code == 422
    assert "there is nothing to split" in answer.content.decode()
