"""Deciding in the browser: by keys alone, in parts, on a page that has moved, without script."""

import re

import pytest
from playwright.sync_api import expect

from reviews.memory import versions
from reviews.proposals import decisions, threads
from reviews.proposals.models import Decision, Proposal
from tests import factories
from tests.factories import ADA, BOB

pytestmark = pytest.mark.django_db(transaction=True)

RULES = "# Rules\n\n- Answer within 24 h.\n- Be kind.\n"


@pytest.fixture
def store(team):
    store = factories.a_store(team, "support")
    factories.a_version(store, rules=RULES)
    return store


@pytest.fixture
def edit(store):
    """An edit of the first rule, as a dream proposes it."""
    return factories.a_proposal(
        store, factories.an_edit("Answer within 24 h.", "Answer within 4 h.")
    )


def state_of(proposal):
    return Proposal.objects.get(pk=proposal.pk).state


def text_of(store):
    return versions.head_texts(store)["/rules.md"]


def test_a_key_approves_and_the_next_proposal_is_read_out(sign_in, store, complaints):
    first, second = factories.a_proposal(store), factories.a_proposal(store)
    page = sign_in("ada")
    page.goto("/inbox/")

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/proposals/{first.pk}/")
    page.keyboard.press("a")

    page.wait_for_url(f"**/proposals/{second.pk}/")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.locator(".toast")).to_contain_text(f"{first} is approved. Applies in")
    expect(page.locator("#inbox-count")).to_have_text("1")
    assert complaints == []


def test_z_takes_an_approval_back_and_nothing_was_written(sign_in, store):
    proposal = factories.a_proposal(store)
    page = sign_in("ada")
    page.goto(f"/proposals/{proposal.pk}/")
    page.keyboard.press("a")
    page.wait_for_url("**/inbox/")
    expect(page.get_by_text("Nothing needs you.")).to_be_visible()

    page.keyboard.press("z")

    page.wait_for_url(f"**/proposals/{proposal.pk}/")
    expect(page.locator(".toast")).to_contain_text("open again")
    assert state_of(proposal) == "open"
    store.refresh_from_db()
    assert store.head == 1


def test_a_rejection_asks_for_its_reason_and_takes_it_by_keys(sign_in, store):
    proposal = factories.a_proposal(store)
    page = sign_in("ada")
    page.goto(f"/proposals/{proposal.pk}/")

    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Dialog")
    expect(dialog.get_by_label("In your words")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("Say why")
    page.keyboard.type("We answer in a day.")
    page.keyboard.press("Control+Enter")

    page.wait_for_url("**/inbox/")
    decision = Decision.objects.get()
    assert (decision.verb, decision.reason) == ("reject", "We answer in a day.")


def test_what_was_typed_in_one_dialog_is_there_in_the_next(sign_in, store):
    page = sign_in("ada")
    page.goto(f"/proposals/{factories.a_proposal(store).pk}/")
    page.keyboard.press("r")
    expect(page.get_by_label("In your words")).to_be_focused()
    with page.expect_response("**/jot/"):
        page.keyboard.type("Only for refunds.")

    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).to_be_empty()
    page.keyboard.press("q")

    expect(page.get_by_label("In your words")).to_have_value("Only for refunds.")


