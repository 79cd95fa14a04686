"""Scenario 20: without script, without a mouse, when things go wrong, and on a small screen.

That axe finds nothing, in light and dark, is ``test_accessibility.py``'s matter.
"""

import re

import pytest
from playwright.sync_api import expect

from reviews.proposals import decisions
from tests import factories
from tests.journeys.scenarios.people import after_the_hold, at, left, open_by_keys
from tests.journeys.scenarios.seed import HEAD, text

pytestmark = pytest.mark.django_db(transaction=True)

FOCUSED = "document.activeElement !== document.body"


def test_20_the_whole_way_works_without_javascript(seed, desk_of):
    first = seed.proposals[0]
    page = desk_of("olga", java_script_enabled=False)
    page.goto("/inbox/")
    page.locator(f"#proposal-{first.pk} a").first.click()
    at(page, first)

    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text(f"{first} is approved.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    at(page, first)
    expect(page.get_by_text("open again")).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text(f"{first} is approved.")).to_be_visible()
    after_the_hold()

    seed.store.refresh_from_db()
    assert seed.store.head == HEAD + 1
    assert "Answer within 4 h." in text(seed.store)
    page.goto("/memory/support/answers.md?view=blame")
    expect(page.locator(".source")).to_contain_text(str(first))


def test_20_the_focus_is_never_lost_on_the_way(seed, desk_of):
    first = seed.proposals[0]
    page = desk_of("olga")
    open_by_keys(page, first)

    page.keyboard.press("r")
    expect(page.get_by_label("In your words")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Reject")).to_be_focused()
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED)
    page.keyboard.press("a")
    left(page, first)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.keyboard.press("z")
    at(page, first)
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)


def test_20_character_keys_are_off_for_those_who_say_so(seed, desk_of):
    first = seed.proposals[0]
    page = desk_of("olga")
    page.goto("/settings/appearance/")
    page.get_by_label("Off, except with Ctrl or Cmd").check()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("saved")
    page.goto(f"/proposals/{first.pk}/")

    page.keyboard.press("a")
    page.keyboard.press("r")
    expect(page.locator("#dialog")).to_be_hidden()
    page.get_by_label("Reason").focus()
    with page.expect_response("**/approve/") as sent:
        page.keyboard.press("Control+Enter")

    assert sent.value.ok
    left(page, first)
    first.refresh_from_db()
    assert first.state == "held"


def test_20_words_typed_when_the_session_had_ended_are_there_again(seed, desk_of):
    first = seed.proposals[0]
    page = desk_of("olga")
    page.goto(f"/proposals/{first.pk}/")
    page.context.clear_cookies(name="sessionid")

    page.keyboard.press("c")
    page.keyboard.type("Does the carrier know?")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/account/login/**")
    page.get_by_label("Username or email").fill("olga")
    page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    at(page, first)
    typed = page.locator("textarea[name=comment]").first
    expect(typed).to_have_value("Does the carrier know?")


def test_20_a_fault_of_the_server_is_named_and_the_page_goes_on(
    seed, desk_of, monkeypatch
):
    first = seed.proposals[0]
    page = desk_of("olga")
    page.goto(f"/proposals/{first.pk}/")

    def broken(*args, **facts):
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(decisions, "approve", broken)
        with page.expect_response("**/approve/") as answer:
            page.keyboard.press("a")

    reference = answer.value.headers["x-request-id"]
    assert answer.value.status == 500
    expect(page.locator(".toast")).to_contain_text(reference)
    expect(page.locator(".toast")).not_to_contain_text("disk")
    page.keyboard.press("a")
    left(page, first)
    first.refresh_from_db()
    assert first.state == "held"


@pytest.mark.parametrize(
    "address",
    [
        "/inbox/",
        "/proposals/{third}/",
        "/proposals/{fifth}/",
        "/proposals/{third}/edit/",
    ],
)
def test_20_nothing_scrolls_sideways_on_a_small_screen(seed, desk_of, address):
    _, _, third, _, fifth = seed.proposals
    page = desk_of("olga", viewport={"width": 320, "height": 640})

    page.goto(address.format(third=third.pk, fifth=fifth.pk))

    beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert beyond <= 0
    assert re.search("Dreamboard", page.title())
