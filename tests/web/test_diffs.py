"""A diff as a page shows it: signs beside colours, nothing invisible left invisible."""

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from reviews.memory import diffs
from reviews.web.presenters.diffs import pieces, present

OLD = "# Refunds\n\n- Answer within 24 h.\n- Ask a lead.\n"
NEW = "# Refunds\n\n- Answer within 4 h.\n- Ask a lead.\n- Apologise once.\n"


def lines(change):
    return [line for hunk in change.hunks for line in hunk.lines]


def test_a_changed_line_stands_as_it_was_and_as_it_becomes():
    shown = [
        (line.sign, line.old, line.new, "".join(piece.text for piece in line.pieces))
        for line in lines(present(OLD, NEW))
        if line.sign
    ]

    assert shown == [
        ("−", 3, None, "- Answer within 24 h."),
        ("+", None, 3, "- Answer within 4 h."),
        ("+", None, 5, "- Apologise once."),
    ]


def test_only_the_words_that_differ_are_marked():
    marked = {
        (line.kind, piece.text)
        for line in lines(present(OLD, NEW))
        for piece in line.pieces
        if piece.marked
    }

    assert marked == {("deleted", "24"), ("added", "4")}


def test_a_stored_diff_shows_the_same_as_a_new_one():
    stored = diffs.dump(diffs.compare(OLD, NEW))

    assert present(OLD, NEW, stored=stored) == present(OLD, NEW)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a\u200bb", ["U+200B ZERO WIDTH SPACE"]),
        ("pay\u202e001", ["U+202E RIGHT-TO-LEFT OVERRIDE"]),
        ("a\u00a0b", ["U+00A0 NO-BREAK SPACE"]),
        ("a\U000e0041", ["U+E0041 TAG LATIN CAPITAL LETTER A"]),
        ("a\x1b[31m", ["U+001B control"]),
        ("end  ", ["trailing space"]),
        ("plain\ttext", []),
    ],
)
def test_what_cannot_be_seen_is_named(text, names):
    assert [piece.name for piece in pieces(text) if piece.odd] == names


@given(st.text())
def test_no_character_of_a_line_is_lost(text):
    assert "".join(piece.text for piece in pieces(text)) == text


def test_hostile_text_is_shown_and_not_obeyed():
    page = render_to_string(
        "components/diff.html", {"change": present("", "<script>alert(1)</script>\n")}
    )

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_signs_and_words_carry_what_colours_show():
    page = render_to_string("components/diff.html", {"change": present(OLD, NEW)})

    assert "<ins>4</ins>" in page
    assert "<del>24</del>" in page
    assert "deleted: " in page
    assert "added: " in page


def test_a_newline_at_the_end_is_told_in_words():
    change = present("a", "a\n")

    assert change
    assert change.newline_note == "The last line gains its newline."


def test_equal_texts_have_no_difference():
    assert not present(OLD, OLD)
