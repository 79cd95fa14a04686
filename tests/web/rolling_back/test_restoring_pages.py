"""Restoring in the browser: an old state comes back, but for what is kept."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.memory.models import Version
from reviews.proposals import rollbacks
from reviews.proposals.models import Proposal
from tests.factories import BOB, an_add
from tests.web.rolling_back.conftest import (
    PAGE,
    START,
    applied,
    form_of,
    previewed,
    rules,
    shown,
    state,
)

pytestmark = pytest.mark.django_db


def test_a_restore_names_all_that_goes_and_offers_to_keep_it(
    as_ada, store, dates, cents
):
    page = previewed(as_ada, "to=1")

    assert "<h1>Restore v1</h1>" in page
    assert "writes support v4</span></button>" in page
    assert re.search(r'hunk__line--deleted".*?Dates are ISO 8601\.', page)
    undone = page.split("What is undone")[1].split("Keep these")[0]
    for proposal in (dates, cents):
        assert f'href="/proposals/{proposal.pk}/"' in undone
        assert f'name="keep" value="{proposal.pk}"' in page
    assert "keep" not in form_of(page)


def test_a_restore_brings_the_old_text_back_and_settles_the_rest(
    as_lin, store, dates, cents
):
    page = previewed(as_lin, "to=1")

    answer = as_lin.post(PAGE, form_of(page, reason="A bad day."), follow=True)

    assert "support is as it was at v1: that is v4." in answer.content.decode()
    assert rules(store) == START
    assert {state(dates), state(cents)} == {"rolled-back"}
    assert Version.objects.get(store=store, number=4).kind == Version.Kind.RESTORE


def test_what_is_kept_is_previewed_again_before_it_is_done(as_ada, store, dates, cents):
    form = form_of(previewed(as_ada, "to=1"), reason="Dates were wrong.")
    ticked = {**form, "keep": [cents.pk], "preview": "1"}

    page = shown(as_ada.post(PAGE, ticked), 200)

    assert Version.objects.filter(store=store).count() == 3
    undone = page.split("What is undone")[1].split("Keep these")[0]
    assert f'href="/proposals/{dates.pk}/"' in undone
    assert f'href="/proposals/{cents.pk}/"' not in undone
    assert "writes support v5</span></button>" in page
    again = form_of(page)
    assert again["keep"] == [str(cents.pk)]
    assert again["reason"] == ["Dates were wrong."]

    assert as_ada.post(PAGE, again).status_code == 303
    assert rules(store) == START.replace("deleting", "deleting a row")
    assert (state(dates), state(cents)) == ("rolled-back", "applied")


def test_keeping_something_that_was_not_previewed_is_refused_with_its_preview(
    as_ada, store, dates, cents
):
    form = form_of(previewed(as_ada, "to=1"), reason="Dates were wrong.")

    page = shown(as_ada.post(PAGE, {**form, "keep": [cents.pk]}), 409)

    assert Version.objects.filter(store=store).count() == 3
    again = form_of(page)
    assert again["keep"] == [str(cents.pk)]
    assert as_ada.post(PAGE, again).status_code == 303


def test_a_restore_needs_a_reason_and_keeps_what_was_ticked(
    as_ada, store, dates, cents
):
    form = {**form_of(previewed(as_ada, "to=1")), "keep": [cents.pk]}

    page = shown(as_ada.post(PAGE, form), 422)

    assert "Say why you roll back" in page
    assert form_of(page)["keep"] == [str(cents.pk)]


def test_a_restore_of_a_moved_head_is_refused_with_the_new_preview(
    as_ada, store, dates
):
    stale = form_of(previewed(as_ada, "to=1"), reason="A bad day.")
    later = applied(store, an_add("Numbers have no commas."))

    page = shown(as_ada.post(PAGE, stale), 409)

    assert "support has moved to v3 since you looked." in page
    assert f'name="keep" value="{later.pk}"' in page
    assert form_of(page)["reason"] == ["A bad day."]
    assert rules(store) != START


def test_what_cannot_be_kept_alone_is_said_and_offers_no_choice_of_sides(
    as_ada, store, disputed
):
    later = Proposal.objects.exclude(pk=disputed.pk).get()
    form = form_of(previewed(as_ada, "to=1"), reason="No cents.")

    page = shown(as_ada.post(PAGE, {**form, "keep": [later.pk], "preview": "1"}), 200)

    assert "Conflict" in page
    assert 'type="radio"' not in page
    page = shown(as_ada.post(PAGE, form_of(page)), 409)
    assert "cannot keep what came later" in page
    assert Version.objects.filter(store=store).count() == 3


def test_what_had_been_undone_since_is_announced_to_be_in_force_again(
    as_ada, store, dates
):
    rollbacks.undo(dates, by=BOB, reason="No.")

    page = previewed(as_ada, "to=2")

    assert f'href="/proposals/{dates.pk}/"' in page.split("In force again")[1]
    as_ada.post(PAGE, form_of(page, reason="It was right."))
    assert state(dates) == "applied"


def test_to_restore_what_stands_already_is_refused_in_words(as_ada, store, dates):
    page = previewed(as_ada, "to=2")
    assert "No text changes." in page

    page = shown(as_ada.post(PAGE, form_of(page, reason="No.")), 409)
    assert "The store says what version 2 said." in page


def test_a_long_way_back_costs_no_query_per_version(as_ada, store):
    def ask():
        previewed(as_ada, "to=1")
        with CaptureQueriesContext(connection) as captured:
            previewed(as_ada, "to=1")
        return len(captured)

    def more(count):
        for _ in range(count):
            applied(store)

    more(2)
    few = ask()
    more(6)
    assert ask() == few
