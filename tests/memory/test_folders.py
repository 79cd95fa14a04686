"""Whose a path is."""

import pytest

from reviews.memory import folders


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("/rules.md", "/"),
        ("/billing/refunds.md", "/"),
        ("/people/ada/dates.md", "/people/ada/"),
        ("/people/ada/mails/tone.md", "/people/ada/"),
        # As bundles have it: this is for Ada alone as well.
        ("/people/ada.md", "/people/ada/"),
        ("/agents/shop.md", "/agents/shop/"),
        ("/peoples.md", "/"),
    ],
)
def test_a_path_is_everybody_s_one_agent_s_or_one_person_s(path, folder):
    assert folders.holding(path) == folder


@pytest.mark.parametrize(
    ("scope", "of"), [("store", ""), ("agent", "shop"), ("person", "ada@example.com")]
)
def test_what_is_moved_to_a_scope_is_of_that_scope(scope, of):
    moved = folders.moved("/billing/refunds.md", scope, of)

    assert folders.holding(moved) == folders.of(scope, of)
    assert moved.endswith("/refunds.md")
