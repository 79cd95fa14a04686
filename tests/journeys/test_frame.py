"""The frame under a person's hands: keys, dialogs, themes, notices, no mouse needed."""

import pytest
from playwright.sync_api import expect

from reviews.teams.models import Membership
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_keys_go_where_their_links_go(sign_in):
    page = sign_in("max")

    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/audit/")
    page.keyboard.press("g")
    page.keyboard.press("s")

    page.wait_for_url("**/settings/appearance/")


def test_a_list_is_walked_and_opened_by_keys_alone(sign_in, team):
    factories.an_agent(team, "refund-bot")
    page = sign_in("max")
    page.goto("/audit/")

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    number = page.locator("[data-cursor] a").first.inner_text()
    page.keyboard.press("Enter")

    page.wait_for_url("**/audit/*/")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Entry {number}")
    page.keyboard.press("u")
    page.wait_for_url("**/audit/")


def test_a_slash_goes_to_the_page_s_own_filter_and_escape_leaves_it(sign_in):
    page = sign_in("max")
    page.goto("/audit/")

    page.keyboard.press("/")
    expect(page.get_by_label("Text")).to_be_focused()
    page.keyboard.type("ada j")
    expect(page.get_by_label("Text")).to_have_value("ada j")
    page.keyboard.press("Escape")

    expect(page.get_by_label("Text")).not_to_be_focused()


def test_typing_in_the_filter_renews_the_list_and_the_address(sign_in, team):
    factories.an_agent(team, "refund-bot")
    page = sign_in("max")
    page.goto("/audit/")

    page.get_by_label("Text").press_sequentially("refund-bot")

    expect(page.locator("#entries tbody tr")).to_have_count(1)
    page.wait_for_url("**/audit/?q=refund-bot**")
    expect(page.get_by_label("Text")).to_be_focused()


def test_the_sheet_lists_the_keys_of_this_page_and_closes(sign_in):
    page = sign_in("max")
    page.goto("/audit/")

    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys on this page")
    expect(sheet).to_be_visible()
    expect(sheet).to_contain_text("Filter")
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.keyboard.press("Escape")

    expect(sheet).to_be_hidden()
    assert page.url.endswith("/audit/")


def test_character_keys_can_be_switched_off_but_control_enter_stays(sign_in):
    page = sign_in("max")
    page.goto("/settings/appearance/")
    page.get_by_label("Off, except with Ctrl or Cmd").check()
    page.keyboard.press("Control+Enter")
    page.wait_for_load_state()
    expect(page.locator(".toast")).to_contain_text("saved")

    page.keyboard.press("g")
    page.keyboard.press("a")

    assert page.url.endswith("/settings/appearance/")


def test_the_theme_changes_at_once_and_stays(sign_in):
    page = sign_in("vera", color_scheme="light")

    page.get_by_label("Theme").click()
    with page.expect_response("**/settings/theme/"):
        page.get_by_role("button", name="Dark").click()

    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(15, 20, 27)"
    page.reload()
    assert page.evaluate(background) == "rgb(15, 20, 27)"


def test_a_refusal_by_htmx_is_a_toast_and_the_page_stays_usable(sign_in, team, cast):
    page = sign_in("lin")
    page.goto("/audit/")
    Membership.objects.filter(user=cast["lin"]).delete()

    page.get_by_role("button", name="Verify").click()

    expect(page.locator(".toast")).to_contain_text("in no team any more")
    expect(page.get_by_role("button", name="Verify")).to_be_enabled()


def test_verifying_shows_its_result_in_place(sign_in):
    page = sign_in("lin")
    page.goto("/audit/")

    page.get_by_role("button", name="Verify").click()

    expect(page.locator("#report")).to_contain_text("unbroken")


def test_a_session_that_ended_leads_to_the_sign_in_and_back(sign_in):
    page = sign_in("lin")
    page.goto("/audit/?q=ada")
    page.context.clear_cookies()

    page.get_by_label("Text").press_sequentially("x")

    page.wait_for_url("**/account/login/?next=%2Faudit%2F%3Fq%3Dada")


def test_everything_works_without_javascript(sign_in, team):
    page = sign_in("max", java_script_enabled=False)

    page.goto("/settings/agents/")
    page.get_by_label("Name of the agent").fill("refund-bot")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("button", name="Issue").click()

    expect(page.locator("#issued")).to_contain_text("db_")


def test_pages_complain_about_nothing(sign_in, complaints):
    page = sign_in("max")

    for url in ("/begin/", "/audit/", "/settings/agents/", "/settings/people/"):
        page.goto(url)

    assert complaints == []


