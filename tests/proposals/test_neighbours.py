"""What the store says already, or says otherwise, is found beside a proposal."""

from time import monotonic

import pytest

from reviews.memory import blame
from reviews.proposals import decisions, neighbours
from tests import factories
from tests.factories import ADA

RULES = """# Rules

- Answer within 24 h.
- Never refund without a receipt.
- Use the system font for all labels.
- Rule 3: amounts are in euros.
"""
MEMORY = {"/rules.md": blame.begin(RULES, path="/rules.md", number=1)}


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        ("Answer within 4 h.", "contradicts", 3),
        ("Refund without a receipt.", "contradicts", 4),
        ("Refund only with a receipt.", "near-duplicate", 4),
        ("Use the system font for labels, all of them.", "near-duplicate", 5),
    ],
)
def test_a_rule_that_says_the_same_or_the_opposite_is_quoted_with_its_line(
    text, kind, line
):
    (found,) = neighbours.of(text, MEMORY)

    assert (found.kind, found.path, found.line) == (kind, "/rules.md", line)


def test_a_rule_of_nothing_but_digits_is_compared_at_once():
    digits = {"/rules.md": blame.begin(f"- {'1' * 60_000}\n", path="/r", number=1)}
    began = monotonic()

    assert neighbours.of("Answer within 4 h.", digits) == []
    assert monotonic() - began < 2


@pytest.mark.parametrize(
    "text", ["Be kind.", "", "Rule 5: amounts are in euros.", "Label the font boxes."]
)
def test_other_rules_are_no_neighbours(text):
    assert neighbours.of(text, MEMORY) == []


def test_the_rule_that_is_edited_is_no_neighbour_of_itself():
    edited = MEMORY["/rules.md"].rules[0].id

    assert neighbours.of("Answer within 4 h.", MEMORY, {edited}) == []


def test_a_hundred_thousand_characters_of_rules_are_compared_at_once():
    text = "# Many\n\n" + "".join(
        f"- When call {n} fails with code {n}, try tool {n} again.\n"
        for n in range(2_000)
    )
    memory = {"/many.md": blame.begin(text, path="/many.md", number=1)}

    assert len(neighbours.of("When call 7 fails, try it again.", memory)) <= 3


@pytest.mark.django_db
class TestAProposal:
    def flags_of(self, *operations, **settings):
        store = factories.a_store(**settings)
        factories.a_version(store, rules=RULES)
        return factories.a_proposal(store, *operations)

    def test_that_contradicts_the_store_says_so(self):
        assert "contradicts" in self.flags_of(factories.an_add("Answer in 4 h.")).flags

    def test_that_repeats_the_store_says_so(self):
        repeated = factories.an_add("Use the system font on all labels.")
        assert "near-duplicate" in self.flags_of(repeated).flags

    def test_beyond_the_token_budget_says_so(self):
        found = self.flags_of(factories.an_add("Be kind."), token_budget=10)
        assert "over-budget" in found.flags

    def test_that_makes_the_store_smaller_is_never_over_its_budget(self):
        gone = factories.a_deletion("Answer within 24 h.")
        assert "over-budget" not in self.flags_of(gone, token_budget=10).flags

    def test_is_judged_anew_in_other_words(self):
        found = self.flags_of(factories.an_add("Answer in 4 h."))

        decisions.reword(found, texts={0: "Be kind."}, by=ADA)

        assert found.flags == []
        assert found.risk == "low"
