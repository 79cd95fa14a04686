"""What stays quiet is listed per store, with why and until when; leads may lift it."""

import pytest
from django.urls import reverse

from reviews.proposals import decisions, mutes
from reviews.proposals.models import Mute
from tests import factories
from tests.factories import ADA, BOB

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(team):
    return factories.a_store(team, "support")


def a_rejected(store, reason="One case.", ground="", by=ADA, **fields):
    proposal = factories.a_proposal(store, **fields)
    decisions.reject(proposal, by=by, reason=reason, ground=ground)
    return proposal


def page(client, store):
    answer = client.get(reverse("web:mutes", args=[store.name]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_each_says_who_why_and_until_when(as_vera, store):
    proposal = a_rejected(store, ground="false-pattern")

    said = page(as_vera, store)

    assert proposal.name in said
    assert "“One case.”" in said
    assert "There is no such pattern" in said
    until = Mute.objects.get().until
    assert f"{until:%-d %B %Y}" in said
    assert "3 new groups beside the 6 known, and somebody new" in said


def test_the_third_time_is_for_good(as_vera, store):
    proposal = a_rejected(store)
    for _ in range(2):
        mutes.place(proposal, by=BOB, reason="Again.")

    said = page(as_vera, store)

    assert "for good" in said
    assert "3 times" in said


def test_leads_lift_it_and_come_back_to_the_list(as_lin, as_ada, store):
    proposal = a_rejected(store)
    assert ">Lift<" not in page(as_ada, store)
    assert ">Lift<" in page(as_lin, store)

    address = reverse("web:mutes", args=[store.name])
    answer = as_lin.post(
        reverse("web:proposal-unmute", args=[proposal.pk]), {"next": address}
    )

    assert answer["Location"].endswith(address)
    assert mutes.standing(store, proposal.fingerprint) is None
    assert "Nothing stays quiet" in page(as_lin, store)


def test_other_teams_see_none_of_it(as_eve, store):
    assert as_eve.get(reverse("web:mutes", args=[store.name])).status_code == 404


def test_the_list_asks_as_much_for_ten_as_for_two(as_vera, store, flat_queries):
    flat_queries(
        reverse("web:mutes", args=[store.name]),
        lambda: a_rejected(store, engine=""),
        as_vera,
    )


def test_what_returned_says_since_when_and_how_much_is_new(as_ada, store):
    first = factories.a_proposal(store, people=("p1",), fingerprint="f")
    decisions.reject(first, by=BOB, reason="Too early.")
    factories.much_later(store)
    groups = (*first.groups, *(f"new-{n}" for n in range(9)))
    back = factories.a_proposal(
        store, fingerprint="f", groups=groups, people=("p1", "p2", "p3", "p4")
    )

    said = as_ada.get(reverse("web:proposal", args=[back.pk])).content.decode()

    said = " ".join(said.split())
    assert "because “Too early.”" in said
    assert "since then 9 new tasks, 3 new people." in said