def test_grave_risk_is_approved_in_a_dialog_and_with_a_reason(sign_in, store):
    proposal = factories.a_proposal(store, flags=("widening",))
    Proposal.objects.filter(pk=proposal.pk).update(risk="high")
    page = sign_in("ada")
    page.goto(f"/proposals/{proposal.pk}/")

    page.keyboard.press("a")
    dialog = page.get_by_role("dialog", name="Dialog")
    expect(dialog).to_contain_text("1 of 2")
    expect(dialog.get_by_role("textbox")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("say why you approve")
    page.keyboard.type("Checked with the carrier.")
    page.keyboard.press("Control+Enter")

    page.wait_for_url("**/inbox/")
    expect(page.locator(".toast")).to_contain_text("counts: 1 of 2")
    assert state_of(proposal) == "open"


def test_the_bar_says_what_is_ticked_and_that_alone_is_applied(sign_in, store):
    store.hold_seconds = 0
    store.save()
    proposal = factories.a_proposal(
        store, *(factories.an_add(f"- Rule {n}.", "/more.md") for n in (1, 2, 3))
    )
    page = sign_in("ada")
    page.goto(f"/proposals/{proposal.pk}/")
    expect(page.locator("#effect")).to_contain_text(
        "3 of 3 operations → the next version of support"
    )

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    expect(page.locator("#effect")).to_contain_text("2 of 3 operations")
    expect(page.locator("#effect")).to_contain_text("the other one waits")
    page.keyboard.press("a")
    expect(page.get_by_role("radio", name="Waits as a proposal")).to_be_checked()
    page.keyboard.press("Control+Enter")

    expect(page.locator(".toast")).to_contain_text("approved and applied")
    text = versions.head_texts(store)["/more.md"]
    assert re.findall(r"Rule \d", text) == ["Rule 1", "Rule 3"]
    assert Proposal.objects.get(split_from=proposal).state == "open"


def test_a_stale_page_is_refused_in_place_and_its_words_are_settled_by_editing(
    sign_in, store, edit
):
    store.hold_seconds = 0
    store.save()
    page = sign_in("ada")
    page.goto(f"/proposals/{edit.pk}/")
    other = factories.a_proposal(
        store, factories.an_edit("Answer within 24 h.", "Answer within 8 h.")
    )
    decisions.approve(other, by=BOB, hold=0)

    page.get_by_label("Reason").fill("Customers leave after a morning.")
    with page.expect_response("**/approve/") as refused:
        page.keyboard.press("Control+Enter")

    assert refused.value.status == 409
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator("#op-0")).to_contain_text("Conflict")
    expect(page.get_by_label("Reason")).to_have_value(
        "Customers leave after a morning."
    )
    assert page.url.endswith(f"/proposals/{edit.pk}/")
    expect(page.get_by_role("button", name="Approve")).to_be_disabled()

    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.wait_for_url("**/edit/")
    page.get_by_label("What it shall say").fill("Answer within 6 h.")
    expect(page.get_by_label("Reason")).to_have_value(
        "Customers leave after a morning."
    )
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/inbox/")

    assert text_of(store) == RULES.replace("24 h", "6 h")


def test_words_typed_after_the_session_ended_are_there_after_the_next_sign_in(
    sign_in, store
):
    proposal = factories.a_proposal(store)
    page = sign_in("ada")
    page.goto(f"/proposals/{proposal.pk}/")
    page.context.clear_cookies(name="sessionid")

    page.get_by_label("Comment").fill("Does the carrier know?")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/account/login/**")
    page.get_by_label("Username or email").fill("ada")
    page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    page.wait_for_url(f"**/proposals/{proposal.pk}/")
    expect(page.get_by_label("Comment")).to_have_value("Does the carrier know?")


def test_a_comment_appears_in_place(sign_in, store):
    page = sign_in("lin")
    page.goto(f"/proposals/{factories.a_proposal(store).pk}/")

    page.keyboard.press("c")
    page.keyboard.type("Does the carrier know?")
    page.keyboard.press("Control+Enter")

    expect(page.locator("#discussion .prose")).to_have_text("Does the carrier know?")
    expect(page.get_by_label("Comment")).to_have_value("")


def test_whoever_may_only_look_sees_no_verbs(sign_in, store):
    page = sign_in("vera")
    page.goto(f"/proposals/{factories.a_proposal(store).pk}/")

    expect(page.get_by_role("heading", name="Evidence")).to_be_visible()
    for verb in ("Approve", "Edit", "Request changes", "Reject", "Comment", "Snooze"):
        expect(page.get_by_text(verb, exact=True)).to_have_count(0)


