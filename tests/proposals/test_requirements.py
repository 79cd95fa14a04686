"""What it takes to decide: people by risk, reasons, and nobody alone on their own words."""

from contextlib import nullcontext

import pytest

from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid
from reviews.proposals import requirements
from reviews.proposals.requirements import Situation
from tests.factories import ADA, BOB

POLICY = Actor("policy", "4@2")


@pytest.mark.parametrize(
    ("risk", "deciders", "needed"),
    [
        ("low", 1, 1),
        ("low", 9, 1),
        ("medium", 9, 1),
        # Nobody else is there to ask.
        ("high", 1, 1),
        ("high", 0, 1),
        ("high", 2, 2),
        ("high", 9, 2),
    ],
)
def test_two_people_approve_high_risk_once_there_are_two(risk, deciders, needed):
    situation = Situation(risk=risk, deciders=deciders)

    assert requirements.approvers_needed(situation) == needed


@pytest.mark.parametrize(
    ("approvers", "enough"),
    [((), False), (("person:ada",), False), (("person:ada", "person:bob"), True)],
)
def test_two_approvals_are_those_of_two_people(approvers, enough):
    situation = Situation(risk="high", deciders=3, approvers=approvers)

    assert requirements.is_enough(situation) is enough
    twice = Situation(risk="high", deciders=3, approvers=approvers[:1] * 2)
    assert not requirements.is_enough(twice)


@pytest.mark.parametrize(
    ("situation", "by", "reason", "can"),
    [
        (Situation(risk="low"), ADA, "", True),
        (Situation(risk="medium"), ADA, "", True),
        (Situation(risk="high"), ADA, " ", False),
        (Situation(risk="high"), ADA, "It is right.", True),
        (Situation(risk="low"), POLICY, "Policy.", True),
        (Situation(risk="high", deciders=2), POLICY, "Policy.", False),
        (Situation(risk="high", deciders=2), BOB, "It is right.", True),
        # Programs propose; they do not decide.
        (Situation(risk="low"), Actor("agent", "clerk"), "Sure.", False),
        (Situation(risk="low"), Actor("system", "console"), "Sure.", False),
    ],
)
def test_who_may_approve(situation, by, reason, can):
    refusal = nullcontext() if can else pytest.raises(DomainError)
    with refusal:
        requirements.check_approve(situation, by, reason)


@pytest.mark.parametrize("ground", [*requirements.GROUNDS, ""])
def test_a_rejection_takes_a_reason_and_may_name_a_ground(ground):
    requirements.check_reject("It is wrong.", ground)

    with pytest.raises(requirements.ReasonMissing):
        requirements.check_reject("\n ", ground)


def test_an_unknown_ground_is_refused_by_its_field():
    with pytest.raises(Invalid) as refusal:
        requirements.check_reject("It is wrong.", "boring")

    assert refusal.value.facts["field"] == "ground"
