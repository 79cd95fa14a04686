import json
import random
import subprocess
from itertools import pairwise

import pytest
from hypothesis import given

from reviews.memory import diffs, marks, matching, rows
from reviews.memory import lines as texts
from tests.memory.documents import edited
from tests.memory.documents import texts as documents


def hunks(diff):
    return [(hunk.old, hunk.new) for hunk in diff.hunks]


def marked(diff, old, new):
    """The words marked on each side, pair by pair."""
    a, b = texts.split(old), texts.split(new)
    return [
        (
            [a[pair.old][start:end] for start, end in pair.old_marks],
            [b[pair.new][start:end] for start, end in pair.new_marks],
        )
        for hunk in diff.hunks
        for pair in hunk.pairs
    ]


def test_a_changed_word_is_a_pair_with_that_word_marked():
    old = "# Refunds\n- Answer within 24 h, always.\n- Be brief.\n"
    new = "# Refunds\n- Answer within 4 h, always.\n- Be brief.\n- Ask first.\n"

    diff = diffs.compare(old, new)

    assert marked(diff, old, new) == [(["24"], ["4"])]
    assert (diff.added, diff.deleted, diff.changed) == (1, 0, 1)
    assert {hunk.heading for hunk in diff.hunks} == {(0,)}


def test_lines_are_paired_by_likeness_and_not_by_position():
    old = "- Ask for the order number.\n- Never promise a date.\n"
    new = "- Greet by name.\n- Ask for the order or invoice number.\n- Sign with initials.\n- Never promise any date.\n"

    diff = diffs.compare(old, new)

    assert [(pair.old, pair.new) for hunk in diff.hunks for pair in hunk.pairs] == [
        (0, 1),
        (1, 3),
    ]
    assert (diff.added, diff.deleted, diff.changed) == (2, 0, 2)


def test_short_bullets_with_nothing_in_common_are_not_paired():
    diff = diffs.compare("- yes\n", "- no\n")

    assert (diff.added, diff.deleted, diff.changed) == (1, 1, 0)


@pytest.mark.parametrize(
    ("old", "new", "gone", "come"),
    [
        # Whole words, never parts of them.
        ("apologise in reviews", "apologize in reviews", ["apologise"], ["apologize"]),
        # A name is one word.
        ("look up order_id first", "look up user_id first", ["order_id"], ["user_id"]),
        # A shared little word between two edits is chance.
        ("Before you make a refund, send a mail to them.", "Before you make a refund, call a person by phone.", ["send a mail to them"], ["call a person by phone"]),
        # Punctuation between two edits goes with them.
        ("Whatever it is, paint it red, green.", "Whatever it is, paint it blue, black.", ["red, green"], ["blue, black"]),
        # An ending or a beginning of three letters and more is marked alone, nothing shorter.
        ("confirm it before touching the code", "unconfirmed it before touching the codebase", ["confirm"], ["unconfirmed", "base"]),
        ("agree at once", "disagree at once", [], ["dis"]),
        ("refund the order", "refunds the order", ["refund"], ["refunds"]),
        ("at most 100 orders", "at most 100000 orders", ["100"], ["100000"]),
        # A number is one word, and so is a word with its accents, however they are written.
        ("never pay more than 1,000.50 before 14:00", "never pay more than 1,200.50 before 15:00", ["1,000.50", "14:00"], ["1,200.50", "15:00"]),
        ("a cafe\u0301 is open", "a cafe is open", ["cafe\u0301"], ["cafe"]),
        # Where less than half is kept, nothing is underlined.
        ("send a mail to them", "call a person by phone", [], []),
        # What both edges share stays unmarked.
        ("reply within 24 h.", "reply within 4 h.", ["24"], ["4"]),
        ("ask", "ask first", [], [" first"]),
        # A script without spaces is marked by character.
        ("请先询问订单号", "请先核对订单号", ["询问"], ["核对"]),
    ],
)  # fmt: skip
def test_what_is_marked_is_what_a_reader_would_underline(old, new, gone, come):
    found = marks.mark(old, new)

    assert [old[start:end] for start, end in found.old] == gone
    assert [new[start:end] for start, end in found.new] == come


