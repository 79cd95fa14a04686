"""What cannot be seen, or looks like something else, has a name and a place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.memory import diffs, oddities


def found(text):
    return [(odd.kind, text[odd.start : odd.end]) for odd in oddities.find(text)]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("pay\u200b now", [("invisible", "\u200b")]),
        ("soft\u00adware", [("invisible", "\u00ad")]),
        ("pay \u202e001\u202c now", [("bidi", "\u202e"), ("bidi", "\u202c")]),
        ("ok\U000e0041\U000e0042", [("tag", "\U000e0041"), ("tag", "\U000e0042")]),
        ("\x1b[31mred", [("control", "\x1b")]),
        ("24\u00a0h", [("space", "\u00a0")]),
        ("two spaces  \nnone\nand a tab\t\r\n", [("trailing", "  "), ("trailing", "\t"), ("return", "\r")]),
        ("a\tb", [("tab", "\t")]),
        ("p\u0430y", [("lookalike", "\u0430")]),
        ("only \u0441\u043e\u0440\u0435 hides here", [("lookalike", letter) for letter in "\u0441\u043e\u0440\u0435"]),
        ("\U0001d429ay", [("lookalike", "\U0001d429")]),
        ("\uff50ay", [("lookalike", "\uff50")]),
        # A tag sequence is a flag only where it is one of the three.
        ("\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", []),
        ("\U0001f3f4\U000e0069\U000e007f", [("tag", "\U000e0069"), ("tag", "\U000e007f")]),
        # Emoji are as they are, and scripts have their own letters and joiners.
        ("\u26a0\ufe0f \U0001f469\u200d\U0001f4bb \U0001f44d\U0001f3fd 1\ufe0f\u20e3", []),
        ("\U0001f469\U0001f3fd\u200d\U0001f680", []),
        ("letters\ufe0f.\ufe0e", [("invisible", "\ufe0f"), ("invisible", "\ufe0e")]),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", [("joiner", "\u200c")]),
        ("\u0421\u043f\u0440\u043e\u0441\u0438 \u0437\u0430\u043a\u0430\u0437 order", []),
        ("the angle \u03b1 and \u03bd", []),
        ("\u6ce8\u6587\uff21 \u306f", []),
        ("na\u00efve caf\u00e9, 5 \u00b5s, \u201cquoted\u201d \u2013 done\u2026", []),
    ],
)  # fmt: skip
def test_what_is_odd_is_found_where_it_is(text, kinds):
    assert found(text) == kinds


def test_a_chip_says_which_character_it_is():
    names = [odd.name for odd in oddities.find("p\u0430y\u200b\there ")]

    assert names == [
        "U+0430 CYRILLIC SMALL LETTER A, looks like a",
        "U+200B ZERO WIDTH SPACE",
        "tab",
        "trailing space",
    ]


def test_only_what_deceives_is_grave():
    assert [
        odd.kind for odd in oddities.find("a\u200b\u00a0\u202eb ") if odd.grave
    ] == [
        "invisible",
        "bidi",
    ]


def test_only_what_came_with_a_change_is_new():
    old = "- Pay\u200b within 24 h.\n- Ask.\n"
    new = "- Pay\u200b within 4\u00a0h.\n- Ask.\n- Send\u202e it.\n"

    come = oddities.come(diffs.compare(old, new), old, new)

    assert [(odd.kind, new[odd.start : odd.end]) for odd in come] == [
        ("space", "\u00a0"),
        ("bidi", "\u202e"),
    ]


def test_what_a_line_brings_along_when_it_moves_is_not_new():
    line = "- Pay\u200b whoever asks, as long as the lead on duty has seen the order.\n"
    others = "- Ask.\n- Look.\n- Wait.\n"
    old, new = line + others, others + line

    diff = diffs.compare(old, new)

    assert diff.moves
    assert oddities.come(diff, old, new) == ()


@given(st.text(alphabet="ab 1\t\r\n\u200b\u200d\ufe0f\u00a0\u0430\U0001f469"))
def test_findings_are_in_order_and_never_overlap(text):
    at = 0
    for odd in oddities.find(text):
        assert at <= odd.start < odd.end <= len(text)
        at = odd.end
