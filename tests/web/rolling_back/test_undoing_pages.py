"""Undoing in the browser: what would happen first, and then nothing else than that."""

import re

import pytest
from django.test import Client

from reviews.audit import ledger
from reviews.memory.models import Version
from reviews.proposals import mutes, rollbacks
from reviews.proposals.models import Decision
from reviews.traces import readings
from tests import factories
from tests.factories import ADA, BOB, an_add, an_edit
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


# The preview of an undo


def test_a_preview_shows_what_goes_whose_it_was_and_what_it_writes(
    as_ada, store, dates, cents
):
    page = previewed(as_ada, f"undo={dates.name}")

    assert f"<h1>Undo {dates.name}</h1>" in page
    assert re.search(r'hunk__line--deleted".*?Dates are ISO 8601\.', page)
    assert not re.search(r'hunk__line--(added|deleted)"[^\n]*a row', page)
    assert f'href="/proposals/{dates.pk}/"' in page
    assert f'href="/proposals/{cents.pk}/"' not in page
    assert f"Undo {dates.name}: takes 1 line away, writes support v4" in page
    assert "comes back only with 3 new independent groups" in page


def test_looking_changes_nothing(as_ada, store, dates):
    entries = ledger.about(dates).count()

    previewed(as_ada, f"undo={dates.name}")
    previewed(as_ada, "to=1")

    assert Version.objects.filter(store=store).count() == 2
    assert state(dates) == "applied"
    assert ledger.about(dates).count() == entries


def test_it_says_which_agents_and_runs_read_what_goes_away(as_ada, store, dates, cents):
    agent = factories.an_agent(store.team, "desk-bot")
    trace = factories.a_trace(agent, name="run-7")
    readings.record(agent, store, 1, run="before")
    readings.record(agent, store, 2, run="run-7")
    readings.record(factories.an_agent(store.team, "mail-bot"), store, 3)

    page = previewed(as_ada, f"undo={dates.name}")

    assert "2 agents read what goes away" in page
    assert f'<a href="/traces/{trace.pk}/">run-7</a>' in page
    assert "mail-bot read v3" in page
    assert "in before" not in page.split("Who has read it")[1]


def test_where_nobody_read_it_it_says_so(as_ada, store, dates):
    assert "No agent has read what goes away" in previewed(as_ada, f"undo={dates.name}")


def test_a_version_leads_to_the_proposal_that_wrote_it(as_ada, dates, cents):
    assert f"<h1>Undo {dates.name}</h1>" in previewed(as_ada, "undo=2")
    assert f"<h1>Undo {cents.name}</h1>" in previewed(as_ada, "undo=3")


# Undoing


def test_an_undo_with_a_reason_writes_a_version_and_settles_the_proposal(
    as_bob, store, dates, cents
):
    page = previewed(as_bob, f"undo={dates.name}")

    answer = as_bob.post(PAGE, form_of(page, reason="Dates were <fine>."), follow=True)

    assert answer.redirect_chain == [("/history/support/", 303)]
    assert f"{dates.name} is undone: that is v4." in answer.content.decode()
    assert rules(store) == START.replace("deleting", "deleting a row")
    assert (state(dates), state(cents)) == ("rolled-back", "applied")
    decision = Decision.objects.get(proposal=dates, verb=Decision.Verb.ROLL_BACK)
    assert (decision.by, decision.reason) == ("person:bob", "Dates were <fine>.")
    assert mutes.standing(store, dates.fingerprint) is not None
    assert ledger.about(dates).first().action == "proposal.rolled-back"


def test_it_works_without_script_and_only_from_its_own_form(store, cast, dates):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast["ada"], "django.contrib.auth.backends.ModelBackend")
    form = form_of(previewed(client, f"undo={dates.name}"), reason="No.")

    assert client.post(PAGE, {**form, "csrfmiddlewaretoken": "x"}).status_code == 403
    assert rules(store) != START
    assert client.post(PAGE, form).status_code == 303
    assert rules(store) == START


def test_the_same_form_sent_twice_undoes_once(as_ada, store, dates):
    form = form_of(previewed(as_ada, f"undo={dates.name}"), reason="No.")

    assert [as_ada.post(PAGE, form).status_code for _ in range(2)] == [303, 303]

    assert Version.objects.filter(store=store).count() == 3


@pytest.mark.parametrize("reason", ["", " \n "])
def test_without_a_reason_nothing_happens_and_it_says_what_is_missing(
    as_ada, store, dates, reason
):
    page = previewed(as_ada, f"undo={dates.name}")

    page = shown(as_ada.post(PAGE, form_of(page, reason=reason)), 422)

    assert "Say why you roll back" in page
    assert re.search(r'<textarea[^>]*aria-invalid="true"', page)
    assert state(dates) == "applied"
    assert as_ada.post(PAGE, form_of(page, reason="Now I say.")).status_code == 303


def test_a_moved_head_is_refused_with_the_new_preview_and_the_typed_words(
    as_ada, store, dates
):
    stale = form_of(previewed(as_ada, f"undo={dates.name}"), reason="They're <wrong>.")
    applied(store, an_edit("Amounts are in euros.", "Amounts are in EUR."))

    page = shown(as_ada.post(PAGE, stale), 409)

    assert "support has moved to v3 since you looked." in page
    assert "Below is what it would do now." in page
    assert "writes support v4" in page
    again = form_of(page)
    assert again["reason"] == ["They're <wrong>."]
    assert state(dates) == "applied"
    assert as_ada.post(PAGE, again).status_code == 303
    assert rules(store) == START.replace("euros", "EUR")


