"""What is refused is said in place, and the browser itself has nothing to complain of."""

import pytest
from playwright.sync_api import expect

from tests.factories import a_proposal, a_store, an_add

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def inbox(team, sign_in):
    store = a_store(team, "support")
    for number in range(3):
        a_proposal(store, an_add(f"Rule {number}.", f"/{number}.md"))
    return sign_in("ada")


def test_a_form_whose_field_was_drawn_larger_is_refused_in_peace(inbox, complaints):
    page = inbox
    page.goto("/inbox/")
    page.locator("[data-row] input[type=checkbox]").first.check()
    page.get_by_role("button", name="Reject…").click()
    dialog = page.get_by_role("dialog")
    # What a browser does when the corner of a field is drawn. What stands in the place of
    # the field has its id, and would be given its style by an attribute.
    words = dialog.locator("textarea")
    words.evaluate("field => { field.style.height = '200px'; }")

    with page.expect_response("**/inbox/act/") as refused:
        page.keyboard.press("Control+Enter")

    assert refused.value.status == 422
    expect(dialog.get_by_role("alert")).to_be_visible()
    expect(words).not_to_have_attribute("style", "height: 200px;")
    assert besides_the_status(complaints) == []


def test_a_filter_that_cannot_be_read_leaves_the_list_in_peace(inbox, complaints):
    page = inbox
    page.goto("/inbox/")

    with page.expect_response("**/inbox/?**") as refused:
        page.locator("#filter input[name=q]").fill("risk:nonsense")

    assert refused.value.status == 422
    expect(page.locator("#filter-said")).not_to_be_empty()
    expect(page.locator("[data-row]").first).to_be_visible()
    assert besides_the_status(complaints) == []


def besides_the_status(complaints):
    """A browser tells of every answer that is no success; that is no complaint."""
    return [said for said in complaints if "status of 422" not in said]