def test_the_palette_goes_anywhere_by_a_few_letters(sign_in, team, complaints):
    factories.a_store(team, "billing-notes")
    page = sign_in("max")

    page.keyboard.press("Control+k")
    field = page.get_by_role("searchbox", name="Go to")
    expect(field).to_be_focused()
    expect(page.locator("#palette-targets")).to_contain_text("Audit")
    field.press_sequentially("bill")
    expect(page.locator("#palette-targets a")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(page.locator("#palette-targets a")).to_be_focused()
    page.keyboard.press("Enter")

    page.wait_for_url("**/memory/billing-notes/")
    assert complaints == []


def test_what_is_dangerous_asks_first_and_can_be_left(sign_in, team, cast):
    page = sign_in("max")
    page.goto("/settings/people/")

    page.get_by_role("button", name="Remove ada").click()
    dialog = page.get_by_role("dialog", name="Remove ada?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Remove ada")).to_be_focused()
    assert Membership.objects.filter(user=cast["ada"]).exists()

    page.get_by_role("button", name="Remove ada").click()
    dialog.get_by_role("button", name="Remove").click()
    expect(page.locator(".toast")).to_contain_text("has left")
    assert not Membership.objects.filter(user=cast["ada"]).exists()


def test_the_palette_does_what_the_page_can_do_and_shows_its_key(sign_in, team):
    page = sign_in("max")
    page.goto("/audit/")
    page.locator("#entries tbody a").first.click()
    page.wait_for_url("**/audit/*/")

    page.keyboard.press("Control+k")
    page.get_by_role("searchbox", name="Go to").press_sequentially("audi")
    offered = page.locator("#palette-here button")
    expect(offered).to_have_count(1)
    expect(offered.locator("kbd")).to_have_text("u")
    page.keyboard.press("Enter")

    page.wait_for_url("**/audit/")


def test_the_palette_closes_by_the_key_that_opened_it(sign_in):
    page = sign_in("vera")
    page.goto("/audit/")

    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.press("Control+K")

    expect(page.locator("#palette")).to_be_hidden()


def test_a_version_is_reached_by_its_store_and_number(sign_in, team):
    factories.a_version(factories.a_store(team, "support"), rules="- One.\n")
    page = sign_in("vera")

    page.keyboard.press("Control+k")
    page.get_by_role("searchbox", name="Go to").press_sequentially("support v1")
    expect(page.locator("#palette-targets a")).to_have_count(1)
    page.keyboard.press("Enter")

    page.wait_for_url("**/history/support/1/")


PRESSED = """([key, more]) => document.body.dispatchEvent(
    new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true, ...more}))"""


@pytest.mark.parametrize(
    ("more", "acts"),
    [
        ({}, True),
        ({"ctrlKey": True, "altKey": True, "modifierAltGraph": True}, True),
        ({"ctrlKey": True}, False),
        ({"altKey": True}, False),
        ({"metaKey": True}, False),
        ({"isComposing": True}, False),
        ({"keyCode": 229}, False),
        ({"repeat": True}, False),
    ],
)
def test_a_key_acts_only_as_itself_and_once(sign_in, more, acts):
    page = sign_in("vera")
    page.goto("/audit/")

    page.evaluate(PRESSED, ["?", more])

    expect(page.locator("#keys")).to_be_visible(visible=acts)


def test_the_loading_line_waits_and_names_what_is_loading(sign_in):
    page = sign_in("lin")
    page.goto("/audit/")
    page.evaluate(
        """() => { window.seen = []; new MutationObserver(() => window.seen.push("busy" in document.body.dataset))
        .observe(document.body, {attributes: true, attributeFilter: ["data-busy"]}); }"""
    )

    with page.expect_response("**/audit/verify/"):
        page.get_by_role("button", name="Verify").click()
    expect(page.locator("#report")).to_contain_text("unbroken")

    assert page.evaluate("window.seen.at(-1) ?? false") is False
    expect(page.locator("[aria-busy]")).to_have_count(0)


def test_toasts_stay_while_they_are_looked_at(sign_in):
    page = sign_in("vera")
    page.goto("/settings/appearance/")
    page.clock.install()
    page.get_by_role("button", name="Save").click()
    toast = page.locator(".toast")
    expect(toast).to_be_visible()

    page.clock.run_for(9_000)
    expect(toast).to_be_visible()
    toast.hover()
    page.clock.run_for(30_000)
    expect(toast).to_be_visible()
    page.mouse.move(5, 5)
    page.clock.run_for(12_000)

    expect(toast).to_have_count(0)


def test_the_palette_closes_with_one_escape_whatever_is_typed(sign_in):
    page = sign_in("vera")
    page.keyboard.press("Control+k")
    page.keyboard.type("aud")

    page.keyboard.press("Escape")

    expect(page.locator("#palette")).not_to_be_visible()


def test_a_toast_lies_over_an_open_dialog(sign_in):
    page = sign_in("vera")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_be_visible()

    page.evaluate(
        "document.body.dispatchEvent(new Event('htmx:sendError', {bubbles: true}))"
    )

    expect(page.get_by_text("The server cannot be reached")).to_be_visible()
    assert page.locator("#flash").evaluate("flash => flash.matches(':popover-open')")


def test_the_numbers_of_an_agent_scroll_by_themselves_on_a_telephone(sign_in, team):
    trace = factories.a_trace(factories.an_agent(team), "hello")
    page = sign_in("vera")
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"/agents/{trace.agent_id}/")

    page.locator("summary", has_text="The numbers").click()

    expect(page.get_by_role("region", name="The numbers")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
