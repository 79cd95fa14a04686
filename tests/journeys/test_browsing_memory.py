"""Memory in a browser: by keys, line by line, and without losing a word."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from reviews.memory import versions
from reviews.proposals import decisions
from tests.factories import ADA, a_proposal, a_store, an_edit

pytestmark = pytest.mark.django_db(transaction=True)

RULES = "# Rules\n\n" + "".join(f"- Rule {n} stands here.\n" for n in range(30))


@pytest.fixture
def store(team):
    store = a_store(team, "support", hold_seconds=0)
    versions.commit(store, {"/rules.md": RULES}, by=ADA, reason="As it began.")
    proposal = a_proposal(store, an_edit("Rule 3 stands here.", "Rule 3 says more."))
    decisions.approve(proposal, by=ADA, reason="It was too short.", hold=0)
    return store


def test_views_change_by_key_and_the_address_with_them(store, sign_in, complaints):
    page = sign_in("vera")
    page.goto("/memory/support/rules.md")

    for key, address in [
        ("v", r"view=raw"),
        ("b", r"view=blame"),
        ("b", r"view=raw"),
        ("v", r"view=rendered"),
        ("y", r"v=2"),
    ]:
        page.keyboard.press(key)
        page.wait_for_url(re.compile(address))

    # All of it replaced the one address that was opened.
    page.go_back()
    assert "/memory/support/rules.md" not in page.url
    assert complaints == []


def test_lines_are_picked_and_travel_in_the_address(store, sign_in, complaints):
    page = sign_in("vera")
    page.goto("/memory/support/rules.md?view=raw")

    page.get_by_label("Line 5", exact=True).click()
    page.get_by_label("Line 8", exact=True).click(modifiers=["Shift"])
    assert page.url.endswith("#L5-L8")
    expect(page.locator("[data-picked]")).to_have_count(4)

    other = sign_in("bob")
    other.goto(page.url)
    expect(other.locator("[data-picked]")).to_have_count(4)
    expect(other.locator("#L5")).to_be_in_viewport()
    assert complaints == []


def test_a_card_opens_by_key_and_under_the_pointer(store, sign_in, complaints):
    page = sign_in("vera")
    page.goto("/memory/support/rules.md?view=blame")
    card = page.locator(".why:popover-open")

    page.get_by_role("button", name=re.compile("Why line 6")).focus()
    page.keyboard.press("Enter")
    expect(card).to_contain_text("It was too short.")
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)

    page.get_by_role("button", name=re.compile("Why line 6")).hover()
    expect(card).to_contain_text("It was too short.")
    card.get_by_role("link", name="line 6").click()
    expect(page.get_by_role("heading", name="History of line 6")).to_be_visible()
    expect(page.locator(".spans")).to_contain_text("says more")
    assert complaints == []


def test_a_folder_stays_as_somebody_left_it(store, sign_in, complaints):
    versions.commit(store, {"/desk/a.md": "- A.\n"}, by=ADA, reason="")
    page = sign_in("vera")
    page.goto("/memory/support/rules.md")

    page.get_by_text("desk/").click()
    expect(page.get_by_role("link", name=re.compile("^a.md"))).to_be_hidden()
    page.keyboard.press("b")
    page.wait_for_url(re.compile("view=blame"))

    expect(page.get_by_role("link", name=re.compile("^a.md"))).to_be_hidden()
    assert complaints == []


def test_words_typed_in_a_session_that_ended_are_there_after_the_sign_in(
    store, sign_in
):
    page = sign_in("ada")
    page.goto("/memory/support/edit/?path=/rules.md")
    page.get_by_label("Text").fill(RULES + "- One more.\n")
    page.get_by_label("Reason").fill("Because it was missing.")
    Session.objects.all().delete()

    page.get_by_role("button", name="Look at the change").click()
    page.get_by_label("Username or email").fill("ada")
    page.get_by_label("Password", exact=True).fill("correct horse battery staple")
    page.keyboard.press("Enter")

    expect(page.get_by_label("Reason")).to_have_value("Because it was missing.")
    expect(page.get_by_label("Text")).to_have_value(re.compile("One more"))


def test_memory_is_edited_without_script(store, sign_in):
    page = sign_in("ada", java_script_enabled=False)
    page.goto("/memory/support/rules.md?view=blame")

    page.get_by_role("link", name=re.compile("^Edit")).click()
    page.get_by_label("Text").fill(RULES + "- One more.\n")
    page.get_by_role("button", name="Look at the change").click()
    page.get_by_label("Reason").fill("It was missing.")
    page.get_by_role("button", name=re.compile("^Write v3")).click()

    expect(page.locator("#file")).to_contain_text("One more.")
