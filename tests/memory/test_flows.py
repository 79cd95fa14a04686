"""Paragraphs that were wrapped again: what stays hidden, and what never may."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.memory import diffs, rewraps, rows
from reviews.memory import lines as texts
from tests.memory.documents import SENTENCES

PROSE = (
    "Refunds are made within fourteen days by whoever took the order, unless the customer "
    "asked for a voucher, in which case the voucher is sent on the same day and the lead "
    "is told about it before the end of the week, so that the books agree."
)


def wrapped(text, width, indent=""):
    return textwrap.fill(text, width, subsequent_indent=indent) + "\n"


def flows(old, new):
    return list(diffs.compare(old, new).flows())


def test_a_paragraph_that_was_only_wrapped_again_has_no_change_of_words():
    old, new = wrapped(PROSE, 40), wrapped(PROSE, 70)

    (flow,) = flows(old, new)

    assert not flow.reworded
    assert flow.size == 7
    assert diffs.compare(old, new).rewrapped == 7


def test_a_paragraph_wrapped_and_edited_is_one_run_of_words_with_few_edits():
    old = wrapped(PROSE, 80)
    new = wrapped(PROSE.replace("fourteen", "thirty").replace("sent", "mailed").replace("books", "accounts"), 100)  # fmt: skip

    (flow,) = flows(old, new)
    words = rows.flowing(flow, old, new)

    assert [word.old for word in words if word.kind == "deleted"] == [
        "fourteen",
        "sent",
        "books",
    ]
    assert [word.new for word in words if word.kind == "added"] == [
        "thirty",
        "mailed",
        "accounts",
    ]
    assert "".join(word.old for word in words) == old.removesuffix("\n")
    assert "".join(word.new for word in words) == new.removesuffix("\n")


def test_the_words_of_a_bullet_flow_within_their_bullet():
    others = "- Be brief.\n{}- Be kind.\n"
    old = others.format(wrapped(f"- {PROSE}", 50, "  "))
    new = others.format(wrapped(f"- {PROSE}", 76, "  "))

    (flow,) = flows(old, new)

    assert (flow.old[0], flow.reworded) == (1, False)


def test_quoted_lines_flow_behind_their_signs():
    old, new = ("> " + wrapped(PROSE, width, "> ") for width in (50, 76))

    (flow,) = flows(old, new)

    assert not flow.reworded


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # In code, in a table, after a hard break, a line means something.
        ("```\n" + wrapped(PROSE, 40) + "```\n", "```\n" + wrapped(PROSE, 70) + "```\n"),
        ("- Run it:\n  ```\n  make all && make\n  test of it\n  ```\n", "- Run it:\n  ```\n  make all &&\n  make test of it\n  ```\n"),
        ("    make all && make\n    test of it\n", "    make all &&\n    make test of it\n"),
        ("| a | b |\n| c | d |\n", "| a | b | c | d |\n"),
        ("One line of an address  \nand another\n", "One line of an address and another\n"),
        # Bullets are not one text, and an indentation says where a bullet belongs.
        ("- ask the lead first\n- then refund it all\n", "- ask the lead first - then refund it all\n"),
        ("- ask the lead first and\n  then refund it\n", "  - ask the lead first\n    and then refund it\n"),
        # Without a break that moved it is an ordinary change of lines.
        ("Refund it within 14 days\nand tell the lead.\n", "Refund it within 30 days\nand tell a lead.\n"),
        ("Refund it today\nand tell the lead.\n", "Refund it today\r\nand tell the lead.\r\n"),
        # And a text that says something else was not wrapped.
        (wrapped(PROSE, 60), wrapped("Vouchers never expire, whatever the printed date says, and nobody may shorten them later on.", 60)),
    ],
)  # fmt: skip
def test_what_is_no_wrapping_is_shown_line_by_line(old, new):
    assert flows(old, new) == []
    assert diffs.compare(old, new)


def test_a_line_that_stands_elsewhere_in_its_paragraph_does_not_part_it():
    old, new = "- Be brief.\n\n{}", "- Be kind.\n\n{}"
    old = old.format("the first the\nthe\n")
    new = new.format("the\nfirst\nthe the\n")

    # "the" is a line on both sides, but in the one the last and in the other the first.
    (flow,) = flows(old, new)

    assert (flow.old, flow.new, flow.reworded) == ((2, 4), (2, 5), False)


def test_lines_of_a_paragraph_that_says_the_same_never_moved():
    old = """refund h ask h h refund
refund never ask never ask
order order 24 ask refund
24 h order h 24 refund h
ask h h refund refund never
ask never ask order order
24 ask refund
"""
    new = """refund h ask h h refund refund
never ask never ask order
order 24 ask refund 24 h order
h 24 refund h ask h h refund
refund never ask never ask
order order 24 ask refund
"""

    # Two lines are word for word lines of the other text, three lines further down.
    (flow,) = flows(old, new)

    assert not flow.reworded
    assert diffs.compare(old, new).moves == ()


def test_bullets_between_changed_ones_are_not_read_as_paragraphs(monkeypatch):
    old = [f"- Ask about order {n} before anything is refunded." for n in range(9)]
    new = [line.replace("Ask", "Look") if n % 2 else line for n, line in enumerate(old)]
    before, after = "\n".join(old), "\n".join(new)
    expected = diffs.compare(before, after)

    def read(lines):
        raise AssertionError("Each of these lines is a paragraph of its own.")

    monkeypatch.setattr(rewraps.flows, "units_of", read)
    assert diffs.compare(before, after) == expected
    assert expected.changed == 4


def test_a_line_that_stays_in_its_place_stays_a_line():
    old = "ask the\nlead and\nrefund it today\nor at\nonce if you can\n"
    new = "ask the lead\nand\nrefund it today\nor at once\nif you can\n"

    first, second = flows(old, new)

    assert (first.old, second.old) == ((0, 2), (3, 5))
    assert not any(flow.reworded for flow in (first, second))


PARAGRAPHS = st.lists(SENTENCES, min_size=1, max_size=12).map(" ".join)


@given(PARAGRAPHS, PARAGRAPHS, st.integers(8, 60), st.integers(8, 60))
def test_a_flow_says_both_sides_byte_for_byte_and_the_same_both_ways(
    text, insertion, before, after
):
    old, new = wrapped(text, before), wrapped(f"{text} {insertion}", after)
    a, b = texts.split(old), texts.split(new)

    for flow in flows(old, new):
        words = rows.flowing(flow, old, new)
        assert "".join(w.old for w in words) == "\n".join(a[slice(*flow.old)])
        assert "".join(w.new for w in words) == "\n".join(b[slice(*flow.new)])
        for word in words:
            if word.kind == "equal":
                assert word.old == word.new
            elif word.kind == "wrap":
                assert not word.old.strip()
                assert not word.new.strip()
    assert [(f.old, f.old_marks, f.new_marks) for f in flows(old, new)] == [
        (f.new, f.new_marks, f.old_marks) for f in flows(new, old)
    ]


@given(PARAGRAPHS, st.integers(8, 60), st.integers(8, 60))
def test_wrapping_alone_never_counts_as_a_change_of_words(text, before, after):
    old, new = wrapped(text, before), wrapped(text, after)

    assert not any(flow.reworded for flow in flows(old, new))
