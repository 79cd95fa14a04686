"""Scenarios 5 to 7: a part of a proposal, other words for it, and back to the dream."""

import pytest
from playwright.sync_api import expect

from reviews.dreams import dreams, pipeline
from reviews.proposals.models import Decision, Proposal
from tests.journeys.scenarios.people import after_the_hold, at, left, open_by_keys
from tests.journeys.scenarios.seed import HEAD, LENA, text

pytestmark = pytest.mark.django_db(transaction=True)


def test_5_what_is_not_ticked_waits_as_a_proposal_of_its_own(seed, desk_of):
    third = seed.proposals[2]
    page = desk_of("olga")
    open_by_keys(page, third)

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    expect(page.locator("#effect")).to_contain_text("2 of 3")
    page.keyboard.press("a")
    expect(page.get_by_role("radio", name="Waits as a proposal")).to_be_checked()
    page.keyboard.press("Control+Enter")
    left(page, third)
    after_the_hold()

    seed.store.refresh_from_db()
    assert seed.store.head == HEAD + 1
    assert "order number and a photo first" in text(seed.store, "/refunds.md")
    assert "30 days" in text(seed.store, "/photos.md")
    assert "Thank people" not in text(seed.store)
    rest = Proposal.objects.get(split_from=third)
    assert rest.state == "open"
    (operation,) = rest.operations.all()
    assert operation.path == "/answers.md"
    assert operation.evidence.count() == third.operations.all()[1].evidence.count()
    page.goto(f"/proposals/{rest.pk}/")
    expect(page.locator("#main")).to_contain_text("Thank people")
    expect(page.locator("#main .evidence").first).to_be_visible()


def test_6_an_operator_s_own_words_are_known_as_theirs(seed, desk_of):
    third = seed.proposals[2]
    page = desk_of("olga")
    open_by_keys(page, third)
    page.keyboard.press("e")
    page.wait_for_url("**/edit/**")

    field = page.get_by_role("textbox").first
    field.fill("Ask for the order number and two photos first.")
    page.get_by_role("button", name="Keep the words").click()
    at(page, third)
    third.refresh_from_db()
    assert third.wording == 2
    # Hers against the head, and hers against what the dream had written.
    expect(page.locator("#op-0 .diff").first).to_contain_text("two photos")
    page.get_by_text("What was changed about the first wording").first.click()
    expect(page.locator("#op-0 details .diff")).to_contain_text("two")
    page.keyboard.press("a")
    left(page, third)
    after_the_hold()

    page.goto("/memory/support/refunds.md")
    page.keyboard.press("b")
    line = page.locator(".source__line", has_text="two photos")
    line.locator(".source__why").focus()
    page.keyboard.press("Enter")
    why = page.locator(".why:popover-open")
    expect(why).to_contain_text("olga")
    expect(why).to_contain_text("scripted")
    page.goto(f"/history/support/{HEAD + 1}/")
    expect(page.locator("#main")).to_contain_text("olga")
    expect(page.locator("#main")).to_contain_text("scripted")


def test_7_a_request_for_changes_sleeps_until_it_comes_back_reworded(seed, desk_of):
    first = seed.proposals[0]
    page = desk_of("olga")
    open_by_keys(page, first)
    page.keyboard.press("q")
    expect(page.get_by_label("In your words")).to_be_focused()
    page.keyboard.type("Only for refunds.")
    page.keyboard.press("Control+Enter")
    left(page, first)

    first.refresh_from_db()
    assert first.state == "changes-requested"
    assert Decision.objects.get(proposal=first).reason == "Only for refunds."
    page.goto("/inbox/?section=waiting")
    expect(page.locator(f"#proposal-{first.pk}")).to_contain_text(
        "Changes requested", ignore_case=True
    )


def test_7_the_next_dream_answers_and_what_changed_since_is_shown_first(seed, desk_of):
    first = seed.proposals[0]
    Proposal.objects.filter(pk=first.pk).update(
        alternatives=["Answer within 4 h on weekdays."]
    )
    page = desk_of("olga")
    open_by_keys(page, first)
    page.keyboard.press("q")
    page.locator("input[name=choice][value=wording]").check()
    expect(page.get_by_role("radio", name="on weekdays")).to_be_checked()
    page.keyboard.press("Control+Enter")
    left(page, first)
    first.refresh_from_db()
    assert first.state == "changes-requested"

    dream = pipeline.run_inline(dreams.start(seed.store, by=LENA, engine="offline"))

    first.refresh_from_db()
    assert (first.state, first.wording) == ("open", 2)
    page.goto(f"/dreams/{dream.pk}/")
    expect(page.locator("#dream")).to_contain_text("reworded as asked")
    # It is the turn of whoever asked, and of nobody else.
    page.goto("/inbox/")
    expect(page.locator(f"#proposal-{first.pk}")).to_contain_text(
        "offline answered you"
    )
    other = desk_of("omar")
    other.goto("/inbox/")
    expect(other.locator(f"#proposal-{first.pk}")).not_to_contain_text(
        "offline answered you"
    )
    open_by_keys(page, first)
    since = page.locator("#op-0 div", has_text="Since wording 1").last
    expect(since.locator(".diff").first).to_contain_text("on weekdays")
    expect(page.locator("#main")).to_contain_text("Wording 2 is new since you looked")
    other.goto(f"/proposals/{first.pk}/")
    expect(other.locator("#op-0")).not_to_contain_text("Since wording 1")