def test_everything_is_decided_without_javascript(sign_in, store, edit):
    page = sign_in("ada", java_script_enabled=False)
    first = factories.a_proposal(store)
    second = factories.a_proposal(store)

    page.goto(f"/proposals/{first.pk}/reject/")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why")
    page.get_by_label("In your words").fill("Too broad.")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_text(f"{first} is rejected.")).to_be_visible()

    page.goto(f"/proposals/{second.pk}/changes/")
    page.get_by_label("In your words").fill("Only for refunds.")
    page.get_by_role("button", name="Request changes").click()
    expect(page.get_by_text(f"{second} is sent back")).to_be_visible()

    page.goto(f"/proposals/{edit.pk}/")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text(f"{edit} is approved.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("open again")).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("The rule").fill("Answer within 2 h.")
    page.get_by_role("button", name="Approve in these words").click()

    expect(page.get_by_text("Nothing needs you.")).to_be_visible()
    found = [state_of(each) for each in (first, second, edit)]
    assert found == ["rejected", "changes-requested", "held"]


def test_a_section_and_a_filter_hold_together(sign_in, store):
    factories.a_proposal(store, title="Parcels go by post.")
    rejected = factories.a_proposal(store, title="Parcels go by boat.")
    decisions.reject(rejected, by=ADA, reason="Too slow.")
    page = sign_in("ada")
    page.goto("/inbox/")

    page.get_by_role("link", name="Recently decided").click()
    page.wait_for_url("**section=decided**")
    page.keyboard.press("/")
    page.keyboard.type("parcels")

    page.wait_for_url("**q=parcels**")
    expect(page.locator("#queue tbody tr")).to_have_count(1)
    expect(page.locator("#queue")).to_contain_text("boat")


def test_an_undo_shows_its_conflict_and_waits_for_a_choice(sign_in, store, edit):
    decisions.approve(edit, by=ADA, hold=0)
    later = factories.a_proposal(
        store, factories.an_edit("Answer within 4 h.", "Answer within 1 h.")
    )
    decisions.approve(later, by=BOB, hold=0)
    page = sign_in("ada")
    page.goto(f"/proposals/{edit.pk}/")

    page.get_by_role("link", name="Undo this change").click()
    expect(page.get_by_text("Conflict", exact=True)).to_be_visible()
    page.get_by_label("Why").fill("Nobody keeps to it.")
    page.get_by_label("Take it back here").check()
    page.get_by_role("button", name=f"Undo {edit}:").click()

    expect(page.locator(".toast")).to_contain_text(f"{edit} is undone: that is v4.")
    assert text_of(store) == RULES


def test_an_answer_is_typed_as_soon_as_it_is_opened(sign_in, edit):
    threads.say(edit, by=BOB, text="Is this for mails only?")
    page = sign_in("ada")
    page.goto(f"/proposals/{edit.pk}/")

    page.locator("summary", has_text="Answer").press("Enter")
    expect(page.get_by_label("Answer", exact=True)).to_be_focused()
    page.keyboard.type("Yes.")
    page.keyboard.press("Control+Enter")

    expect(page.locator(".thread__answers")).to_contain_text("Yes.")


@pytest.mark.parametrize("script", [True, False])
def test_what_is_two_matters_is_split_by_its_ticks(sign_in, store, script):
    proposal = factories.a_proposal(
        store, *(factories.an_add(f"- Rule {n}.", "/more.md") for n in (1, 2, 3))
    )
    page = sign_in("ada", java_script_enabled=script)
    page.goto(f"/proposals/{proposal.pk}/")
    page.get_by_role("checkbox", name="Include operation 2").uncheck()

    page.get_by_role("button", name="Split").click()

    expect(page.locator("#flash")).to_contain_text(f"{proposal} is two proposals now")
    ticked, rest = proposal.split_offs.order_by("pk")
    assert page.url.endswith(f"/proposals/{ticked.pk}/")
    assert (ticked.operations.count(), rest.operations.count()) == (2, 1)
    assert state_of(proposal) == "split-off"
