"""Real instruction files, every version that people made of them."""

import gzip
import json
import subprocess
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from reviews.audit.actors import Actor
from reviews.memory import blame, diffs, versions
from reviews.memory import lines as texts
from reviews.memory.models import Version
from tests.factories import a_store

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "memory-histories"
HISTORIES = sorted(FOLDER.glob("*.jsonl.gz"))

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not HISTORIES, reason="the real histories are not here"),
]


def load(file: Path) -> list[dict]:
    with gzip.open(file, "rt") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.django_db
@pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.name.split("__")[0])
def test_every_past_state_of_a_real_file_can_be_read_byte_for_byte(file):
    store = a_store()
    history = load(file)

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


@pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.name.split("__")[0])
def test_every_line_is_blamed_on_a_version_that_wrote_it(file):
    contents = [step["content"] or "" for step in load(file)]

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


@pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.name.split("__")[0])
def test_a_rule_that_still_says_the_same_is_the_same_rule(file):
    contents = [step["content"] or "" for step in load(file) if step["content"]]

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


@pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.name.split("__")[0])
def test_a_real_change_is_shown_in_no_more_lines_than_git_needs(file, tmp_path):
    contents = [step["content"] or "" for step in load(file)]
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
