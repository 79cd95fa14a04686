"""Engines that name no pattern word a thing anew each night: a no holds all the same."""

import pytest

from reviews.audit.actors import Actor
from reviews.proposals import decisions, submissions
from tests.factories import ADA, a_draft, a_store, an_add

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
