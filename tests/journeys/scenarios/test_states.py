"""Scenario 20 once more: what opens on a page is as sound as the page."""

import pytest
from playwright.sync_api import expect

from reviews.proposals import decisions
from reviews.proposals.models import Evidence
from tests import factories
from tests.journeys import soundness
from tests.journeys.scenarios.seed import OLGA, OMAR

pytestmark = pytest.mark.django_db(transaction=True)

# Where, which keys, and what is there then.
OPENED = {
    "the sheet of keys": ("/inbox/", "?", "#keys"),
    "the palette": ("/inbox/", "Control+k", "#palette"),
    "a peek": ("/inbox/", "j i", ".diff"),
    "a selection": ("/inbox/", "j x j x", "tr:has(:checked)"),
    "a duplicate": ("/proposals/{fourth}/?", "d", "#dialog form"),
    "an edit by hand": ("/memory/support/edit/?path=/answers.md", "", "textarea"),
    "a rejection": ("/proposals/{first}/", "r", "#dialog form"),
    "a request for changes": ("/proposals/{first}/", "q", "#dialog form"),
    "an approval of grave risk": ("/proposals/{second}/", "a", "#dialog form"),
    "putting aside": ("/proposals/{first}/", "h", ".menu[open] .menu__list"),
    "hostile words": ("/proposals/{fifth}/", "", "#op-0 .chip--code"),
    "three operations": ("/proposals/{third}/", "j", "#op-0[data-cursor]"),
    "an edit": ("/proposals/{third}/edit/", "", "textarea"),
    "a conflict": ("/proposals/{fourth}/", "", "#op-0"),
    "an edit of a conflict": ("/proposals/{fourth}/edit/", "", "textarea"),
    "a trace at a quote": ("/traces/{trace}/at/{step}/?hl={quote}", "", "mark.quote"),
    "a comparison": ("/compare/support/39..42/", "", ".hunk"),
    "its steps": ("/compare/support/39..42/?mode=steps", "", ".hunk"),
    "an undo with its conflict": ("/rollback/support/?undo=42", "", "fieldset"),
    "a restore": ("/rollback/support/?to=40", "", "form"),
}


@pytest.mark.parametrize("state", OPENED)
def test_20_what_opens_is_as_sound_as_its_page(seed, desk_of, complaints, state):
    address, keys, shown = OPENED[state]
    names = ("first", "second", "third", "fourth", "fifth")
    known = dict(zip(names, [one.pk for one in seed.proposals], strict=True))
    quote = Evidence.objects.filter(trace__isnull=False).earliest("pk")
    known |= {"trace": quote.trace_id, "step": quote.step, "quote": quote.pk}
    if "fourth" in address or "42" in address:
        move_on(seed, twice="undo" in address)
    page = desk_of("lena", reduced_motion="reduce")
    page.goto(address.format(**known))

    for key in keys.split():
        page.keyboard.press(key)

    expect(page.locator(shown).first).to_be_visible()
    # An open menu covers what is under it until it closes.
    within = shown if "menu" in shown else None
    assert soundness.problems(page, within) == []
    assert complaints == []


def move_on(seed, *, twice):
    """P1 is applied, so P4 is about words that are gone; perhaps edited again."""
    decisions.approve(seed.proposals[0], by=OLGA, hold=0)
    seed.store.refresh_from_db()
    if twice:
        again = factories.an_edit(
            "Answer within 4 h.", "Answer within 4 h on weekdays.", "/answers.md"
        )
        decisions.approve(factories.a_proposal(seed.store, again), by=OMAR, hold=0)


def test_20_who_answers_for_a_line_is_sound(seed, desk_of, complaints):
    page = desk_of("lena", reduced_motion="reduce")
    page.goto("/memory/support/notes.md?view=blame")

    page.locator(".source__why").last.focus()
    page.keyboard.press("Enter")

    expect(page.locator(".why:popover-open")).to_be_visible()
    assert soundness.problems(page, ".why:popover-open") == []
    assert complaints == []
