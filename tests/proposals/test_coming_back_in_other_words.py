"""Engines that name no pattern word a thing anew each night: a no holds all the same."""

import pytest

from reviews.audit.actors import Actor
from reviews.memory import versions
from reviews.proposals import decisions, submissions, synonyms
from tests.factories import ADA, a_draft, a_store, an_add, an_edit, much_later

pytestmark = pytest.mark.django_db

HOSTED = Actor.system("hosted")
RULE = (
    "When `refund` answers that the amount is too much, call `check_policy` before"
    " trying it again."
)
SAME = [
    "Call check_policy before trying again when refund answers the amount is too much.",
    "Before trying it again, call check_policy if refund answers: amount too much.",
]
OTHERS = [
    "When `refund` answers that the order is locked, wait until it is unlocked.",
    "Never call `check_policy` when `refund` answers that the amount is too much.",
    "Write amounts in euros.",
]


@pytest.fixture
def store():
    store = a_store()
    trigger = {"tool": "refund", "template": "amount is too much", "marks": "m1"}
    draft = a_draft(store, an_add(RULE), trigger=trigger)
    turned_down = submissions.open(store, draft, by=HOSTED).proposal
    decisions.reject(turned_down, by=ADA, reason="They decide themselves.")
    return store


def proposed(store, words):
    draft = a_draft(store, an_add(words), engine="hosted", kind="added")
    return submissions.open(store, draft, by=HOSTED)


@pytest.mark.parametrize("words", SAME)
def test_what_was_turned_down_stays_quiet_however_it_is_worded(store, words):
    assert proposed(store, words).code == "muted"


@pytest.mark.parametrize("words", OTHERS)
def test_another_thing_is_heard(store, words):
    assert proposed(store, words).result == "opened"


RULE_OF_OLD = "Refund within 14 days of the purchase."
TURNED_DOWN = "Pay the money back within 30 days of buying."
# Hardly a word is the same, and it is the same all the same.
SYNONYMS = [
    "Reimburse customers within 30 days of their order.",
    "Return the price up to 30 days after ordering.",
    "Give customers their money back for 30 days.",
]
OTHERWISE = [
    # Another number, a guard, another tool, something on top: each is another thing.
    "Reimburse customers within 21 days of their order.",
    "Usually reimburse customers within 30 days of their order.",
    "Reimburse customers within 30 days of their order unless they are resellers.",
    "Reimburse customers with `pay_back` within 30 days of their order.",
    (
        "Reimburse customers within 30 days of their order, tell the manager, note the"
        " reason in the ledger and send an apology."
    ),
]


@pytest.fixture
def reworded():
    store = a_store()
    versions.commit(store, {"/rules.md": f"- {RULE_OF_OLD}\n"}, by=ADA, reason="Ours.")
    turned_down = rewording(store, TURNED_DOWN).proposal
    decisions.reject(turned_down, by=ADA, reason="Two weeks are enough.")
    return store


def rewording(store, words, **fields):
    edit = an_edit(f"- {RULE_OF_OLD}\n", f"- {words}\n")
    plain = {"engine": "hosted", "kind": "reworded", "family": "hygiene", "groups": ()}
    return submissions.open(
        store, a_draft(store, edit, **(plain | fields)), by=Actor.system("hosted")
    )


@pytest.mark.parametrize("words", SYNONYMS)
def test_a_rewording_stays_quiet_though_all_of_its_words_are_others(reworded, words):
    assert rewording(reworded, words).code == "muted"


@pytest.mark.parametrize("engine", ["offline", "claude"])
def test_so_it_does_from_another_engine_that_names_a_pattern(reworded, engine):
    trigger = {"tool": "refund", "template": "too late", "marks": "m1"}
    groups = tuple(f"g{number}" for number in range(6))

    again = rewording(
        reworded, SYNONYMS[0], engine=engine, trigger=trigger, groups=groups
    )

    assert again.code == "muted"
    assert "It stays quiet until" in again.reason


@pytest.mark.parametrize("words", OTHERWISE)
def test_a_rewording_that_demands_something_else_is_heard(reworded, words):
    assert rewording(reworded, words).result == "opened"


def test_with_new_evidence_it_comes_back_in_other_words_too(reworded):
    much_later(reworded)
    groups, people = ("g1", "g2", "g3"), ("p1",)

    again = rewording(reworded, SYNONYMS[0], groups=groups, people=people)

    assert again.result == "returned"


@pytest.mark.parametrize(
    ("rule", "one", "other"),
    [
        # One other word may be another thing.
        (
            "Ask for the order number before anything else.",
            "Ask for the order id before anything else.",
            "Ask for the order date before anything else.",
        ),
        # What one adds, the other does not.
        (
            "Ask for the order number.",
            "Ask for the order number and the name.",
            "Ask for the order number and the address.",
        ),
        # Other places of the rule.
        (
            "Check stock levels, then confirm shipping dates.",
            "Look up inventory, then confirm shipping dates.",
            "Check stock levels, then promise a delivery.",
        ),
        # The other way round.
        (
            "Confirm the address and charge the card.",
            "Verify where it goes before billing.",
            "Verify where it goes after billing.",
        ),
    ],
)
def test_what_is_not_the_same_in_other_words(rule, one, other):
    assert not synonyms.same(rule, one, other)


def test_a_rule_that_only_sounds_otherwise_is_the_same():
    assert synonyms.same(
        "Ask for the order number before anything else.",
        "First of all, request which purchase it concerns.",
        "Begin by finding out what they bought.",
    )
