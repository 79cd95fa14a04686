"""What is of one instance goes out of an error line; what is left can come back."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.dreams.mining.masking import cluster, mask, take_out


@pytest.mark.parametrize(
    ("line", "template"),
    [
        ("Error: room K7421 not free on date 2026-01-13",
         "room ‹id› not free on date ‹date›"),
        ("payment does not add up, total price is 1203, but paid 833",
         "payment does not add up, total price is ‹number›, but paid ‹number›"),
        ("fatal: 'main' is already used by worktree at '/Users/ada/cli'",
         "‹text› is already used by worktree at ‹text›"),
        ("No such file: /home/ada/app/x.py", "No such file: ‹path›"),
        ("see https://example.com/a?b=1 or mail ada@example.com", "see ‹url› or mail ‹mail›"),
        ("commit 0123abcdef0 took 12ms in 3 of 7 at 09:15",
         "commit ‹id› took ‹number› in ‹number› of ‹number› at ‹time›"),
        ("one of 'a', 'b', 'c' and 'd'", "one of ‹text›"),
        ("\x1b[31mError:\x1b[0m broken pipe", "broken pipe"),
        ("request 6f1c8a52-3b1d-4f1e-9d55-0a1b2c3d4e5f rejected", "request ‹id› rejected"),
        ("either yes or no", "either yes or no"),
    ],
)  # fmt: skip
def test_masking_takes_the_instance_out(line, template):
    assert mask(line).text == template


def test_what_the_call_itself_passed_is_named_after_its_argument():
    found = mask("Unknown skill: commit", {"skill": "commit"})

    assert found.text == "Unknown skill: ‹skill›"
    assert found.slots == (("skill", "commit"),)


def test_a_value_inside_another_word_is_left_alone():
    assert (
        mask("orders: no such table", {"table": "order"}).text
        == "orders: no such table"
    )


def test_templates_that_say_the_same_have_one_leader_in_any_order():
    said = {
        "order ‹id› cannot be modified": 5,
        "order ‹id› cannot be modified.": 2,
        "user not found": 9,
    }

    led = cluster(said, 86)

    assert led["order ‹id› cannot be modified."] == "order ‹id› cannot be modified"
    assert led["user not found"] == "user not found"
    assert led == cluster(dict(reversed(said.items())), 86)


@pytest.mark.parametrize(
    "hostile", ["a" * 300, "a/" * 150, '"' * 299, "1a" * 150, "@." * 150]
)
def test_masking_a_hostile_line_is_quick(hostile):
    began = time.perf_counter()
    mask(hostile)
    assert time.perf_counter() - began < 0.25


@given(
    st.text("ab_ .\u2039\u203aé", max_size=30),
    st.text("ab_ .é", min_size=3, max_size=5),
)
def test_a_value_is_taken_out_wherever_it_stands_alone(line, value):
    alone = rf"(?<![\w\u2039]){re.escape(value)}(?![\w\u203a])"

    taken, slots = take_out(line, "name", value)

    assert (taken, len(slots)) == (
        re.sub(alone, "\u2039name\u203a", line), bool(re.search(alone, line))
    )  # fmt: skip
