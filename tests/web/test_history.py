"""History: what became of a store, one version at a time and between any two."""

import re

import pytest
from django.utils import timezone

from reviews.memory import versions
from reviews.memory.models import Revision, Version
from reviews.proposals import decisions, rollbacks
from reviews.traces import readings
from reviews.web.presenters import history as shapes
from tests.factories import (
    ADA,
    BOB,
    LIN,
    SETUP,
    a_proposal,
    a_quote,
    a_store,
    a_trace,
    a_version,
    an_add,
    an_agent,
)
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db

VERSION = "/history/support/2/"


@pytest.fixture
def store(team):
    return a_store(team, "support")


def text(response) -> str:
    return response.content.decode()


def approved(store, after="Amounts are in euros.", reason="Finance asked."):
    """A proposal that Ada approved, and that is applied."""
    proposal = a_proposal(store, an_add(after))
    decisions.approve(proposal, by=ADA, reason=reason, hold=0)
    return proposal


def numbers(response) -> list[int]:
    return [row.version.number for row in response.context["rows"]]


# The timeline


def test_a_version_says_who_why_what_and_how_many_read_it(as_vera, store):
    a_version(store, rules="- One.\n", tone="- Be brief.\n")
    proposal = approved(store)
    agent = an_agent(store.team)
    readings.record(agent, store, 2, run="a")
    readings.record(agent, store, 2, run="b")

    page = as_vera.get("/history/support/")
    row = page.context["rows"][0]

    assert numbers(page) == [2, 1]
    assert (row.version.by, row.version.reason) == ("person:ada", "Finance asked.")
    assert (row.memories, row.added, row.deleted) == (1, 1, 0)
    assert (row.agents, row.runs) == (1, 2)
    assert "1 agent, 2 runs" in text(page)
    assert f'href="/proposals/{proposal.pk}/"' in text(page)
    assert row.version.digest[:7] in text(page)


def test_an_undo_and_what_it_undid_lead_to_each_other(as_vera, store):
    a_version(store, rules="- One.\n")
    proposal = approved(store)
    rollbacks.undo(proposal, by=LIN, reason="Wrong after all.")

    page = text(as_vera.get("/history/support/"))

    assert 'takes back <a href="/history/support/2/">v2</a>' in page
    assert 'undone by <a href="/history/support/3/">v3</a>' in page


def test_a_restored_version_names_the_state_that_came_back(as_vera, store):
    a_version(store, rules="- One.\n")
    approved(store)
    rollbacks.restore(store, 1, by=LIN, reason="Back to the start.")

    page = text(as_vera.get("/history/support/"))

    assert 'the state of <a href="/history/support/1/">v1</a>' in page


def test_undo_is_offered_for_what_is_in_force_and_restore_for_what_is_past(
    as_ada, as_vera, store
):
    a_version(store, rules="- One.\n")
    proposal = approved(store)
    undo, restore = f"/rollback/support/?undo=P-{proposal.pk}", "?to=1"

    page, seen_by_vera = (
        text(client.get("/history/support/")) for client in (as_ada, as_vera)
    )
    assert undo in page
    assert restore in page
    assert "?to=2" not in page
    assert "Roll back to here" not in seen_by_vera
    assert "Ask to undo this…" in seen_by_vera

    rollbacks.undo(proposal, by=LIN, reason="Wrong after all.")
    assert undo not in text(as_ada.get("/history/support/"))


def test_a_version_without_a_decision_is_marked(as_vera, store):
    a_version(store, rules="- One.\n")
    versions.commit(store, {"/rules.md": "- Two.\n"}, by=SETUP, reason="")

    page = text(as_vera.get("/history/support/"))

    assert page.count("No approver") == 1
    assert "No reason was given." in page


def test_all_stores_stand_in_one_timeline(as_vera, store, team):
    a_version(store, rules="- One.\n")
    a_version(a_store(team, "billing"), rules="- Two.\n")

    page = text(as_vera.get("/history/"))

    assert page.index('href="/history/billing/1/"') < page.index(
        'href="/history/support/1/"'
    )


def test_a_long_history_is_paged_without_losing_or_repeating_versions(as_vera, store):
    for number in range(120):
        versions.commit(store, {"/a.md": f"- {number}\n"}, by=ADA, reason="Next.")

    seen, after = [], ""
    while True:
        page = as_vera.get("/history/support/", {"after": after})
        seen += numbers(page)
        after = page.context["page"].older
        if not after:
            break

    assert seen == list(range(120, 0, -1))


@pytest.mark.parametrize("after", ["x", "-1", "9" * 40, "1~2", "~"])
def test_a_cursor_that_makes_no_sense_is_the_first_page(as_vera, store, after):
    a_version(store, rules="- One.\n")

    page = as_vera.get("/history/support/", {"after": after})

    assert page.status_code == 200
    assert numbers(page) == [1]


def test_htmx_gets_only_the_versions(as_vera, store):
    page = text(htmx(as_vera.get, "/history/support/"))

    assert page.lstrip().startswith('<div id="versions"')
    assert "No versions yet" in page