def test_what_bob_has_undone_meanwhile_is_not_undone_again(as_ada, store, dates):
    form = form_of(previewed(as_ada, f"undo={dates.name}"), reason="No.")
    rollbacks.undo(dates, by=BOB, reason="Bob was quicker.")

    page = shown(as_ada.post(PAGE, form), 409)

    assert f"bob has rolled {dates.name} back already in v3." in page
    assert '<form class="stack"' not in page
    assert Version.objects.filter(store=store).count() == 3


def test_what_is_undone_already_is_offered_no_more(as_ada, store, dates):
    rollbacks.undo(dates, by=BOB, reason="Bob was quicker.")

    page = shown(as_ada.get(f"{PAGE}?undo={dates.name}"), 409)

    assert f"bob has rolled {dates.name} back already in v3." in page


def test_what_was_never_applied_cannot_be_undone(as_ada, store):
    waiting = factories.a_proposal(store, an_add("Not yet."))

    for answer in (
        as_ada.get(f"{PAGE}?undo={waiting.name}"),
        as_ada.post(PAGE, {"undo": waiting.name, "reason": "No."}),
    ):
        assert f"{waiting.name} has not been applied." in shown(answer, 409)
    assert state(waiting) == "open"


def test_a_change_of_which_nothing_is_left_is_refused_in_words(as_ada, store, dates):
    factories.a_version(store, rules=START)

    page = previewed(as_ada, f"undo={dates.name}")
    assert "No text changes." in page

    page = shown(as_ada.post(PAGE, form_of(page, reason="No.")), 409)
    assert "Nothing of version 2 is left to take back." in page
    assert form_of(page)["reason"] == ["No."]


# Who may, and what is not there


@pytest.mark.parametrize(
    "query",
    [
        "",
        "undo=",
        "undo=P-",
        "undo=P-999999",
        "undo=999",
        "undo=1",
        "undo=zebra",
        f"undo=P-{'9' * 30}",
        "to=",
        "to=-1",
        "to=9",
        "to=two",
        f"to={'9' * 30}",
    ],
)
def test_what_there_is_not_cannot_be_rolled_back(as_ada, store, query):
    assert as_ada.get(f"{PAGE}?{query}").status_code == 404
    name, _, value = query.partition("=")
    form = {name: value, "reason": "No."} if name else {}
    assert as_ada.post(PAGE, form).status_code == 404
    assert Version.objects.filter(store=store).count() == 1


def test_a_version_of_the_future_is_refused_with_a_sentence(as_ada, store):
    assert "v7" in shown(as_ada.get(f"{PAGE}?to=7"), 404)


def test_a_proposal_of_another_store_is_not_undone_here(as_ada, team, store):
    other = factories.a_store(team, "billing")
    factories.a_version(other, rules=START)
    elsewhere = applied(other, an_add("Dates are ISO 8601."))

    assert as_ada.get(f"{PAGE}?undo={elsewhere.name}").status_code == 404
    assert (
        as_ada.post(PAGE, {"undo": elsewhere.name, "reason": "No."}).status_code == 404
    )


def test_a_viewer_may_look_and_ask_and_to_another_team_it_is_not_there(
    as_vera, as_eve, store, dates
):
    for query in ({"undo": dates.name}, {"to": "1"}):
        page = shown(as_vera.get(PAGE, query), 200)
        assert "What is undone" in page
        assert "Request rollback" in page
        assert '<button class="button button--danger' not in page
        assert as_eve.get(PAGE, query).status_code == 404
        form = {**query, "reason": "No.", "bound": "x"}
        assert as_vera.post(PAGE, form).status_code == 403
        for extra in ({}, {"ask": "1"}):
            assert as_eve.post(PAGE, {**form, **extra}).status_code == 404

    assert state(dates) == "applied"
    assert Version.objects.filter(store=store).count() == 2


@pytest.mark.parametrize("query", [{"undo": "P"}, {"to": "1"}])
@pytest.mark.parametrize("bound", [{}, {"bound": ""}, {"bound": "0" * 64}])
def test_what_nobody_previewed_is_not_done(as_ada, store, dates, query, bound):
    asked = {
        name: dates.name if value == "P" else value for name, value in query.items()
    }

    page = shown(as_ada.post(PAGE, {**asked, **bound, "reason": "No."}), 409)

    assert Version.objects.filter(store=store).count() == 2
    assert form_of(page)["reason"] == ["No."]
    assert as_ada.post(PAGE, form_of(page)).status_code == 303


def test_it_says_what_brings_an_undone_proposal_back(as_ada, store, dates):
    page = previewed(as_ada, f"undo={dates.name}")

    assert (
        "comes back only with 3 new independent groups of evidence (6 are known)"
        in page
    )

    for _ in range(2):
        mutes.place(dates, by=ADA, reason="No.")
    assert "stays quiet for good" in previewed(as_ada, f"undo={dates.name}")


def test_what_was_undone_names_the_version_that_did_it(as_ada, store, dates):
    rollbacks.undo(dates, by=BOB, reason="Bob was quicker.")

    page = shown(as_ada.get(f"{PAGE}?undo={dates.name}"), 409)

    assert 'Already undone by <a href="/history/support/3/">v3</a>' in page