def test_a_long_line_is_marked_where_it_changed_unless_too_much_did():
    line = "word " * 5_000
    words = " ".join(f"word{n}" for n in range(5_000))

    assert marks.mark(line + "24 h", line + "4 h").old == ((25_000, 25_002),)
    assert marks.mark(words, words.replace("word", "w")) == marks.Marks()


def test_an_added_section_begins_at_its_heading():
    old = "## A\n- a\n\n## C\n- c\n"
    new = "## A\n- a\n\n## B\n- a\n\n## C\n- c\n"

    assert hunks(diffs.compare(old, new)) == [((3, 3), (3, 6))]


def test_an_added_bullet_with_a_wrapped_line_begins_at_its_bullet():
    old = "- one\n  wrapped\n- two\n  wrapped\n"
    new = "- one\n  wrapped\n- new\n  wrapped\n- two\n  wrapped\n"

    assert hunks(diffs.compare(old, new)) == [((2, 2), (2, 4))]


def test_a_moved_block_is_named_and_counted_on_both_sides():
    block = "- Refunds above one hundred need a lead.\n- Cash refunds need two leads.\n"
    rest = "".join(f"- rule number {n}\n" for n in range(6))

    diff = diffs.compare(block + rest, rest + block)

    assert [(move.old, move.new, move.size) for move in diff.moves] == [(0, 6, 2)]
    assert (diff.added, diff.deleted, diff.changed) == (2, 2, 0)


def test_a_newline_at_the_end_is_a_difference_of_its_own():
    diff = diffs.compare("- a\n", "- a")

    assert diff
    assert (diff.hunks, diff.old_ended, diff.new_ended) == ((), True, False)
    assert not diffs.compare("- a", "- a")


def test_a_line_that_moved_and_was_reworded_is_found_with_its_words():
    moved = "- Refunds above one hundred need a lead who has seen the order first.\n"
    rest = "".join(f"- rule number {n}\n" for n in range(6))
    old, new = moved + rest, rest + moved.replace("one hundred", "two hundred")

    diff = diffs.compare(old, new)
    gone, come = (row for row in rows.rows(diff, old, new) if row.moved is not None)

    assert [(pair.old, pair.new) for pair in diff.edited] == [(0, 6)]
    assert (diff.added, diff.deleted, diff.changed) == (1, 1, 0)
    assert (gone.moved, [s.text for s in gone.before if s.marked]) == (6, ["one"])
    assert (come.moved, [s.text for s in come.after if s.marked]) == (0, ["two"])
    assert any(segment.marked for segment in gone.before)
    assert any(segment.marked for segment in come.after)


@pytest.mark.parametrize(
    ("gone", "come"),
    [
        # Too short to be told apart from any other rule.
        ("- Refunds above one hundred.\n", "- Refunds above two hundred.\n"),
        # Like two others as much: nobody can say which it was.
        ("- Refunds above one hundred need a lead who has seen the order A.\n",
         ("- Refunds above one hundred need a lead who has seen the order B.\n- Ask.\n"
          "- Refunds above one hundred need a lead who has seen the order C.\n")),
    ],
)  # fmt: skip
def test_what_could_be_anything_did_not_move(gone, come):
    rest = "".join(f"- rule number {n}\n" for n in range(6))

    assert diffs.compare(gone + rest, rest + come).edited == ()


def test_lines_with_less_than_half_in_common_are_not_underlined():
    old, new = "- Be kind.\n- Sent by the team.\n", "- Be kind.\n- Spent at the tram.\n"

    diff = diffs.compare(old, new)
    (pair,) = diff.pairs()
    (row,) = (row for row in rows.rows(diff, old, new) if row.kind == "changed")

    assert (pair.old_marks, pair.new_marks) == ((), ())
    assert pair.rewritten
    assert not any(s.marked for s in (*row.before, *row.after))


def test_a_diff_that_was_stored_before_flows_existed_still_shows():
    old = "# Refunds\n- Answer within 24 h, always.\n- Be brief.\n"
    new = "# Refunds\n- Answer within 4 h, always.\n- Be brief.\n"
    stored = {
        "hunks": [[[1, 2], [1, 2], [[1, 1, [[16, 18]], [[16, 17]]]], [0]]],
        "moves": [],
        "old_size": 3,
        "new_size": 3,
        "changed": 1,
    }

    diff = diffs.load(stored)

    assert rows.rows(diff, old, new) == rows.rows(diffs.compare(old, new), old, new)
    assert diff == diffs.compare(old, new)


