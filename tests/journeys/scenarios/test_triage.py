"""Scenarios 1 to 4 and 10: through the queue by keys, undo, hold, grave risk, sent twice."""

import json
import re

import pytest
from playwright.sync_api import expect

from reviews.audit.models import LedgerEntry
from reviews.memory.models import Version
from reviews.proposals import decisions
from reviews.proposals.models import Approval, Decision
from tests.journeys.scenarios.people import (
    Reader,
    after_the_hold,
    at,
    left,
    open_by_keys,
)
from tests.journeys.scenarios.seed import HEAD, OMAR, text, version_of

pytestmark = pytest.mark.django_db(transaction=True)


def decision_of(entry):
    return json.loads(entry.content)["facts"]["decision"]


def actions_about(proposal):
    entries = LedgerEntry.objects.filter(subject=f"proposal:{proposal.pk}")
    return list(entries.order_by("pk").values_list("action", flat=True))


def test_1_a_proposal_is_found_opened_and_approved_without_a_mouse(
    seed, desk_of, complaints
):
    first = seed.proposals[0]
    page = desk_of("olga")
    page.add_init_script(
        "addEventListener('pointerdown', () => { sessionStorage.mouse = 'used'; }, true)"
    )
    open_by_keys(page, first)
    waiting = int(page.locator("#inbox-count").inner_text())

    page.keyboard.press("a")

    left(page, first)
    expect(page).to_have_url(re.compile(r"/proposals/\d+/"))
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.locator(".toast")).to_contain_text(f"{first} is approved.")
    expect(page.locator(".toast")).to_contain_text(re.compile(r"[Aa]pplies in \d+ s"))
    expect(page.locator("#inbox-count")).to_have_text(str(waiting - 1))
    assert page.evaluate("sessionStorage.mouse") is None
    assert complaints == []


def test_2_z_takes_it_back_within_the_hold_and_nobody_has_read_anything_else(
    seed, desk_of, live_server
):
    first, reader = seed.proposals[0], Reader(live_server.url, seed.store)
    before = reader.read()
    page = desk_of("olga")
    open_by_keys(page, first)
    page.keyboard.press("a")
    left(page, first)
    expect(page.locator(".toast")).to_contain_text(f"{first} is approved.")
    assert reader.read() == before

    page.keyboard.press("z")

    at(page, first)
    expect(page.locator(".page-head")).to_contain_text("Pending")
    after_the_hold()
    first.refresh_from_db()
    assert first.state == "open"
    assert reader.read() == before
    assert before[0] == HEAD
    # Each act is of one request, and the second names the decision of the first.
    approved, withdrawn = LedgerEntry.objects.filter(
        subject=f"proposal:{first.pk}", actor="person:olga"
    ).order_by("pk")
    assert approved.action == "proposal.approved"
    assert withdrawn.action == "proposal.withdrawn"
    assert approved.act != withdrawn.act
    assert decision_of(approved) == decision_of(withdrawn)


def test_3_when_the_hold_ends_agents_read_it_and_blame_says_why(
    seed, desk_of, live_server
):
    first, reader = seed.proposals[0], Reader(live_server.url, seed.store)
    page = desk_of("olga")
    open_by_keys(page, first)
    page.keyboard.press("a")
    left(page, first)

    after_the_hold()

    version, texts = reader.read()
    assert version == HEAD + 1
    assert "Answer within 4 h." in texts["/answers.md"]
    page.goto(f"/proposals/{first.pk}/")
    expect(page.locator(".page-head")).to_contain_text("Applied")
    page.goto(f"/history/support/{version}/")
    digest = version_of(seed.store, version).digest
    expect(page.get_by_text(digest[:8]).first).to_be_visible()
    page.goto("/memory/support/answers.md")
    page.keyboard.press("b")
    line = page.locator(".source__line", has_text="Answer within 4 h.")
    expect(line.locator(".source__why")).to_contain_text(str(first))
    line.locator(".source__why").focus()
    page.keyboard.press("Enter")
    why = page.locator(".why:popover-open")
    expect(why).to_contain_text("olga")
    expect(why.locator(".evidence a")).to_have_attribute("href", re.compile("/traces/"))


def test_4_grave_risk_is_approved_with_a_reason_and_by_two_people(seed, desk_of):
    second = seed.proposals[1]
    page = desk_of("olga")
    open_by_keys(page, second)
    opinion = page.locator("#opinion")
    expect(opinion).to_contain_text(
        "folded until you have opened one piece of evidence"
    )
    expect(page.locator("#main")).not_to_contain_text("0.50")
    page.locator("#main .evidence a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/traces/"))
    page.go_back()
    at(page, second)
    page.reload()
    expect(opinion).to_contain_text("0.50")
    expect(opinion).not_to_contain_text("folded")

    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("textbox")).to_be_focused()
    with page.expect_response("**/approve/") as refused:
        page.keyboard.press("Control+Enter")
    assert refused.value.status == 422
    expect(dialog.get_by_role("alert")).to_contain_text("say why")
    page.keyboard.type("The carrier confirmed it.")
    page.keyboard.press("Control+Enter")

    left(page, second)
    given = Approval.objects.get(proposal=second)
    assert (given.by, given.reason) == ("person:olga", "The carrier confirmed it.")
    # The team has two who may decide, so it takes both of them.
    second.refresh_from_db()
    assert second.state == "open"
    decisions.approve(second, by=OMAR, reason="So did the bank.", hold=0)
    assert "Never refund twice." not in text(seed.store, "/refunds.md")


def test_10_a_double_click_and_a_form_sent_again_decide_once(seed, desk_of):
    first = seed.proposals[0]
    page = desk_of("olga")
    page.goto(f"/proposals/{first.pk}/")
    sent = []
    page.on("request", lambda one: sent.append(one) if one.method == "POST" else None)

    page.get_by_role("button", name="Approve").dblclick()
    left(page, first)
    approvals = [one for one in sent if one.url.endswith("/approve/")]
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    again = page.request.post(
        approvals[0].url,
        data=approvals[0].post_data_buffer,
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "X-CSRFToken": cookies["csrftoken"],
        },
        max_redirects=0,
    )

    assert again.status == 303
    assert Decision.objects.filter(proposal=first).count() == 1
    after_the_hold()
    assert Version.objects.filter(store=seed.store).count() == HEAD + 1
    assert actions_about(first).count("proposal.approved") == 1
