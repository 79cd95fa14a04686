"""The ledger's page: filtered, paged by position, verified, closed to other teams."""

import pytest
from django.db import connection

from reviews.audit import ledger
from reviews.audit.models import LedgerEntry
from reviews.teams import agents
from tests import factories
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return response.content.decode()


def test_an_act_is_read_as_a_sentence(as_lin, team):
    factories.an_agent(team, "refund-bot")

    page = text(as_lin.get("/audit/"))

    assert "created the agent" in page
    assert "refund-bot" in page


def test_another_team_s_entries_are_neither_listed_nor_opened(as_eve, team):
    factories.an_agent(team, "refund-bot")
    entry = LedgerEntry.objects.filter(action="agent.created").get()

    assert "refund-bot" not in text(as_eve.get("/audit/"))
    assert as_eve.get(f"/audit/{entry.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?actor=ada", True),
        ("?actor=person:ada", True),
        ("?actor=lin", False),
        ("?action=proposal.", False),
        ("?action=agent.", True),
        ("?q=refund-b", True),
        ("?q=REFUND-BOT", True),
        ("?q=nothing+like+it", False),
        ("?from=2020-01-01", True),
        ("?to=2020-01-01", False),
        ("?from=not-a-day", True),
    ],
)
def test_entries_are_filtered_by_text_actor_act_and_day(as_lin, team, query, found):
    agents.create(team, "refund-bot", by=factories.ADA)

    page = text(as_lin.get(f"/audit/{query}"))

    assert ("<b>refund-bot</b>" in page) is found


def test_a_filter_that_finds_nothing_offers_to_show_all(as_lin):
    page = text(as_lin.get("/audit/?q=nothing+like+it"))

    assert "No entry matches" in page


def test_until_the_last_day_of_all_is_all(as_lin):
    assert as_lin.get("/audit/?to=9999-12-31").context["page"].rows


def test_a_long_ledger_is_paged_without_losing_or_repeating_entries(as_lin, team):
    with ledger.one_act():
        for _ in range(130):
            ledger.record(factories.ADA, "ledger.verified", team, team=team)
    total = LedgerEntry.objects.filter(chain=ledger.chain_of(team)).count()

    seen, after = [], ""
    while True:
        page = as_lin.get("/audit/", {"after": after}).context["page"]
        seen += [entry.sequence for entry in page.rows]
        if not page.older:
            break
        after = page.older

    assert seen == list(range(total, 0, -1))


@pytest.mark.parametrize("after", ["x", "-1", "9" * 40, "1~2", "~"])
def test_a_cursor_that_makes_no_sense_is_the_first_page(as_lin, after):
    page = as_lin.get("/audit/", {"after": after})

    assert page.status_code == 200
    assert page.context["page"].after == ""


def test_htmx_gets_only_the_list(as_lin):
    page = text(htmx(as_lin.get, "/audit/"))

    assert page.lstrip().startswith('<div id="entries"')


def test_an_entry_shows_its_link_and_what_the_same_act_did(as_lin, team):
    with ledger.one_act():
        ledger.record(factories.ADA, "store.changed", team, team=team, rows=3)
        ledger.record(factories.ADA, "ledger.verified", team, team=team)
    entry = LedgerEntry.objects.get(action="store.changed")

    page = text(as_lin.get(f"/audit/{entry.pk}/"))

    assert entry.hash in page
    assert "verified the ledger of" in page


def test_the_paths_of_an_entry_are_told_as_people_tell_them(as_lin, team):
    store = factories.a_store(team, "support")
    factories.a_version(store, rules="- Be kind.\n", tone="- Short words.\n")
    entry = LedgerEntry.objects.get(action="memory.committed")

    assert "/rules.md, /tone.md" in text(as_lin.get(f"/audit/{entry.pk}/"))


def test_a_redacted_entry_shows_its_skeleton(as_lin, team):
    entry = factories.an_agent(team, "secret") and LedgerEntry.objects.get(
        action="agent.created"
    )
    LedgerEntry.objects.filter(pk=entry.pk).update(
        content=None,
        salt=None,
        redacted_at="2026-01-01T00:00Z",
        redacted_by="person:max",
    )

    page = text(as_lin.get(f"/audit/{entry.pk}/"))

    assert "was redacted" in page
    assert "secret" not in page


def test_verifying_says_that_the_chain_is_unbroken_and_is_recorded(as_lin, team):
    page = text(htmx(as_lin.post, "/audit/verify/"))

    assert "unbroken" in page
    assert LedgerEntry.objects.get(action="ledger.verified").actor == "person:lin"


def test_verifying_names_the_entry_that_somebody_changed(as_lin, team):
    factories.an_agent(team, "refund-bot")
    entry = LedgerEntry.objects.get(action="agent.created")
    with connection.cursor() as cursor:
        # Whoever may switch triggers off can change a row; the chain tells.
        cursor.execute("ALTER TABLE reviews_ledgerentry DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE reviews_ledgerentry SET actor = 'person:mallory' WHERE id = %s",
            [entry.pk],
        )
        cursor.execute("ALTER TABLE reviews_ledgerentry ENABLE TRIGGER USER")

    page = text(as_lin.post("/audit/verify/"))

    assert f"breaks at entry {entry.sequence}" in page
    assert "person:mallory" in page


def test_the_ledger_asks_no_more_for_more_entries(flat_queries, team):
    flat_queries(
        "/audit/",
        lambda: ledger.record(factories.ADA, "ledger.verified", team, team=team),
    )
