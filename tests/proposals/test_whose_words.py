"""Whose words go, who reads them, and which numbers change: each has a flag of its own."""

import pytest

from reviews.audit.actors import Actor
from reviews.memory import stores, versions
from reviews.memory.models import Version
from reviews.proposals import decisions, flags
from tests.factories import (
    ADA,
    SETUP,
    a_deletion,
    a_proposal,
    a_store,
    an_add,
    an_agent,
    an_edit,
)

pytestmark = pytest.mark.django_db
RULE = "Refunds take 14 days."


@pytest.fixture
def store():
    return a_store()


def said_by(store, by, kind=Version.Kind.IMPORT):
    versions.commit(store, {"/rules.md": f"- {RULE}\n"}, by=by, reason="So.", kind=kind)
    store.refresh_from_db()


def test_what_a_person_wrote_or_brought_in_is_theirs(store):
    said_by(store, ADA)

    edited = a_proposal(store, an_edit(RULE, "Refunds take 14 working days."))
    deleted = a_proposal(store, a_deletion(RULE))

    assert "edits-a-persons" in edited.flags
    assert "deletes-a-persons" in deleted.flags
    assert "deletes-a-persons" in flags.BARRED


def test_what_a_program_brought_in_is_nobodys(store):
    said_by(store, SETUP)

    assert "edits-a-persons" not in a_proposal(store, an_edit(RULE, "Wait.")).flags
    assert "deletes-a-persons" not in a_proposal(store, a_deletion(RULE)).flags


def test_what_a_person_worded_in_a_decision_is_theirs(store):
    proposal = a_proposal(store, an_add("Refunds take long."))
    decisions.edit_and_approve(proposal, texts={0: RULE}, by=ADA, hold=0)
    other = a_proposal(store, an_add("Amounts are in euros.", path="/more.md"))
    decisions.approve(other, by=ADA, hold=0)
    store.refresh_from_db()

    theirs = a_proposal(store, a_deletion(RULE))
    dreamt = a_proposal(store, a_deletion("Amounts are in euros.", "/more.md"))

    assert "deletes-a-persons" in theirs.flags
    assert "deletes-a-persons" not in dreamt.flags


@pytest.mark.parametrize(
    ("after", "changed"),
    [
        ("Refunds take 30 days.", True),
        ("Refunds take 14 working days.", False),
        ("Refunds take 14 days, or 30 abroad.", False),
        ("Refunds take long.", False),
    ],
)
def test_a_number_that_is_another_one_is_named(store, after, changed):
    said_by(store, SETUP)

    found = a_proposal(store, an_edit(RULE, after)).flags

    assert ("numbers-changed" in found) is changed


def test_a_store_that_many_agents_read_is_said_to_be(store):
    for _ in range(5):
        stores.subscribe(an_agent(store.team), store, by=SETUP)
    few = a_proposal(store)
    stores.subscribe(an_agent(store.team), store, by=SETUP)

    assert "many-agents" not in few.flags
    assert "many-agents" in a_proposal(store).flags
    narrow = a_proposal(store, scope="agent", scope_of="clerk")
    assert "many-agents" not in narrow.flags


def test_a_secret_is_known_by_the_patterns_of_intake_too(store):
    token = "npm_" + "aZ3k9QxW7LmP2sTvB8nC4dF6gH1jK5yR0uEw"

    assert "secret" in a_proposal(store, an_add(f"Publish with {token}.")).flags


def test_words_of_the_next_wording_are_judged_again(store):
    said_by(store, Actor("person", "lin"))
    proposal = a_proposal(store, an_edit(RULE, "Refunds take 30 days."))

    decisions.reword(proposal, texts={0: "Refunds take 14 whole days."}, by=ADA)

    proposal.refresh_from_db()
    assert "numbers-changed" not in proposal.flags
    assert "edits-a-persons" in proposal.flags
