"""What memory says already: confirmed where runs follow it, reworded where they do not."""

from tests.dreams.stories import dream
from tests.dreams.test_mistakes import many, only
from tests.dreams.test_novelty import REFUSED, VERIFIED, written
from tests.dreams.test_remarks import told

RULE = "- Always run `verify_invoice` before `issue_credit`."
WRONG = [REFUSED, *VERIFIED]


def read(times, *calls, version, start):
    """Runs that read a version of the store."""
    return many(times, *calls, start=start, read={"desk": version})


def before(wrong=8, right=4):
    """Runs that read a version without the rule."""
    return read(wrong, *WRONG, version=4, start=0) + read(
        right, *VERIFIED, version=4, start=100
    )


def test_a_rule_that_runs_follow_is_confirmed_and_not_proposed():
    runs = before() + read(15, *VERIFIED, version=5, start=200)
    outcome = dream(runs, written(RULE, since=5))

    assert outcome.drafts == ()
    [confirmed] = outcome.confirmed
    assert confirmed.statement == RULE.removeprefix("- ")
    assert confirmed.reason == (
        "0 of 15 groups that read it still show this, 8 of 12 that had not read it."
    )
    assert (confirmed.rule, confirmed.path) == ("r0", "/notes.md")


def test_a_rule_that_is_read_and_changes_nothing_is_to_be_reworded():
    runs = before() + read(20, *WRONG, version=5, start=200)
    outcome = dream(runs, written(RULE, since=5))

    draft = only(outcome, "ineffective")
    [operation] = draft.operations
    assert (operation.kind, operation.rule) == ("edit", "r0")
    assert operation.before == RULE.removeprefix("- ")
    assert operation.after.startswith("When you call `issue_credit`")
    assert "20 of 20 groups that read it still show this" in draft.because
    assert outcome.confirmed == ()


def test_what_else_the_rule_says_is_kept_when_it_is_reworded():
    more = RULE + " Ask the bookkeeper about discounts, credits abroad and old prices."
    runs = before() + read(20, *WRONG, version=5, start=200)

    operation = only(dream(runs, written(more, since=5)), "ineffective").operations[0]

    assert operation.after.endswith("discounts, credits abroad and old prices.")


def test_too_few_opportunities_say_nothing_yet():
    runs = before() + read(19, *WRONG, version=5, start=200)
    outcome = dream(runs, written(RULE, since=5))

    assert outcome.drafts == outcome.confirmed == ()
    assert "covered" in {one.code for one in outcome.refused}


def test_without_a_rate_of_before_nothing_is_called_ineffective():
    runs = read(9, *WRONG, version=4, start=0) + read(30, *WRONG, version=5, start=200)

    assert dream(runs, written(RULE, since=5)).drafts == ()


def test_a_rule_that_nobody_is_known_to_have_read_is_only_there():
    outcome = dream(many(30, *WRONG), written(RULE, since=5))

    assert outcome.drafts == outcome.confirmed == ()


def test_what_people_say_in_spite_of_a_rule_they_say_often_enough():
    head = written("- Each change comes with missing tests filled in.", since=2)
    runs = [
        *((f, s) for f, s in told(*["Is this tested?"] * 12)),
        *told(*["Is this tested?"] * 24, start=1),
    ]
    late = [
        (facts.__class__(**{**_plain(facts), "read": {"desk": 2}}), made)
        for facts, made in runs[12:]
    ]

    draft = only(dream([*runs[:12], *late], head), "ineffective")

    assert draft.operations[0].rule == "r0"


def _plain(facts):
    return {name: getattr(facts, name) for name in facts.__struct_fields__}
