"""The requirements of a proposal in six words, each with how it could be met."""

import pytest

from reviews.proposals import panels, requirements
from reviews.proposals.panels import Facts
from reviews.proposals.requirements import Situation
from tests.factories import ADA

GRAVE = Situation(risk="high", deciders=3, author="person:ada")


def words(situation, **facts):
    return {one.name: one.word for one in panels.of(situation, Facts(**facts))}


def how(situation, name, **facts):
    found = panels.of(situation, Facts(**facts))
    return next(one.how for one in found if one.name == name)


def test_a_plain_proposal_takes_one_approval_and_nothing_else():
    assert words(Situation(risk="low")) == {
        "approvals": "UNSATISFIED",
        "somebody-else": "NOT_APPLICABLE",
        "reason": "NOT_APPLICABLE",
        "threads": "SATISFIED",
        "head": "SATISFIED",
        "room": "SATISFIED",
        "secrets": "SATISFIED",
        "invisible": "SATISFIED",
    }


def test_where_memory_is_full_whoever_adds_says_what_that_replaces():
    full = Situation(risk="medium", flags=("over-budget",), approvers=("person:ada",))

    assert words(full)["room"] == "UNSATISFIED"
    assert words(full, reasoned=("person:ada",))["room"] == "OVERRIDDEN"
    assert "ada said what it replaces" in how(full, "room", reasoned=("person:ada",))
    with pytest.raises(requirements.ReasonMissing, match="say what this replaces"):
        requirements.check_approve(full, ADA, "")
    requirements.check_approve(full, ADA, "It replaces the two rules on dates.")


def test_grave_risk_takes_two_people_one_of_whom_did_not_word_it_and_reasons():
    alone = Situation(
        risk="high", deciders=3, author="person:ada", approvers=("person:ada",)
    )

    found = words(alone, reasoned=("person:ada",))

    assert found["approvals"] == found["somebody-else"] == "UNSATISFIED"
    assert found["reason"] == "SATISFIED"
    assert "ada wrote these words" in how(alone, "somebody-else")


def test_a_reason_that_nobody_has_given_is_not_there():
    assert words(GRAVE)["reason"] == "UNSATISFIED"


def test_open_threads_wait_to_be_resolved_or_overridden_with_a_reason():
    talked = Situation(risk="low", open_threads=2, approvers=("person:ada",))

    assert words(talked)["threads"] == "UNSATISFIED"
    assert words(talked, reasoned=("person:ada",))["threads"] == "OVERRIDDEN"
    with pytest.raises(requirements.ReasonMissing, match="2 threads are open"):
        requirements.check_approve(talked, ADA, "")
    requirements.check_approve(talked, ADA, "Settled in the meeting.")


@pytest.mark.parametrize(
    ("head", "word"),
    [
        ("unmoved", "SATISFIED"),
        ("clean", "SATISFIED"),
        ("near", "UNSATISFIED"),
        ("conflict", "UNSATISFIED"),
    ],
)
def test_a_head_that_moved_is_told_by_how_near(head, word):
    plain = Situation(risk="low")

    assert words(plain, head=head, over=(42, 43))["head"] == word
    if head != "unmoved":
        assert "v42 and v43" in how(plain, "head", head=head, over=(42, 43))


def test_a_secret_is_an_error_that_nobody_can_approve_away():
    leaking = Situation(risk="high", flags=("secret",))

    assert words(leaking)["secrets"] == "ERROR"
    with pytest.raises(requirements.Blocked):
        requirements.check_approve(leaking, ADA, "It is public anyway.")


def test_what_a_policy_decided_bypassed_the_people():
    assert words(Situation(risk="low"), policy="Policy 4@2")["approvals"] == "BYPASSED"


def test_invisible_characters_can_be_approved_with_a_reason():
    odd = Situation(risk="high", flags=("invisible-characters",))

    assert words(odd)["invisible"] == "UNSATISFIED"
    assert words(odd, reasoned=("person:ada",))["invisible"] == "OVERRIDDEN"
