"""Fifty proposals decided by keys alone: how many a minute the interface allows.

An operator reads; this one does not, so what is measured is the interface alone.
"""

import itertools
import re
import time

import pytest
from playwright.sync_api import expect

from reviews.proposals.models import Decision, Proposal
from tests import factories
from tests.journeys.scenarios.people import at

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 50
# Most are approved; the rest is turned down, worded differently, or sent back.
HABIT = "a a r a e a a q a r"


def approve(page):
    page.keyboard.press("a")


def reject(page):
    page.keyboard.press("r")
    say(page, "We do it otherwise.")


def request_changes(page):
    page.keyboard.press("q")
    say(page, "Only for refunds.")


def edit(page):
    page.keyboard.press("e")
    page.wait_for_url(re.compile("/edit/"))
    expect(page.locator("textarea").first).to_be_focused()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Always.")
    page.keyboard.press("Control+Enter")


def say(page, words):
    expect(page.locator("#dialog textarea")).to_be_focused()
    page.keyboard.type(words)
    page.keyboard.press("Control+Enter")


VERBS = {"a": approve, "r": reject, "e": edit, "q": request_changes}


def test_fifty_proposals_are_decided_by_keys_alone(
    seed, desk_of, record_property, complaints
):
    Proposal.objects.filter(state="open").update(state="withdrawn")
    waiting = [
        factories.a_proposal(seed.store, factories.an_add(f"- Rule {n}.", f"/r{n}.md"))
        for n in range(MANY)
    ]
    page = desk_of("olga")
    page.add_init_script(
        "addEventListener('pointerdown', () => { sessionStorage.mouse = 'used'; }, true)"
    )
    page.goto("/inbox/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    at(page, waiting[0])

    began = time.perf_counter()
    for proposal, key in zip(waiting, itertools.cycle(HABIT.split()), strict=False):
        at(page, proposal)
        expect(page.locator("#main")).to_contain_text(str(proposal))
        if proposal != waiting[0]:
            expect(page.get_by_role("heading", level=1)).to_be_focused()
        VERBS[key](page)
    page.wait_for_url(re.compile("/inbox/"))
    spent = time.perf_counter() - began

    made = Decision.objects.filter(proposal__in=waiting)
    assert made.count() == MANY
    assert set(made.values_list("verb", flat=True)) == {
        "approve",
        "approve-with-edits",
        "reject",
        "request-changes",
    }
    assert page.evaluate("sessionStorage.mouse") is None
    assert complaints == []
    pace = f"{MANY / spent * 60:.0f} a minute"
    record_property("figure", f"{MANY} decisions by keys in {spent:.1f} s: {pace}")
