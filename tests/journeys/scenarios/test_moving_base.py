"""Scenarios 8 and 9: a page that is stale, and a base that moved out of the way."""

import pytest
from playwright.sync_api import expect

from reviews.proposals import decisions
from reviews.proposals.models import Decision
from tests import factories
from tests.journeys.scenarios.people import after_the_hold, left, open_by_keys
from tests.journeys.scenarios.seed import (
    ANSWERS,
    HEAD,
    LENA,
    OLGA,
    OMAR,
    REFUNDS,
    text,
)

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

    chooser = page.get_by_role("form", name="Settle operation 1")
    expect(chooser.get_by_role("radio", name="Ours: at the head")).to_be_visible()
    chooser.get_by_role("radio", name="Edit").check()
    chooser.get_by_label("What shall stand there").fill("- Answer within 6 h.")
    chooser.get_by_role("button", name="Save as a new wording").click()
    expect(page.get_by_role("form", name="Settle operation 1")).to_have_count(0)
    fourth.refresh_from_db()
    assert (fourth.wording, fourth.state) == (2, "open")
    seed.store.refresh_from_db()
    assert seed.store.head == HEAD + 1
    expect(page.get_by_label("Reason")).to_have_value("A morning is enough.")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    left(page, fourth)
    after_the_hold()
    assert text(seed.store) == ANSWERS.replace("24 h", "6 h")
    assert Decision.objects.get(proposal=fourth).reason == "A morning is enough."


def test_9_a_base_that_moved_elsewhere_is_said_and_approvals_stay(seed, desk_of):
    second = seed.proposals[1]
    decisions.approve(second, by=OLGA, reason="The carrier confirmed it.")
    voucher = factories.an_edit(
        "A voucher is worth what was paid.",
        "A voucher is worth what was paid, without postage.",
        "/refunds.md",
    )
    decisions.approve(factories.a_proposal(seed.store, voucher), by=LENA, hold=0)
    page = desk_of("omar")

    page.goto(f"/proposals/{second.pk}/")
    expect(page.locator(".desk__notices")).to_contain_text(
        f"Rebased cleanly over v{HEAD + 1}."
    )
    expect(page.locator(".desk__notices")).to_contain_text("approvals stay")
    page.keyboard.press("a")
    page.get_by_role("dialog").get_by_role("textbox").fill("So did the bank.")
    page.keyboard.press("Control+Enter")
    left(page, second)
    after_the_hold()

    # Olga's approval of before counts: two were needed.
    second.refresh_from_db()
    assert second.state == "applied"
    merged = REFUNDS.replace("- Never refund twice.\n", "")
    assert text(seed.store, "/refunds.md") == merged.replace(
        "was paid.", "was paid, without postage."
    )


def test_9_what_moves_elsewhere_during_the_hold_is_merged_and_said(seed, desk_of):
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
