"""The one-word edits that matter most are told in words, and only those."""

import pytest
from hypothesis import given

from reviews.memory import shifts
from tests.memory.documents import edited

KEPT = "Before you refund a customer, "


def told(old, new):
    return [shift.sentence for shift in shifts.find(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        ("you must ask a lead.", "you may ask a lead.", ["weakens a guard: must → may"]),
        ("you should ask a lead.", "you must ask a lead.", ["strengthens a guard: should → must"]),
        ("always ask a lead.", "usually ask a lead.", ["weakens a guard: always → usually"]),
        ("always ask a lead.", "never ask a lead.", ["reverses: always → never"]),
        ("ask all of the leads.", "ask some of the leads.", ["weakens a guard: all → some"]),
        ("wait at least 3 days.", "wait at most 3 days.", ["reverses: at least → at most"]),
        ("ask before you pay.", "ask after you pay.", ["reverses: before → after"]),
        ("you have to ask a lead.", "you need to ask a lead.", []),
        ("ask the leads.", "ask all the leads.", []),
        ("ask the leads.", "ask only the leads.", ["adds “only”"]),
        # Numbers, in their units.
        ("wait within 24 h.", "wait within 4 h.", ["changes a number: 24 → 4"]),
        ("wait for 24 h.", "wait for 24 min.", ["changes a number: 24 h → 24 min"]),
        ("wait for 60 min.", "wait for 1 hour.", []),
        ("wait three days.", "wait 3 days.", []),
        ("pay one hundred euros.", "pay two hundred euros.", ["changes a number: one hundred → two hundred"]),
        ("pay twenty-five euros.", "pay 25 euros.", []),
        ("pay $1,000 at most.", "pay $10,000 at most.", ["changes a number: 1,000 → 10,000"]),
        ("ask 24/7 since 2026-01-31.", "ask 24/7 since 2026-02-28.", ["changes a number: 2026-01-31 → 2026-02-28"]),
        ("run gpt-4 and look.", "run gpt-5 and look.", []),
        ("run python3.12 and look.", "run python3.13 and look.", []),
        # What came or went.
        ("do tell anybody.", "do not tell anybody.", ["adds “not”"]),
        ("you can tell anybody.", "you cannot tell anybody.", ["adds “cannot”"]),
        ("do tell anybody.", "don't tell anybody.", ["adds “don't”"]),
        ("pay in cash, never by mail.", "pay in cash, by mail.", ["drops “never”"]),
        ("ask a lead.", "ask a lead if possible.", ["adds “if possible”"]),
        ("ask only a lead.", "ask a lead.", ["drops “only”"]),
        ("ask a lead.", "ask a lead unless ill.", ["adds “unless”"]),
        # The same demand in other words, or words that demand nothing.
        ("never tell anybody.", "never tell anyone.", []),
        ("Must ask a lead.", "must ask a lead.", []),
        ("ask a lead.", "ask a kind lead.", []),
        # In a long edit it is plain to see what only came.
        ("ask a lead.", "ask a lead, who will not mind being asked about such a thing.", []),
    ],
)  # fmt: skip
def test_a_change_of_what_is_demanded_is_told(old, new, sentences):
    assert told(f"- {KEPT}{old}\n", f"- {KEPT}{new}\n") == sentences


def test_less_demanded_is_weaker_and_more_is_not():
    def weakens(old, new):
        return [s.weakens for s in shifts.find(f"- {KEPT}{old}\n", f"- {KEPT}{new}\n")]

    assert weakens("you must ask.", "you may ask.") == [True]
    assert weakens("you may ask.", "you must ask.") == [False]
    assert weakens("ask nobody.", "ask nobody if possible.") == [True]
    assert weakens("never pay.", "pay.") == [True]
    assert weakens("usually ask.", "ask.") == [False]
    assert weakens("pay 3 times.", "pay 4 times.") == [False]


def test_its_words_stand_where_it_says():
    old = f"# Pay\n\n- Be kind.\n- {KEPT}you must wait 24 h.\n"
    new = f"# Pay\n\n- Be kind.\n- Be brief.\n- {KEPT}you may wait 4 h.\n"

    modality, number = shifts.find(old, new)

    assert old[slice(*modality.old_range)] == "must"
    assert new[slice(*modality.new_range)] == "may"
    assert (modality.old_line, modality.new_line) == (3, 4)
    assert (number.kind, old[slice(*number.old_range)]) == ("number", "24 h")


def test_a_rule_written_anew_shifts_where_both_say_how_much():
    old = "- You must ask the lead on duty about every refund.\n"
    new = "- Refunds may go ahead.\n"

    assert told(old, new) == ["weakens a guard: must → may"]


def test_rules_that_are_new_or_gone_shift_nothing():
    assert told("", "- You must never pay.\n") == []
    assert told("- You must never pay 24 times.\n- Ask.\n", "- Ask.\n") == []


def test_a_shift_in_a_paragraph_that_was_wrapped_again_is_told():
    old = "Before a refund is made by anybody you must\nalways ask the lead who is on duty then.\n"
    new = "Before a refund is made by anybody you may always\nask the lead who is on duty then.\n"

    (shift,) = shifts.find(old, new)

    assert shift.sentence == "weakens a guard: must → may"
    assert new[slice(*shift.new_range)] == "may"


def test_renumbered_lists_count_nothing():
    assert told("1. Ask the lead first.\n", "2. Ask the lead first.\n") == []
    assert told("## 3. Refunds of orders\n", "## 4. Refunds of orders\n") == []


@given(edited())
def test_both_directions_find_the_same_words(pair):
    old, new = pair

    there, back = shifts.find(old, new), shifts.find(new, old)

    assert sorted((s.was, s.becomes) for s in there) == sorted(
        (s.becomes, s.was) for s in back
    )
    for shift in there:
        assert shift.was or shift.becomes
