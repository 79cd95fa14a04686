import random
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.errors import Invalid
from reviews.memory import lines as texts
from reviews.memory import matching, merges
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


def test_what_one_side_adds_and_the_other_has_there_already_is_kept_once():
    ours, theirs = BASE + "- Sign.\n- Smile.\n", BASE + "- Sign.\n"

    assert merges.merge(BASE, ours, theirs).text == ours
    assert merges.merge(BASE, theirs, ours).text == ours
    # Also where one of them took the neighbour away.
    replaced = BASE.replace("- Be brief.\n", "- Sign.\n")
    assert merges.merge(BASE, replaced, theirs).text == replaced


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


@pytest.mark.parametrize(
    ("choice", "line"),
    [
        ("base", "- Refund within 14 days.\n"),
        ("ours", "- Refund within 30 days.\n"),
        ("both", "- Refund within 30 days.\n- Refund within 7 days.\n"),
        (merges.Written("- Refund within 21 days\n  of delivery.\n"), "- Refund within 21 days\n  of delivery.\n"),
        (merges.Written(""), ""),
    ],
)  # fmt: skip
def test_a_conflict_ends_as_it_was_chosen(choice, line):
    merged = merges.merge(BASE, BASE.replace("14", "30"), BASE.replace("14", "7"))

    assert merges.resolve(merged, [choice]) == BASE.replace(
        "- Refund within 14 days.\n", line
    )


def test_an_unknown_choice_is_refused():
    merged = merges.merge(BASE, BASE.replace("14", "30"), BASE.replace("14", "7"))

    with pytest.raises(Invalid):
        merges.resolve(merged, ["mine"])


LONG = "# Refunds\n\n" + "".join(f"- Rule {letter}.\n" for letter in "abcdefghij")


@pytest.mark.parametrize(
    ("head", "near"),
    [
        (LONG, False),
        # Rule e is proposed: b to h are its neighbours.
        (LONG.replace("Rule a", "Law a"), False),
        (LONG.replace("- Rule a.\n", "- Rule a.\n- Law.\n"), False),
        (LONG.replace("Rule b", "Law b"), True),
        (LONG.replace("- Rule b.\n", "- Rule b.\n- Law.\n"), True),
        (LONG.replace("- Rule h.\n", ""), True),
        (LONG.replace("- Rule h.\n", "- Rule h.\n- Law.\n"), False),
        (LONG.replace("Rule i", "Law i"), False),
        (LONG.replace("Rule e", "Law e"), True),
    ],
)
def test_what_changed_within_three_lines_of_a_rule_is_near_it(head, near):
    assert bool(merges.near(LONG, head, [(6, 7)])) is near


def test_a_neighbour_that_changed_is_named_by_its_lines():
    head = "Preface.\n" + LONG.replace("Rule d", "Law d")

    near = merges.near(LONG, head, [(6, 7)])

    assert near == (merges.Near((5, 6), (6, 7)),)


def test_surroundings_are_what_stands_around_a_rule():
    assert merges.surroundings(LONG, 6, 7) == "".join(
        f"- Rule {letter}.\n" for letter in "bcdefgh"
    )
    assert merges.surroundings("- a\n- b", 0, 1, reach=1) == "- a\n- b\n"


@given(edited(), edited())
def test_where_nothing_is_near_every_place_has_its_old_neighbours(pair, other):
    base, proposed = pair
    before, after = other
    head = after + base if before else base + after
    lines, there = texts.split(base), texts.split(head)

    for place in places(lines, texts.split(proposed)):
        if not merges.near(base, head, [place]):
            window = lines[max(0, place[0] - 3) : place[1] + 3]
            assert any(
                there[at : at + len(window)] == window for at in range(len(there) + 1)
            )


def places(base, lines):
    """Where in the base something changed."""
    gaps = matching.gaps(matching.match(base, lines), len(base), len(lines))
    return [(gap.old_start, gap.old_end) for gap in gaps]


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
    for choice in ("base", "ours", "theirs", "both"):
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
