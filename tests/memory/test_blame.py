import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.memory import blame, diffs
from reviews.memory import lines as texts
from tests.memory.documents import edited


def written(*history, path="/a.md"):
    """What a text has become after each of these versions."""
    now = blame.begin(history[0], path=path, number=1)
    for number, text in enumerate(history[1:], start=2):
        diff = diffs.compare(now.text, text)
        now = blame.carry(now, text, diff, path=path, number=number)
    return now


def ids(authored):
    return {rule.text: rule.id for rule in authored.rules}


def test_a_line_belongs_to_the_version_that_wrote_it():
    now = written("- a\n- b\n- c\n", "- a\n- b!\n- c\n", "- new\n- a\n- b!\n- c\n")

    assert blame.expand(now.runs) == [3, 1, 2, 1]
    assert now.runs == [[1, 3], [1, 1], [1, 2], [1, 1]]


def test_a_rule_that_is_reworded_keeps_its_id():
    first = written("- Answer within 24 hours.\n- Be brief.\n")
    now = written(
        "- Answer within 24 hours.\n- Be brief.\n",
        "- Answer within 4 hours.\n- Be brief.\n",
    )

    assert ids(now)["Answer within 4 hours."] == ids(first)["Answer within 24 hours."]
    assert blame.expand(now.runs) == [2, 1]


@pytest.mark.parametrize(
    "moved",
    [
        # Long enough to be a move of its own.
        "- Refunds above one hundred euros need the approval of a lead.\n",
        # Too short for that, and the same rule all the same.
        "- Be brief.\n",
    ],
)
def test_a_rule_that_moves_keeps_its_id(moved):
    rest = "".join(f"- The rule with the number {n}.\n" for n in range(5))

    before, after = written(moved + rest), written(moved + rest, rest + moved)

    assert ids(before) == ids(after)


def test_a_rule_that_moves_as_a_block_keeps_its_version():
    moved = "- Refunds above one hundred euros need the approval of a lead.\n"
    rest = "".join(f"- The rule with the number {n}.\n" for n in range(5))

    assert written(moved + rest, rest + moved).runs == [[6, 1]]


def test_a_rule_whose_neighbour_goes_is_not_taken_for_it():
    before = written("- Never promise a date.\n- Be brief.\n")
    after = written(
        "- Never promise a date.\n- Be brief.\n", "- Be brief.\n- Sign with initials.\n"
    )

    assert ids(after)["Be brief."] == ids(before)["Be brief."]
    assert ids(after)["Sign with initials."] not in ids(before).values()


def test_a_rule_that_is_split_leaves_its_id_to_one_half():
    whole = (
        "- Ask for the order number before anything else,\n  and never guess a date.\n"
    )
    halves = "- Ask for the order number before anything else,\n- Never guess a date.\n"

    before, after = written(whole), written(whole, halves)

    inherited = [rule.id for rule in after.rules if rule.id == before.rules[0].id]
    assert len(inherited) == 1


def test_new_ids_are_the_same_wherever_the_same_happens():
    history = ("- a\n", "- a\n- b\n- b\n", "- b\n- a\n- b\n")

    assert written(*history) == written(*history)
    assert len({rule.id for rule in written(*history).rules}) == 3
    assert ids(written("- a\n", path="/x")) != ids(written("- a\n", path="/y"))


def test_blame_is_exact_where_a_diff_is_too_large_to_be_shown():
    old = [f"- rule {n} of many" for n in range(2_400)]
    new = [f"- {n} is another" if n % 2 else line for n, line in enumerate(old)]

    now = written("\n".join(old), "\n".join(new))

    assert diffs.compare("\n".join(old), "\n".join(new)).large
    assert blame.expand(now.runs) == [1, 2] * 1_200
    assert ids(now)["rule 0 of many"] == ids(written("\n".join(old)))["rule 0 of many"]


def test_what_comes_back_is_what_it_was():
    old = "- Refund within 14 days.\n- Be brief.\n"
    older = written(old)
    now = written(old, "- Be brief.\n", old)

    back = blame.revive(now, older, diffs.compare(old, old), number=3)

    assert blame.expand(now.runs) == [3, 1]
    assert (back.runs, back.origins) == (now.runs, older.runs)
    assert ids(back) == ids(older)


@given(edited())
def test_every_line_has_a_version_and_every_rule_an_id_of_its_own(pair):
    now = written(*pair)

    assert len(blame.expand(now.runs)) == len(texts.split(pair[1]))
    assert set(blame.expand(now.runs)) <= {1, 2}
    assert len({rule.id for rule in now.rules}) == len(now.rules)
    assert blame.compress(blame.expand(now.runs)) == now.runs


@given(st.randoms(use_true_random=False))
def test_each_number_is_that_of_the_version_that_introduced_the_line(chance):
    history, introduced = a_history(chance, versions=8)

    now = written(*history)

    lines = texts.split(history[-1])
    assert blame.expand(now.runs) == [introduced[line] for line in lines]


@given(st.randoms(use_true_random=False))
def test_rules_that_stay_keep_their_ids_through_any_history(chance):
    history, _ = a_history(chance, versions=6)

    known = {}
    for number in range(1, len(history) + 1):
        for text, rule in ids(written(*history[:number])).items():
            assert known.setdefault(text, rule) == rule


def a_history(chance: random.Random, versions: int):
    """Texts of distinct bullets, and the version in which each line first stood."""
    made = iter(range(10_000))

    def fresh():
        # Nothing alike: a pair would be a change, which is right and another test.
        return f"- {chance.getrandbits(200):050x} {next(made)}"

    lines = [fresh() for _ in range(chance.randint(1, 8))]
    introduced = dict.fromkeys(lines, 1)
    history = ["\n".join(lines) + "\n"]
    for number in range(2, versions + 1):
        for _ in range(chance.randint(0, 4)):
            at = chance.randint(0, len(lines))
            if chance.random() < 0.5 or at == len(lines):
                lines.insert(at, fresh())
                introduced[lines[at]] = number
            else:
                del lines[at]
        history.append("\n".join(lines) + "\n" if lines else "")
    return history, introduced
