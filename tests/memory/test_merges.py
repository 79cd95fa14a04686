import random
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.errors import Invalid
from reviews.memory import lines as texts
from reviews.memory import merges
from tests.memory.documents import edited
from tests.memory.documents import texts as documents

BASE = "# Refunds\n\n- Ask first.\n- Refund within 14 days.\n- Be brief.\n"


def test_changes_at_different_rules_are_both_kept():
    ours = BASE.replace("14", "30")
    theirs = BASE.replace("Be brief", "Be kind")

    merged = merges.merge(BASE, ours, theirs)

    assert (
        merged.text
        == "# Refunds\n\n- Ask first.\n- Refund within 30 days.\n- Be kind.\n"
    )


def test_a_different_wording_of_one_rule_is_a_conflict_with_both_sides():
    ours, theirs = BASE.replace("14", "30"), BASE.replace("14", "7")

    merged = merges.merge(BASE, ours, theirs)

    assert merged.text is None
    (conflict,) = merged.conflicts
    assert (conflict.line, conflict.base) == (3, ("- Refund within 14 days.",))
    assert conflict.ours == ("- Refund within 30 days.",)
    assert conflict.theirs == ("- Refund within 7 days.",)
    assert merges.resolve(merged, ["theirs"]) == theirs
    with pytest.raises(Invalid):
        merges.resolve(merged, [])


def test_what_both_sides_did_alike_is_done_once():
    both = BASE + "- Sign.\n"

    assert merges.merge(BASE, both, both.replace("14", "30")).text == both.replace(
        "14", "30"
    )


def test_a_deletion_does_not_meet_what_was_added_next_to_it():
    added = BASE + "- Sign.\n"
    deleted = BASE.replace("- Be brief.\n", "")

    assert merges.merge(BASE, added, deleted).text == deleted + "- Sign.\n"
    assert merges.merge(BASE, deleted, added).text == deleted + "- Sign.\n"


def test_bullets_that_both_sides_add_at_one_place_are_both_kept():
    merged = merges.merge(BASE, BASE + "- Ours.\n", BASE + "- Theirs.\n  Wrapped.\n")

    assert merged.text == BASE + "- Ours.\n- Theirs.\n  Wrapped.\n"


def test_prose_that_both_sides_add_at_one_place_is_a_conflict():
    assert merges.merge("", "Ours is one.\n", "Theirs is another.\n").conflicts


def test_neighbouring_lines_of_one_paragraph_are_one_thing():
    base = "Refunds are made\nwithin 14 days\nby a lead.\n"

    merged = merges.merge(base, base.replace("14", "30"), base.replace("a lead", "Lin"))

    assert merged.conflicts


def test_a_deleted_rule_that_the_other_side_reworded_is_a_conflict():
    merged = merges.merge(
        BASE, BASE.replace("- Be brief.\n", ""), BASE.replace("brief", "very brief")
    )

    assert merged.conflicts[0].ours == ()


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "text"),
    [
        ("- a\n", "- a", "- a\n", "- a"),
        ("- a", "- a\n", "- a", "- a\n"),
        ("- a\n- b\n", "- a\n", "- a\n- b", "- a"),
        ("- a\n", "", "- a\n", ""),
    ],
)
def test_the_newline_at_the_end_is_whose_changed_it(base, ours, theirs, text):
    assert merges.merge(base, ours, theirs).text == text


@given(edited())
def test_a_side_that_did_nothing_changes_nothing(pair):
    base, other = pair

    assert merges.merge(base, other, base).text == other
    assert merges.merge(base, base, other).text == other
    assert merges.merge(base, other, other).text == other


@given(st.randoms(use_true_random=False))
def test_no_line_is_lost_and_none_invented(chance):
    base = [f"- rule {n}" for n in range(12)]
    ours, theirs = touched(base, chance, "our"), touched(base, chance, "their")

    merged = merges.merge(*("\n".join(lines) + "\n" for lines in (base, ours, theirs)))

    # A line stays unless one side deleted it; a line is there if one side wrote it.
    kept = set(base) & set(ours) & set(theirs) | (set(ours) | set(theirs)) - set(base)
    if merged.text is not None:
        assert sorted(texts.split(merged.text)) == sorted(kept)
    settled = [
        line for piece in merged.pieces if isinstance(piece, tuple) for line in piece
    ]
    assert kept - changed(merged) == set(settled) - changed(merged)


@given(edited(), st.data())
def test_whatever_is_chosen_was_written_by_somebody(pair, data):
    base, ours = pair
    theirs = data.draw(documents())

    merged = merges.merge(base, ours, theirs)

    said = {line for text in (base, ours, theirs) for line in texts.split(text)}
    for choice in ("base", "ours", "theirs"):
        chosen = merges.resolve(merged, [choice] * len(merged.conflicts))
        assert set(texts.split(chosen)) <= said


def changed(merged):
    """Every line that some conflict is about."""
    return {
        line
        for conflict in merged.conflicts
        for side in (conflict.base, conflict.ours, conflict.theirs)
        for line in side
    }


@given(edited(), st.data())
def test_conflicts_are_the_same_from_both_sides(pair, data):
    base, ours = pair
    theirs = data.draw(documents())

    there, back = merges.merge(base, ours, theirs), merges.merge(base, theirs, ours)

    assert [(c.line, c.base, c.ours, c.theirs) for c in there.conflicts] == [
        (c.line, c.base, c.theirs, c.ours) for c in back.conflicts
    ]


@pytest.mark.parametrize("seed", range(40))
def test_where_git_merges_cleanly_we_merge_the_same(seed, tmp_path):
    chance = random.Random(seed)
    base = [f"- rule {chance.getrandbits(40)}" for _ in range(30)]
    versions = [base, touched(base, chance, "our"), touched(base, chance, "their")]
    paths = [tmp_path / name for name in ("base", "ours", "theirs")]
    for path, lines in zip(paths, versions, strict=True):
        path.write_text("\n".join(lines) + "\n")
    base_text, ours, theirs = (path.read_text() for path in paths)

    git = subprocess.run(
        ["git", "merge-file", "-p", paths[1], paths[0], paths[2]],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    merged = merges.merge(base_text, ours, theirs)
    if git.returncode == 0:
        assert merged.text == git.stdout


def touched(base, chance, whose):
    """A side: a few of its lines deleted, replaced, or followed by another."""
    lines = list(base)
    for number in range(3):
        at = chance.randrange(len(lines))
        new = f"- {whose} rule {number}"
        lines[at : at + 1] = chance.choice([[], [new], [lines[at], new]])
    return lines
