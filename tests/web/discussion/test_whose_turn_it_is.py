"""Whose turn it is, who is there, and looking again later."""

import re

import pytest

from reviews.proposals import decisions, threads, turns, visits
from reviews.proposals.models import Proposal, Turn
from tests import factories
from tests.factories import ADA, BOB
from tests.web.conftest import htmx
from tests.web.discussion.conftest import address, page_of, text_of, whose

pytestmark = pytest.mark.django_db


# Turns


def test_the_page_says_whose_turn_it_is_and_why(as_ada, as_bob, proposal):
    as_ada.post(address(proposal, "comment"), {"comment": "@bob?"})

    assert "bob’s turn: Mentioned" in text_of(page_of(as_ada, proposal))
    assert "Your turn: Mentioned" in text_of(page_of(as_bob, proposal))


def test_it_is_assigned_from_a_dialog_that_knows_who_may_decide(as_ada, proposal):
    dialog = htmx(as_ada.get, address(proposal, "assign")).content.decode()
    assert re.findall(r'name="user" value="(\w+)"', dialog) == [
        "ada",
        "bob",
        "lin",
        "max",
    ]

    answer = as_ada.post(address(proposal, "assign"), {"user": "bob"})

    assert answer.status_code == 303
    assert whose(proposal) == {"bob"}
    as_ada.post(address(proposal, "assign"), {"user": ""})
    assert whose(proposal) == set()


def test_assigning_from_a_list_leads_back_to_it(as_ada, proposal):
    answer = as_ada.post(
        address(proposal, "assign"), {"user": "ada", "next": "/inbox/?section=moved"}
    )

    assert answer.url == "/inbox/?section=moved"


@pytest.mark.parametrize("name", ["eve", "vera", "nobody"])
def test_it_is_assigned_to_nobody_else(as_ada, proposal, name):
    answer = htmx(as_ada.post, address(proposal, "assign"), {"user": name})

    assert answer.status_code == 422
    assert "cannot decide" in answer.content.decode()


# Who is there


def test_others_learn_who_is_reviewing(as_ada, as_bob, proposal):
    page = page_of(as_ada, proposal)
    assert f'hx-post="{address(proposal, "ping")}" hx-trigger="load, every 15s,' in page
    htmx(as_ada.post, address(proposal, "ping"))

    answer = htmx(as_bob.post, address(proposal, "ping"))

    assert "ada is reviewing" in text_of(answer.content.decode())
    assert "ada is reviewing" in text_of(page_of(as_bob, proposal))
    assert "bob is reviewing" in text_of(page_of(as_ada, proposal))


def test_whoever_comes_second_learns_who_came_first_and_when(as_ada, proposal):
    decisions.reject(proposal, by=BOB, reason="One case.")

    answer = as_ada.post(address(proposal, "approve"))

    assert answer.status_code == 409
    assert re.search(rf"bob rejected P-{proposal.pk} \d s ago", answer.content.decode())


# Looking again later


@pytest.mark.parametrize(
    ("sent", "says", "wakes"),
    [
        ({"days": "1"}, "sleeps until tomorrow", False),
        ({"days": "30"}, "sleeps for a month", False),
        ({"on": "2999-12-24"}, "sleeps until 24 December 2999", False),
        ({"evidence": "1"}, "sleeps until there is new evidence", True),
    ],
)
def test_it_sleeps_until_a_day_or_until_there_is_something_new(
    as_ada, proposal, sent, says, wakes
):
    answer = as_ada.post(address(proposal, "snooze"), sent, follow=True)

    assert says in answer.content.decode()
    proposal.refresh_from_db()
    assert proposal.snoozed_until is not None
    assert proposal.wakes_on_evidence is wakes


def test_it_is_woken_by_hand(as_ada, proposal):
    as_ada.post(address(proposal, "snooze"), {"evidence": "1"})

    as_ada.post(address(proposal, "snooze"), {"wake": "1"})

    proposal.refresh_from_db()
    assert (proposal.snoozed_until, proposal.wakes_on_evidence) == (None, False)


@pytest.mark.parametrize("day", ["2001-01-01", "soon", "2026-13-45"])
def test_a_day_that_is_past_or_none_is_refused(as_ada, proposal, day):
    answer = as_ada.post(address(proposal, "snooze"), {"on": day})

    assert answer.status_code == 422
    assert not Proposal.objects.filter(snoozed_until__isnull=False).exists()


def test_the_page_asks_as_often_for_many_threads(as_max, flat_queries, store, cast):
    proposal = factories.a_proposal(store)

    def add():
        thread = threads.say(proposal, by=ADA, text="Why?")
        threads.answer(thread, by=BOB, text="Because.")
        turns.give(proposal, cast["ada"], Turn.Why.MENTIONED, by=BOB)
        visits.arrive(proposal, cast["bob"])

    flat_queries(f"/proposals/{proposal.pk}/", add, as_max, most=22)
