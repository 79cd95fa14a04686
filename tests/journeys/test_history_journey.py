"""Changes by keyboard: views swapped in place, folds opened, nothing typed is lost."""

import pytest
from playwright.sync_api import expect

from reviews.memory import versions
from reviews.proposals import decisions
from tests import factories
from tests.factories import ADA, LIN, an_edit
from tests.journeys import soundness

FILLER = "".join(f"- Rule {n} is about case {n * 7}.\n" for n in range(60))
START = f"# Rules\n\n- You must answer within 24 h.\n{FILLER}\n| a | b |\n|---|---|\n| 1 | 2 |\n"


@pytest.fixture
def undoable(team):
    """A store at v4, whose v2 a later version has changed again, and v3 not."""
    store = factories.a_store(team, "support")
    factories.a_version(store, rules=START)
    proposals = []
    for before, after in (
        ("You must answer within 24 h.", "You should answer within 4 h."),
        ("Rule 50 is about case 350.", "Rule 50 is about case 351."),
        ("You should answer within 4 h.", "You should answer within 4 h, always."),
    ):
        proposals.append(factories.a_proposal(store, an_edit(before, after)))
        for person in (ADA, LIN):
            if proposals[-1].state == "open":
                decisions.approve(proposals[-1], by=person, reason="So.", hold=0)
                proposals[-1].refresh_from_db()
        store.refresh_from_db()
    return store, proposals


def test_views_and_folds_change_in_place_and_keep_what_was_typed(
    sign_in, undoable, complaints
):
    _, (_, fifty, _) = undoable
    page = sign_in("ada")
    page.goto(f"/rollback/support/?undo={fifty.name}")
    page.get_by_label("Why").fill("Not so.")
    page.get_by_role("heading", level=1).click()

    page.keyboard.press("v")
    expect(page.locator(".diff")).to_have_attribute("data-view", "rendered")
    page.keyboard.press("m")
    expect(page.locator(".diff")).to_have_attribute("data-view", "split")
    page.keyboard.press("m")
    expect(page.locator(".diff")).to_have_attribute("data-view", "unified")
    before = page.locator(".hunk__line").count()
    page.get_by_role("link", name="20 more").first.click()
    expect(page.locator(".hunk__line")).to_have_count(before + 20)
    # What was swapped in has to settle before its keys are its own.
    page.wait_for_function(
        "!document.querySelector('.htmx-settling, .htmx-request, .htmx-swapping')"
    )
    page.keyboard.press("X")
    expect(page.locator(".hunk__fold")).to_have_count(0)

    assert "expand=all" in page.url
    assert "view=unified" in page.url
    expect(page.get_by_label("Why")).to_have_value("Not so.")
    page.keyboard.press("n")
    expect(page.locator("[data-change]:focus")).to_have_count(1)
    assert soundness.problems(page) == []
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_conflict_is_settled_in_one_s_own_words(
    sign_in, undoable, complaints, scheme
):
    store, (first, _, _) = undoable
    page = sign_in("ada", color_scheme=scheme, viewport={"width": 320, "height": 700})
    page.goto(f"/rollback/support/?undo={first.name}")
    assert soundness.problems(page) == []
    page.get_by_label("Why").fill("Neither.")

    # Nothing is sent before a side is chosen.
    expect(page.get_by_role("button", name="Undo P-")).to_be_disabled()
    words = page.get_by_label("What stands in /rules.md")
    expect(words).to_be_hidden()
    page.get_by_label("Write what stands here").check()
    words.fill("- You must answer within a day.")
    page.get_by_role("button", name="Undo P-").click()

    page.wait_for_url("**/history/support/")
    assert "within a day" in versions.head_texts(store)["/rules.md"]
    assert complaints == []


def test_a_comparison_of_the_head_is_pinned_and_walked_by_keys(sign_in, undoable):
    page = sign_in("ada")
    page.goto("/compare/support/1..head/")

    page.keyboard.press("y")

    page.wait_for_url("**/compare/support/1..4/")
    for _ in range(2):
        page.keyboard.press("n")
    expect(page.locator("[data-change]:focus")).to_contain_text("351")
    page.keyboard.press("p")
    expect(page.locator("[data-change]:focus")).to_contain_text("weakens a guard")
