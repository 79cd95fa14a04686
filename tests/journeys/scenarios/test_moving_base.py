"""Scenarios 8 and 9: a page that is stale, and a base that moved out of the way."""

import pytest
from playwright.sync_api import expect

from reviews.proposals import decisions
from tests import factories
from tests.journeys.scenarios.people import after_the_hold, at, left, open_by_keys
from tests.journeys.scenarios.seed import ANSWERS, HEAD, OMAR, text

pytestmark = pytest.mark.django_db(transaction=True)


def test_8_a_stale_page_is_refused_in_place_and_a_choice_settles_it(seed, desk_of):
    first, _, _, fourth, _ = seed.proposals
    page = desk_of("olga")
    page.goto(f"/proposals/{fourth.pk}/")
    decisions.approve(first, by=OMAR, hold=0)

    page.get_by_label("Reason").fill("A morning is enough.")
    with page.expect_response("**/approve/") as refused:
        page.keyboard.press("Control+Enter")

    assert refused.value.status == 409
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("A morning is enough.")
    expect(page.locator("#op-0")).to_contain_text("Answer within 4 h.")
    expect(page.locator("#op-0")).to_contain_text("Answer within 8 h.")
    seed.store.refresh_from_db()
    assert seed.store.head == HEAD + 1

    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.wait_for_url("**/edit/**")
    page.get_by_label("What it shall say").fill("Answer within 6 h.")
    page.get_by_role("button", name="Keep the words").click()
    at(page, fourth)
    fourth.refresh_from_db()
    assert (fourth.wording, fourth.state) == (2, "open")
    seed.store.refresh_from_db()
    assert seed.store.head == HEAD + 1
    page.keyboard.press("a")
    left(page, fourth)
    after_the_hold()
    assert text(seed.store) == ANSWERS.replace("24 h", "6 h")


def test_9_what_moved_elsewhere_is_merged_and_said(seed, desk_of):
    first = seed.proposals[0]
    page = desk_of("olga")
    open_by_keys(page, first)
    page.keyboard.press("a")
    left(page, first)
    call = factories.an_edit(
        "Offer a call when somebody writes for the third time.",
        "Offer a call when somebody writes for the second time.",
        "/answers.md",
    )
    decisions.approve(factories.a_proposal(seed.store, call), by=OMAR, hold=0)

    page.goto(f"/proposals/{first.pk}/")
    expect(page.locator("#main")).to_contain_text("Approved by")
    after_the_hold()

    first.refresh_from_db()
    assert first.state == "applied"
    merged = ANSWERS.replace("24 h", "4 h").replace("third", "second")
    assert text(seed.store) == merged
    page.reload()
    expect(page.locator("#main")).to_contain_text(f"over v{HEAD + 1}")
