"""Hard and large texts: in time, never worse than git, and counted to the line."""

import subprocess
import time

import pytest

from reviews.memory import diffs, rows
from reviews.memory import lines as texts
from tests.memory import pathological

PAIRS = pathological.pairs()
CASES = pytest.mark.parametrize("name", PAIRS)


def changed_lines(diff):
    return diff.added + diff.deleted + 2 * diff.changed


@CASES
def test_no_allowed_text_keeps_a_reader_waiting(name):
    old, new = PAIRS[name]

    spent = []
    for _ in range(3):
        began = time.process_time()
        diff = diffs.compare(old, new)
        spent.append(time.process_time() - began)

    assert diff
    # 200 ms on an idle core; tests share theirs.
    assert min(spent) < 0.4


@CASES
def test_no_more_lines_are_touched_than_by_git(name, tmp_path):
    old, new = PAIRS[name]

    diff = diffs.compare(old, new)

    assert changed_lines(diff) <= 1.25 * by_git(old, new, tmp_path)
    back = diffs.compare(new, old)
    assert (diff.added, diff.deleted, diff.changed, diff.large) == (
        back.deleted,
        back.added,
        back.changed,
        back.large,
    )


@CASES
def test_both_texts_can_be_read_from_their_rows(name):
    old, new = PAIRS[name]
    diff = diffs.compare(old, new)

    found = rows.rows(diff, old, new)

    before = [_said(row.before) for row in found if row.old is not None]
    after = [_said(row.after) for row in found if row.new is not None]
    assert texts.join(before, ended=diff.old_ended) == old
    assert texts.join(after, ended=diff.new_ended) == new
    assert len(diff.hunks) <= diffs.MAX_HUNKS


def _said(segments):
    return "".join(segment.text for segment in segments)


def test_a_large_change_is_counted_to_the_line():
    old, new = PAIRS["five distinct lines, unrelated"]

    diff = diffs.compare(old, new)

    assert diff.large
    assert len(texts.split(new)) - len(texts.split(old)) == diff.added - diff.deleted
    # Near hunks are shown as one, with lines in them that did not change.
    assert sum(hunk.old[1] - hunk.old[0] for hunk in diff.hunks) > diff.deleted


def test_what_word_marks_would_cost_is_the_same_on_every_machine():
    lines = ["word " * 1_900 + str(n) for n in range(60)]
    old, new = "\n".join(lines), "\n".join(f"{line} more" for line in lines)

    large = [diffs.compare(old, new).large, diffs.compare(new, old).large]

    assert large == [True, True]
    marked = [not pair.rewritten for pair in diffs.compare(old, new).pairs()]
    # As far as it goes, and no further.
    assert 0 < sum(marked) < len(marked)


def by_git(old, new, folder):
    """Lines that git adds and deletes with its best diff."""
    sides = [folder / "old", folder / "new"]
    for side, text in zip(sides, (old, new), strict=True):
        side.write_text(text, newline="")
    told = subprocess.run(
        ["git", "diff", "--no-index", "--histogram", "--numstat", *map(str, sides)],
        capture_output=True, text=True, check=False,
    ).stdout.split()  # fmt: skip
    return int(told[0]) + int(told[1])
