"""What the agent changed until the tool worked is the fix."""

import pytest

from reviews.dreams.mining.normalisation import calls
from reviews.dreams.mining.recoveries import recovery
from tests.dreams.stories import call, fails, steps


def recovered(*told):
    return recovery(calls(steps(*told)), 0, "pay", 8)


@pytest.mark.parametrize(
    ("before", "after", "answer", "change"),
    [
        ({"m": '"rent"'}, {"m": "rent"}, "no metric", "unquoted:m"),
        ({"m": "rant"}, {"m": "rent"}, "choose one of: rent, food", "from_error:m"),
        ({"p": [5, 6.1]}, {"p": [5, 7.25]}, "the total is 12.25", "sum_from_error:p"),
        ({"n": 3}, {"n": 12}, "at most 12", "number_from_error:n"),
        ({"t": "orders"}, {"t": "app.orders"}, "no relation", "prefixed:t:app."),
        ({"t": "main"}, {"t": "main.go"}, "no file", "suffixed:t:.go"),
        ({"t": "main"}, {"t": "MAIN"}, "no file", "case:t"),
        ({"t": "a-b"}, {"t": "a_b"}, "no file", "punctuation:t"),
        ({"t": "7"}, {"t": 7}, "no number", "typed:t"),
        ({}, {"confirm": True}, "refused", "added:confirm:true"),
        ({"dry": 1}, {}, "refused", "removed:dry"),
        ({"t": "a.py"}, {"t": "b.py"}, "no file", "other:t"),
    ],
)
def test_a_change_has_a_class(before, after, answer, change):
    found = recovered(fails("pay", before, answer), call("pay", after))

    assert found is not None
    assert found.changes == (change,)


def test_code_that_changes_is_not_called_punctuation():
    found = recovered(
        fails("pay", {"t": "if a: b"}, "no"), call("pay", {"t": "if a; b"})
    )

    assert found is not None
    assert found.changes == ("other:t",)


def test_the_same_call_may_work_later_thanks_to_what_came_between():
    found = recovered(
        fails("pay", {"id": 1}, "not opened"),
        call("open", {"id": 1}),
        call("pay", {"id": 1}),
    )

    assert found is not None
    assert found.unchanged
    assert (found.distance, found.between) == (2, ("open",))


def test_a_call_in_between_counts_only_if_it_brought_what_is_new():
    found = recovered(
        fails("pay", {"id": "PX111"}, "unknown"),
        call("budget", {}, "4400 left"),
        call("list", {}, "PX222, PX333"),
        call("pay", {"id": "PX333"}),
    )

    assert found is not None
    assert found.between == ("list",)


def test_what_works_only_much_later_is_no_recovery():
    others = [call("look", {"n": number}) for number in range(9)]
    assert recovered(fails("pay", {}, "no"), *others, call("pay", {})) is None