@pytest.mark.parametrize("url", ["/history/support/", "/history/"])
def test_a_timeline_asks_no_more_for_more_versions(flat_queries, store, url):
    number = iter(range(100))
    agent = an_agent(store.team)

    def a_round():
        n = next(number)
        proposal = approved(store, f"Rule {n} is about thing {n * 7}.")
        readings.record(agent, store, store.head, run=f"run-{n}")
        if n % 2:
            rollbacks.undo(proposal, by=LIN, reason="Wrong after all.")

    flat_queries(url, add_row=a_round)


# One version


def test_a_version_shows_its_diff_decision_evidence_and_readers(as_vera, store):
    a_version(store, rules="- One.\n")
    agent = an_agent(store.team, "desk")
    trace = a_trace(agent, "Amounts in euros, please.", name="run-7")
    proposal = a_proposal(
        store,
        an_add("Amounts are in euros."),
        quotes=(a_quote(trace, "Amounts in euros"),),
    )
    decisions.approve(proposal, by=ADA, reason="Finance asked.", hold=0)
    readings.record(agent, store, 2, run="run-7")

    page = text(as_vera.get(VERSION))

    assert 'class="hunk__line hunk__line--added"' in page
    assert "/rules.md" in page
    assert "Finance asked." in page
    assert "Amounts in euros" in page
    assert f"/traces/{trace.pk}/at/0/" in page
    assert f'<a href="/traces/{trace.pk}/">run-7</a>' in page
    assert "1 agent, 1 run" in page


def test_an_undo_shows_no_evidence_for_what_it_took_back(as_vera, store):
    a_version(store, rules="- One.\n")
    proposal = approved(store)
    rollbacks.undo(proposal, by=LIN, reason="Wrong after all.")

    page = text(as_vera.get("/history/support/3/"))

    assert "rolled back by" in page
    assert "<h2>Evidence</h2>" not in page
    assert "hunk__line--deleted" in page


def test_words_that_a_person_changed_are_said_to_be_edited(as_vera, store):
    a_version(store, rules="- One.\n")
    proposal = a_proposal(store, an_add("Amounts are in euros."))
    decisions.edit_and_approve(
        proposal, texts={0: "Amounts are in cents."}, by=BOB, reason="", hold=0
    )

    assert "Edited &amp; applied" in text(as_vera.get(VERSION))


def test_a_renamed_memory_says_where_it_was(as_vera, store):
    a_version(store, rules="- One.\n")
    versions.commit(
        store, {}, by=ADA, reason="Moved.", renames={"/rules.md": "/desk.md"}
    )

    page = text(as_vera.get(VERSION))

    assert "/desk.md" in page
    assert '<span class="mono">/rules.md</span>' in page


def test_a_redacted_text_is_not_shown_as_a_diff(as_vera, store):
    a_version(store, rules="- Ada's number is 555.\n")
    Revision.objects.update(
        content=None, redacted_at=timezone.now(), redacted_by="person:max"
    )

    page = text(as_vera.get("/history/support/1/"))

    assert "words were redacted" in page
    assert "555" not in page


def test_what_is_too_long_for_the_page_is_shown_alone(as_vera, store):
    long = "".join(f"- Rule {n} of many.\n" for n in range(shapes.LINES + 1))
    a_version(store, long=long, short="- One.\n")

    page = text(as_vera.get("/history/support/1/"))
    alone = text(as_vera.get("/history/support/1/?path=/long.md"))

    assert "Rule 7 of many" not in page
    assert '?path=%2Flong.md">Show it alone</a>' in page
    assert "- One." in page
    assert "Rule 7 of many" in alone


def test_a_version_of_very_many_memories_lists_some_and_counts_the_others(
    as_vera, store, monkeypatch
):
    monkeypatch.setattr(shapes, "MEMORIES", 3)
    a_version(store, **{f"memory{n}": "- One.\n" for n in range(5)})

    page = text(as_vera.get("/history/support/1/"))
    assert "2 more memories are not listed" in page


def test_a_version_asks_no_more_for_more_memories_and_readers(flat_queries, store):
    a_version(store, rules="- One.\n")
    versions.commit(
        store, {f"/m{n}.md": f"- {n}\n" for n in range(12)}, by=ADA, reason="All."
    )

    def a_reading():
        readings.record(an_agent(store.team), store, 2, run="a")

    flat_queries(VERSION, add_row=a_reading, most=12)


def test_what_is_behind_a_decided_version_is_asked_in_a_dozen_questions(
    flat_queries, as_vera, store
):
    agent = an_agent(store.team, "billing")
    told = [a_trace(agent, "In euros.", name=f"r{n}") for n in range(6)]
    against = a_quote(told[5], "In euros.", stance="against")
    quotes = (*(a_quote(trace, "In euros.") for trace in told[:5]), against)
    a_version(store, rules="- One.\n")
    decided = a_proposal(store, an_add("Amounts are in euros."), quotes=quotes)
    decisions.approve(decided, by=ADA, reason="Finance asked.", hold=0)
    rollbacks.undo(decided, by=LIN, reason="Wrong after all.")

    page = as_vera.get(VERSION)
    assert len(page.context["quotes"]) == 4
    assert "5 for, 1 against" in text(page)
    assert re.search(r"undone by</dt><dd><a [^>]+>v3<", text(page))

    def a_reading():
        readings.record(an_agent(store.team), store, 2, run="a")

    flat_queries(VERSION, add_row=a_reading, most=12)


