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


def stands(store, query, **facts):
    found = search.places(store, query, **facts)
    return [(place.path, place.line, place.text) for place in found.places]


def test_a_person_finds_where_all_the_words_stand():
    store = a_filled_store()

    assert stands(store, "WITHIN hours") == [
        ("/mails.md", 0, "- Answer mails within 4 hours.")
    ]
    assert stands(store, "mails") == [
        ("/mails.md", 0, "- Answer mails within 4 hours."),
        ("/people/ada/mails.md", 0, "- Ada likes long mails."),
    ]
    assert stands(store, "refunds") == [("/billing/refunds.md", 0, "# Refunds")]
    assert stands(store, "sign refund") == stands(store, "  ") == []
    assert stands(store, "%") == stands(store, "_") == []


def test_words_may_stand_in_several_lines_of_one_rule():
    store = a_store()
    text = "- First.\n- Ask for the number,\n  and never guess.\n"
    versions.commit(store, {"/a.md": text}, by=ADA, reason="")

    assert stands(store, "guess number") == [("/a.md", 1, "- Ask for the number,")]
    assert stands(store, "guess") == [("/a.md", 2, "  and never guess.")]


def test_any_version_can_be_searched():
    store = a_filled_store()
    versions.commit(store, {"/mails.md": "- Say what is open.\n"}, by=ADA, reason="")

    assert stands(store, "initials") == []
    assert stands(store, "initials", number=1) == [
        ("/mails.md", 1, "- Sign with your initials.")
    ]


def test_places_beyond_the_limit_are_counted():
    found = search.places(a_filled_store(), "i", limit=2)

    assert (len(found.places), found.more, found.memories) == (2, 2, 3)