@given(edited())
def test_what_moved_is_the_same_on_both_sides_and_in_no_pair(pair):
    old, new = pair
    a, b = texts.split(old), texts.split(new)
    diff = diffs.compare(old, new)

    for move in diff.moves:
        assert a[move.old : move.old + move.size] == b[move.new : move.new + move.size]
    moved = {move.new + i for move in diff.moves for i in range(move.size)}
    successors = [new_line for _, new_line in diff.alike()]
    assert len(successors) == len({*successors})
    assert not moved & {*successors}


@given(edited())
def test_ranges_and_texts_rebuild_both_sides_byte_for_byte(pair):
    old, new = pair
    diff = diffs.load(json.loads(json.dumps(diffs.dump(diffs.compare(old, new)))))

    shown = rows.rows(diff, old, new)

    def said(side, number):
        lines = [
            "".join(segment.text for segment in getattr(row, side))
            for row in shown
            if getattr(row, number) is not None
        ]
        numbers = [
            getattr(row, number) for row in shown if getattr(row, number) is not None
        ]
        assert numbers == list(range(len(numbers)))
        return lines

    assert texts.join(said("before", "old"), ended=diff.old_ended) == old
    assert texts.join(said("after", "new"), ended=diff.new_ended) == new


@given(edited())
def test_counts_are_the_same_in_both_directions(pair):
    old, new = pair

    there, back = diffs.compare(old, new), diffs.compare(new, old)

    assert (there.added, there.deleted, there.changed) == (
        back.deleted,
        back.added,
        back.changed,
    )
    assert [(h.old, h.new) for h in there.hunks] == [(h.new, h.old) for h in back.hunks]
    assert marked(there, old, new) == [pair[::-1] for pair in marked(back, new, old)]


@given(documents(), documents())
def test_what_is_matched_is_equal_and_in_order(old, new):
    a, b = texts.split(old), texts.split(new)

    blocks = matching.match(a, b)

    for block in blocks:
        assert (
            a[block.old : block.old + block.size]
            == b[block.new : block.new + block.size]
        )
    for above, below in pairwise(blocks):
        assert below.old >= above.old + above.size
        assert below.new >= above.new + above.size
        assert (below.old, below.new) != (
            above.old + above.size,
            above.new + above.size,
        )
    assert diffs.compare(old, old).hunks == ()


@given(edited())
def test_marks_are_in_order_and_hide_nothing(pair):
    old, new = pair
    a, b = texts.split(old), texts.split(new)

    for hunk in diffs.compare(old, new).hunks:
        for one in hunk.pairs:
            if not one.rewritten:
                kept = _unmarked(a[one.old], one.old_marks)
                assert kept == _unmarked(b[one.new], one.new_marks)


def _unmarked(line, ranges):
    kept, at = "", 0
    for start, end in ranges:
        assert at <= start < end <= len(line)
        kept, at = kept + line[at:start], end
    return kept + line[at:]


def test_stored_diffs_hold_no_words():
    stored = json.dumps(
        diffs.dump(diffs.compare("# Secret\n- alpha\n", "# Secret\n- beta\n"))
    )

    assert not any(word in stored for word in ("Secret", "alpha", "beta"))


@pytest.mark.parametrize("seed", range(20))
def test_no_more_lines_are_touched_than_by_git(seed, tmp_path):
    chance = random.Random(seed)
    old = [
        f"- {chance.choice(['ask', 'say', 'never'])} {chance.randrange(40)}"
        for _ in range(80)
    ]
    new = list(old)
    for _ in range(12):
        at = chance.randrange(len(new))
        new[at : at + 1] = chance.choice([[], [new[at], "- added"], [f"- other {at}"]])
    sides = [tmp_path / "old", tmp_path / "new"]
    for side, lines in zip(sides, (old, new), strict=True):
        side.write_text("\n".join(lines) + "\n")

    counted = subprocess.run(
        ["git", "diff", "--no-index", "--histogram", "--numstat", *map(str, sides)],
        capture_output=True, text=True, check=False,
    ).stdout.split()  # fmt: skip

    diff = diffs.compare(*(side.read_text() for side in sides))
    ours = diff.added + diff.deleted + 2 * diff.changed
    assert ours <= 1.25 * (int(counted[0]) + int(counted[1]))
