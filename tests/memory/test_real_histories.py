"""Real instruction files, every version that people made of them."""

import subprocess
from collections import Counter
from itertools import pairwise

import pytest

from reviews.audit.actors import Actor
from reviews.memory import blame, diffs, rows, summaries, versions
from reviews.memory import lines as texts
from reviews.memory.models import Version
from tests.factories import a_store
from tests.memory import histories

pytestmark = histories.NEEDED

EVERY = pytest.mark.parametrize("file", histories.HISTORIES, ids=histories.name)


@pytest.mark.django_db
@EVERY
def test_every_past_state_of_a_real_file_can_be_read_byte_for_byte(file):
    store = a_store()
    history = histories.load(file)

    committed = [versions.commit(
        store,
        {"/" + step["path"]: step["content"]},
        by=Actor.system("replay"),
        reason=step["subject"],
        kind=Version.Kind.IMPORT,
    ) for step in history]  # fmt: skip

    assert [version.number for version in committed] == [*range(1, len(history) + 1)]
    for number, step in enumerate(history, start=1):
        expected = (
            {} if step["content"] is None else {"/" + step["path"]: step["content"]}
        )
        assert versions.texts_at(store, number) == expected
        assert versions.as_of(store, committed[number - 1].at) >= number


@EVERY
def test_every_line_is_blamed_on_a_version_that_wrote_it(file):
    contents = histories.contents(file)

    now = blame.Authored()
    for number, text in enumerate(contents, start=1):
        now = blame.carry(
            now, text, diffs.compare(now.text, text), path="/f", number=number
        )
        assert len({rule.id for rule in now.rules}) == len(now.rules)

    states = [set(texts.split(text)) for text in contents]
    for line, version in zip(
        texts.split(now.text), blame.expand(now.runs), strict=True
    ):
        # It is there from that version on; who only ever kept it is not blamed.
        assert all(line in state for state in states[version - 1 :])


@EVERY
def test_a_rule_that_still_says_the_same_is_the_same_rule(file):
    contents = [text for text in histories.contents(file) if text]

    now = blame.begin(contents[0], path="/f", number=1)
    for number, text in enumerate(contents[1:], start=2):
        before = unique(now.rules)
        diff = diffs.compare(now.text, text)
        now = blame.carry(now, text, diff, path="/f", number=number)
        after = unique(now.rules)
        assert [t for t in before if t in after and before[t] != after[t]] == []


def unique(rules):
    """Ids of rules by text, for texts that only one rule has."""
    counted = Counter(rule.text for rule in rules)
    return {rule.text: rule.id for rule in rules if counted[rule.text] == 1}


@EVERY
def test_a_real_change_is_shown_in_no_more_lines_than_git_needs(file, tmp_path):
    contents = histories.contents(file)
    sides = [tmp_path / "old", tmp_path / "new"]

    for old, new in pairwise(contents):
        diff = diffs.compare(old, new)
        back = diffs.compare(new, old)
        assert (diff.added, diff.deleted) == (back.deleted, back.added)
        for side, text in zip(sides, (old, new), strict=True):
            # With a newline at the end, which git counts as part of the last line.
            side.write_text(text if text.endswith("\n") or not text else text + "\n")
        counted = subprocess.run(
            ["git", "diff", "--no-index", "--histogram", "--numstat", *map(str, sides)],
            capture_output=True, text=True, check=False,
        ).stdout.split()  # fmt: skip
        git = int(counted[0]) + int(counted[1]) if counted else 0
        assert diff.added + diff.deleted + 2 * diff.changed <= 1.25 * git


@EVERY
def test_a_real_change_can_be_read_from_its_rows_and_told_in_words(file):
    for old, new in pairwise(histories.contents(file)):
        diff = diffs.compare(old, new)
        shown = rows.rows(diff, old, new)

        before = [said(row.before) for row in shown if row.old is not None]
        after = [said(row.after) for row in shown if row.new is not None]
        assert texts.join(before, ended=diff.old_ended) == old
        assert texts.join(after, ended=diff.new_ended) == new
        assert not diff.large
        assert summaries.summary(diff, old, new).endswith(".")


def said(segments):
    return "".join(segment.text for segment in segments)