# Two versions


def test_net_forgets_detours_and_steps_show_them(as_vera, store):
    a_version(store, rules="- One.\n")
    a_version(store, rules="- One.\n- Detour.\n")
    a_version(store, rules="- One.\n- Two.\n")

    net = text(as_vera.get("/compare/support/1..3/"))
    steps = text(as_vera.get("/compare/support/1..3/?mode=steps"))

    assert "Two." in net
    assert "Detour" not in net
    assert "Detour" in steps
    assert steps.index('<a href="/history/support/3/">v3</a>') < steps.index(
        '<a href="/history/support/2/">v2</a>'
    )


def test_a_comparison_names_the_versions_proposals_and_authors_between(as_vera, store):
    a_version(store, rules="- One.\n")
    proposal = approved(store)
    rollbacks.undo(proposal, by=LIN, reason="Wrong after all.")

    page = as_vera.get("/compare/support/1..3/")

    assert page.context["authors"] == [("person:ada", 1), ("person:lin", 1)]
    assert numbers(page) == [3, 2]
    assert f'href="/proposals/{proposal.pk}/"' in text(page)
    assert "No text differs." in text(page)


def test_from_the_empty_store_everything_is_new(as_vera, store):
    a_version(store, rules="- One.\n")

    assert "hunk__line--added" in text(as_vera.get("/compare/support/0..1/"))


def test_versions_chosen_on_the_timeline_are_compared_in_order(as_vera, store):
    a_version(store, rules="- One.\n")
    a_version(store, rules="- Two.\n")

    assert as_vera.get("/compare/support/?a=2&b=1").url == "/compare/support/1..2/"
    assert as_vera.get("/compare/support/2..1/").url == "/compare/support/1..2/"


def test_a_version_compared_with_itself_has_no_difference(as_vera, store):
    a_version(store, rules="- One.\n")

    page = text(as_vera.get("/compare/support/1..1/"))

    assert "One and the same version." in page
    assert "No text differs." in page


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/history/support/99/", 404, "support has no version 99; it is at v1"),
        (f"/history/support/{'9' * 30}/", 404, "has no version"),
        ("/history/support/0/", 404, "There is no such page"),
        ("/compare/support/1..99/", 404, "support has no version 99"),
        (f"/compare/support/1..{'9' * 30}/", 404, "has no version"),
        ("/compare/support/?a=1", 422, "Choose two versions"),
        ("/compare/support/?a=one&b=2", 422, "Choose two versions"),
        ("/compare/support/", 422, "Choose two versions"),
        ("/history/support/1/?path=/nowhere.md", 200, "No text differs."),
        ("/compare/support/0..1/?path=/nowhere.md", 200, "No text differs."),
        ("/compare/support/0..1/?mode=sideways", 200, "What differs in the end"),
    ],
)
def test_wrong_input_gets_a_clear_message(as_vera, store, address, status, words):
    a_version(store, rules="- One.\n")

    answer = as_vera.get(address)

    assert answer.status_code == status
    assert words in text(answer)


@pytest.mark.parametrize("mode", ["net", "steps"])
def test_a_comparison_asks_no_more_for_more_versions(flat_queries, store, mode):
    a_version(store, rules="- One.\n")
    number = iter(range(100))

    def a_step():
        approved(store, f"Rule {(n := next(number))} is about thing {n * 7}.")
        a_version(store, **{f"m{n}": "- One.\n"})
        # The far end of the page's address moves along with the head.
        Address.head = store.head

    class Address(str):
        head = 1

        def __str__(self):
            return f"/compare/support/1..{Address.head}/?mode={mode}"

    flat_queries(Address(), add_row=a_step, most=16)


@pytest.mark.parametrize(
    "address",
    [
        "/history/support/",
        "/history/support/1/",
        "/compare/support/0..1/",
        "/compare/support/?a=0&b=1",
    ],
)
def test_another_team_s_history_is_nowhere(as_eve, store, address):
    a_version(store, rules="- One.\n")

    assert as_eve.get(address).status_code == 404
    assert "/history/support/" not in text(as_eve.get("/history/"))


def test_a_viewer_reads_history_without_a_single_verb(as_vera, store):
    a_version(store, rules="- One.\n")
    approved(store)

    for address in ("/history/support/", VERSION, "/compare/support/1..2/"):
        page = text(as_vera.get(address))
        assert "Roll back" not in page
        assert "Undo this" not in page
        main = page[page.index('id="main"') : page.index("<footer")]
        assert not re.search(r'method="post"', main)


def test_an_import_is_called_one(as_vera, store):
    a_version(store, rules="- One.\n")

    assert Version.objects.get().kind == "import"
    assert "Imported" in text(as_vera.get("/history/support/1/"))
