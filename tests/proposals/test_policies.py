"""What a policy would decide: pure matching, where unknown never approves."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.errors import Invalid
from reviews.proposals import policies
from reviews.proposals.flags import BARRED
from reviews.proposals.policies import Asked, Condition

TODAY = date(2026, 11, 26)
# A proposal that nothing speaks against.
FINE = {
    "fingerprint": "f",
    "kind": "error-fix",
    "changes": ["edit"],
    "paths": ["/billing/refunds.md", "/billing/limits.md"],
    "flags": [],
    "operations": 2,
    "deletions": 0,
    "deletion_limit": 5,
    "confidence": 0.9,
    "groups": 6,
    "voices": ["person", "tool"],
    "returned": False,
    "approvers": 1,
}
EDITS = Condition("changes", "in", ["edit"])


def asked(*conditions, active=True, name="one", **fields):
    return Asked(
        name=name,
        version=f"{name}@1",
        active=active,
        conditions=(tuple(conditions or (EDITS,)),),
        **fields,
    )


def judge(*asked_ones, **facts):
    return policies.judge(FINE | facts, asked_ones, today=TODAY)


@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        (("kind", "is", "error-fix"), True),
        (("kind", "is", "order"), False),
        (("changes", "is", ["edit"]), True),
        (("changes", "in", ["edit", "add"]), True),
        (("changes", "in", ["add"]), False),
        (("voices", "any-of", ["person"]), True),
        (("voices", "none-of", ["web"]), True),
        (("voices", "none-of", ["tool"]), False),
        (("paths", "matches", "/billing/*"), True),
        # Every path has to match, not just one of them.
        (("paths", "matches", "*/refunds.md"), False),
        (("groups", "at-least", 6), True),
        (("groups", "at-least", 7), False),
        (("confidence", "at-most", 0.95), True),
        # What is not there, or cannot be compared, is unknown.
        (("people", "at-least", 1), None),
        (("people", "none-of", [1]), None),
        (("kind", "at-least", 1), None),
        (("groups", "at-least", "many"), None),
        (("returned", "at-most", 1), None),
    ],
)
def test_a_condition_holds_does_not_or_is_unknown(condition, truth):
    assert policies.holds(Condition(*condition), FINE) is truth


def test_unknown_never_approves():
    judgement = judge(asked(EDITS, Condition("people", "at-least", 3)))

    assert not judgement.approves
    assert judgement.answers[0].why_not == "Unknown: people."


def test_unknown_in_one_group_does_not_matter_where_another_group_holds():
    unknown = (Condition("people", "at-least", 3),)
    either = Asked(
        name="one", version="one@1", active=True, conditions=(unknown, (EDITS,))
    )

    assert judge(either).approves


def test_the_first_active_policy_that_matches_decides():
    no = asked(Condition("kind", "is", "order"), name="no")

    judgement = judge(no, asked(name="first"), asked(name="second"))

    assert judgement.version == "first@1"
    assert (judgement.approves, judgement.shadow) == (True, False)
    assert [answer.matched for answer in judgement.answers] == [False, True, True]


def test_a_policy_in_shadow_stands_in_no_active_ones_way():
    judgement = judge(asked(active=False, name="shadow"), asked(name="active"))

    assert (judgement.version, judgement.shadow) == ("active@1", False)


def test_where_no_active_policy_matches_the_shadow_says_what_would_have_been():
    judgement = judge(asked(active=False, name="shadow"))

    assert (judgement.version, judgement.approves, judgement.shadow) == (
        "shadow@1",
        True,
        True,
    )


def test_without_policies_everything_is_manual():
    judgement = judge()

    assert (judgement.version, judgement.approves) == ("", False)


@pytest.mark.parametrize(
    ("facts", "bar"),
    [
        *(({"flags": [flag]}, flag) for flag in sorted(BARRED)),
        ({"voices": ["tool"]}, "no-person-said-it"),
        ({"voices": ["web", "tool"]}, "no-person-said-it"),
        ({"voices": []}, "no-evidence"),
        ({"deletions": 6}, "too-many-deletions"),
        ({"returned": True}, "returned"),
        ({"approvers": 2}, "two-people"),
    ],
)
def test_no_policy_lifts_a_hard_bar(facts, bar):
    judgement = judge(asked(), **facts)

    assert not judgement.approves
    assert bar in judgement.bars
    assert bar in policies.BARS


@pytest.mark.parametrize(
    ("limits", "used", "why_not"),
    [
        ({"per_day": 2}, 2, "It has decided 2 times today, and may 2."),
        ({"max_operations": 1}, 0, "It decides about at most 1 operations at once."),
        ({"expires_on": "2026-11-25"}, 0, "It expired on 2026-11-25."),
        ({"sample": 1}, 0, "A person looks at this one: it is in the sample."),
        ({"per_day": 2, "expires_on": "2026-11-26", "sample": 0}, 1, ""),
    ],
)
def test_limits_keep_a_matching_policy_from_deciding(limits, used, why_not):
    judgement = judge(asked(limits=limits, used_today=used))

    assert judgement.approves == (not why_not)
    assert judgement.answers[0].why_not == why_not


def test_the_sample_is_a_share_and_takes_the_same_ones_every_time():
    one = asked(limits={"sample": 0.25})

    taken = [not judge(one, fingerprint=f"f{n}").approves for n in range(2000)]

    assert 400 < sum(taken) < 600
    assert taken == [not judge(one, fingerprint=f"f{n}").approves for n in range(2000)]


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        [[]],
        [[{"field": "kind", "operator": "is", "value": 1}], []],
        [[{"field": "kind", "operator": "resembles", "value": 1}]],
        [[{"field": "kind"}]],
        "everything",
        None,
    ],
)
def test_conditions_that_cannot_be_read_or_match_everything_are_refused(conditions):
    with pytest.raises(Invalid):
        policies.read(conditions)


FIELDS = st.sampled_from(["kind", "changes", "groups", "people", "paths", "flags"])
CONDITIONS = st.builds(
    Condition,
    FIELDS,
    st.sampled_from(policies.OPERATORS),
    st.one_of(
        st.integers(), st.text(max_size=5), st.lists(st.text(max_size=5), max_size=3)
    ),
)


@given(st.lists(st.lists(CONDITIONS, min_size=1, max_size=3), min_size=1, max_size=3))
def test_a_proposal_of_which_nothing_is_known_is_never_approved(groups):
    policy = Asked(
        name="any",
        version="any@1",
        active=True,
        conditions=tuple(tuple(group) for group in groups),
    )

    assert not policies.judge({}, [policy], today=TODAY).approves


@given(
    st.lists(CONDITIONS, min_size=1, max_size=3),
    st.sampled_from(sorted(FINE)),
)
def test_forgetting_a_fact_never_turns_a_no_into_a_yes(conditions, forgotten):
    policy = asked(*conditions)
    less = {name: fact for name, fact in FINE.items() if name != forgotten}

    if policies.judge(less, [policy], today=TODAY).approves:
        assert policies.judge(FINE, [policy], today=TODAY).approves
