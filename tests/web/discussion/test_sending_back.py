"""Ways out that are no decision: a duplicate, another form, taking it back."""

import re

import pytest
from django.utils.html import escape

from reviews.proposals import decisions, mutes
from reviews.proposals.models import Proposal
from tests import factories
from tests.factories import BOB
from tests.web.conftest import htmx
from tests.web.discussion.conftest import address, page_of

pytestmark = pytest.mark.django_db


# The same thing twice


def test_the_likest_proposals_are_offered_first_and_a_search_finds_others(
    as_ada, store
):
    own = factories.a_proposal(store, factories.an_add("Refunds are in euros."))
    near = factories.a_proposal(store, factories.an_add("Refunds: in euros."))
    far = factories.a_proposal(store, factories.an_add("Dates are ISO 8601."))

    dialog = htmx(as_ada.get, address(own, "duplicate")).content.decode()
    assert re.findall(r'name="of" value="(\d+)"', dialog) == [str(near.pk), str(far.pk)]
    found = htmx(as_ada.get, address(own, "duplicate"), {"q": "iso"}).content.decode()
    assert re.findall(r'name="of" value="(\d+)"', found) == [str(far.pk)]
    page = as_ada.get(address(own, "duplicate")).content.decode()
    assert "This cannot be taken back." in page


def test_a_duplicate_leads_on_to_the_next_one(as_ada, store):
    own, other = factories.a_proposal(store), factories.a_proposal(store)

    answer = as_ada.post(address(own, "duplicate"), {"of": other.name})

    assert (answer.status_code, answer.url) == (303, address(other))
    own.refresh_from_db()
    assert own.superseded_by == other
    assert "carries on for" in as_ada.get(answer.url).content.decode()


@pytest.mark.parametrize("of", ["", "P-x", "own"])
def test_nothing_and_itself_are_no_duplicates(as_ada, proposal, of):
    sent = {"of": str(proposal.pk) if of == "own" else of}

    answer = htmx(as_ada.post, address(proposal, "duplicate"), sent)

    assert answer.status_code == 422
    proposal.refresh_from_db()
    assert proposal.state == Proposal.State.OPEN


def test_another_team_s_proposal_carries_on_for_nobody(as_ada, proposal):
    other = factories.a_proposal()

    answer = as_ada.post(address(proposal, "duplicate"), {"of": str(other.pk)})

    assert answer.status_code == 404


def test_rejecting_it_as_a_duplicate_asks_of_which_and_keeps_the_reason(
    as_ada, proposal, store
):
    other = factories.a_proposal(store)
    sent = {"choice": "duplicate", "reason": "Said twice."}

    asked = as_ada.post(address(proposal, "reject"), sent, follow=True)
    page = asked.content.decode()

    assert f'name="of" value="{other.pk}"' in page
    assert 'value="Said twice."' in page
    proposal.refresh_from_db()
    assert proposal.state == Proposal.State.OPEN
    as_ada.post(address(proposal, "reject"), sent | {"anyway": "1"})
    proposal.refresh_from_db()
    assert proposal.state == Proposal.State.REJECTED


# Sending it back


@pytest.fixture
def rule(store):
    return factories.a_proposal(
        store,
        factories.an_add("Refunds are in euros.", "/mistakes.md"),
        alternatives=("Pay refunds in euros.",),
    )


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (
            {"choice": "scope", "scope": "person:dana"},
            {"wish": "scope", "scope": "person", "of": "dana"},
        ),
        (
            {
                "choice": "place",
                "place": '{"path": "/rules.md", "heading": ["Rules"]}',
            },
            {"wish": "place", "path": "/rules.md", "heading": ["Rules"]},
        ),
        (
            {"choice": "wording", "wording": "Pay refunds in euros."},
            {"wish": "wording", "text": "Pay refunds in euros."},
        ),
        ({"choice": "evidence"}, {"wish": "evidence"}),
        ({"choice": "other", "reason": "Friendlier."}, {}),
    ],
)
def test_what_can_be_followed_is_chosen_and_kept(as_ada, rule, sent, kept):
    form = htmx(as_ada.get, address(rule, "changes")).content.decode()
    for name, value in sent.items():
        assert f'name="{name}"' in form
        assert value == "Friendlier." or escape(value) in form

    answer = as_ada.post(address(rule, "changes"), {"reason": ""} | sent)

    assert answer.status_code == 303
    decision = rule.decisions.get()
    assert (decision.wishes, decision.ground) == (kept, sent["choice"])


@pytest.mark.parametrize(
    "sent",
    [
        {"choice": "other", "reason": ""},
        {"choice": "scope"},
        {"choice": "scope", "scope": "planet:earth"},
        {"choice": "place", "place": "[not json"},
        {"choice": "place", "place": '["/rules.md"]'},
        {"choice": "wording", "wording": "Something of my own."},
    ],
)
def test_what_cannot_be_asked_for_keeps_what_was_chosen_and_typed(as_ada, rule, sent):
    answer = htmx(
        as_ada.post, address(rule, "changes"), {"reason": "My reason."} | sent
    )

    assert answer.status_code == 422
    page = answer.content.decode()
    assert re.search(rf'value="{sent["choice"]}" checked', page)
    assert sent.get("reason", "My reason.") in page
    rule.refresh_from_db()
    assert rule.state == Proposal.State.OPEN


def test_a_rule_that_stands_already_is_offered_no_other_place(as_ada, proposal):
    form = htmx(as_ada.get, address(proposal, "changes")).content.decode()

    assert re.findall(r'name="choice" value="(\w+)"', form) == ["evidence", "other"]


# Taking back, and letting come again


def test_whoever_proposed_it_can_take_it_back(as_ada, as_bob, store):
    own = factories.a_proposal(store)
    Proposal.objects.update(by="person:ada")
    assert "Take it back" in page_of(as_ada, own)
    assert "Take it back" not in page_of(as_bob, own)

    assert as_bob.post(address(own, "take-back")).status_code == 403
    as_ada.post(address(own, "take-back"))

    own.refresh_from_db()
    assert own.state == Proposal.State.WITHDRAWN


def test_a_lead_lets_come_again_what_was_turned_down(as_ada, as_lin, proposal):
    decisions.reject(proposal, by=BOB, reason="One case.")
    assert "Let it be proposed again" in page_of(as_lin, proposal)
    assert "Let it be proposed again" not in page_of(as_ada, proposal)
    assert "What stays quiet" in page_of(as_ada, proposal)

    assert as_ada.post(address(proposal, "unmute")).status_code == 403
    as_lin.post(address(proposal, "unmute"))

    assert mutes.standing(proposal.store, proposal.fingerprint) is None
    assert "Let it be proposed again" not in page_of(as_lin, proposal)
