"""The legal moves: a table that the database, the verbs and the picture agree with."""

import pytest

from reviews.proposals import decisions, states
from reviews.proposals.models import Decision, Proposal
from tests.factories import ADA, a_proposal

State = Proposal.State


def test_every_state_has_its_row_and_every_move_leads_to_a_state():
    assert set(states.PROPOSAL) == set(State)
    assert set(states.DECISION) == set(Decision.State)
    assert all(to in states.PROPOSAL for row in states.PROPOSAL.values() for to in row)


def test_what_waits_is_what_a_decision_may_still_be_about():
    decided = {State.HELD, State.REJECTED}

    assert {s for s, row in states.PROPOSAL.items() if decided <= set(row)} == set(
        states.WAITING
    )


def test_the_database_keeps_one_undecided_proposal_per_fingerprint():
    constraint = next(
        c for c in Proposal._meta.constraints if "one_waiting" in str(c.name)
    )

    (lookup, wanted), *others = constraint.condition.children
    assert (lookup, others) == ("state__in", [])
    assert set(wanted) == set(states.UNDECIDED)


def test_an_illegal_move_moves_nothing(db):
    proposal = a_proposal()
    row = Proposal.objects.filter(pk=proposal.pk)

    for origin, legal in states.PROPOSAL.items():
        for to in set(State) - set(legal):
            row.update(state=origin)
            assert not states.move(proposal, to), (origin, to)
            assert row.get().state == origin


def test_of_two_who_move_it_the_second_finds_it_moved(db):
    proposal = a_proposal()
    same = Proposal.objects.get(pk=proposal.pk)

    assert states.move(proposal, State.REJECTED)
    assert not states.move(same, State.HELD)


def test_the_picture_shows_every_state_and_every_move():
    picture = states.mermaid(states.PROPOSAL)

    assert picture.startswith("stateDiagram-v2\n")
    assert "    [*] --> open" in picture
    assert "    open --> held: approve" in picture
    assert picture.count(" --> ") == 1 + sum(map(len, states.PROPOSAL.values()))


def test_a_decision_begins_held_or_recorded():
    picture = states.mermaid(states.DECISION)

    assert "    [*] --> held" in picture
    assert "    [*] --> recorded" in picture


def test_what_is_settled_without_a_decision_says_what_became_of_it(db):
    proposal = a_proposal()
    states.move(proposal, State.SUPERSEDED)

    with pytest.raises(decisions.AlreadyDecided, match="superseded"):
        decisions.approve(proposal, by=ADA)
