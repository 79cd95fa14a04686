import pytest

from reviews.memory import search, versions
from tests.factories import ADA, a_store

pytestmark = pytest.mark.django_db


def a_filled_store():
    store = a_store()
    memories = {
        "/billing/refunds.md": "# Refunds\n\n- Ask a lead above one hundred euros.\n- Refund within 14 days.\n",
        "/mails.md": "- Answer mails within 4 hours.\n- Sign with your initials.\n",
        "/people/ada/mails.md": "- Ada likes long mails.\n",
    }
    versions.commit(store, memories, by=ADA, reason="")
    return store


def found(store, query, **facts):
    return [hit.rule.text for hit in search.rules(store, query, **facts)]


def test_the_rule_that_shares_rare_words_comes_first():
    store = a_filled_store()

    assert found(store, "how do I sign a letter")[0] == "Sign with your initials."
    assert (
        found(store, "a refund above the limit")[0]
        == "Ask a lead above one hundred euros."
    )
    assert found(store, "kubernetes") == []
    assert found(store, "") == []


def test_a_heading_speaks_for_its_rules():
    assert "Ask a lead above one hundred euros." in found(a_filled_store(), "refunds")


def test_what_is_for_one_person_is_found_by_nobody_else():
    store = a_filled_store()

    assert "Ada likes long mails." not in found(store, "long mails")
    assert "Ada likes long mails." in found(store, "long mails", person="ada")


def test_there_are_no_more_hits_than_asked_for():
    assert len(found(a_filled_store(), "within days hours sign", limit=2)) == 2
