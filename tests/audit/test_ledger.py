"""The ledger: every act is a link in a chain that shows where it was touched."""

import json
import threading

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviews.audit import ledger, verification
from reviews.audit.models import LedgerEntry, LedgerHead
from reviews.teams.models import Team
from tests.factories import ADA, a_team

pytestmark = pytest.mark.django_db


def entries_of(team: Team) -> list[LedgerEntry]:
    return list(
        LedgerEntry.objects.filter(chain=f"team:{team.pk}").order_by("sequence")
    )


def tamper(sql: str, *params: object) -> None:
    """What an administrator of the database could do, and the trigger forbids to us."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE reviews_ledgerentry DISABLE TRIGGER append_only")
        cursor.execute(sql, params)
        cursor.execute("ALTER TABLE reviews_ledgerentry ENABLE TRIGGER append_only")


def three_entries() -> Team:
    team = a_team()
    ledger.record(ADA, "store.created", team, team=team)
    ledger.record(ADA, "store.changed", team, team=team, reason="longer hold", hold=60)
    return team


def test_an_entry_says_who_did_what_to_what_and_why():
    team = a_team()

    entry = ledger.record(
        ADA, "store.changed", team, team=team, reason="longer hold", hold=60
    )

    assert (entry.actor, entry.action) == ("person:ada", "store.changed")
    assert entry.subject == f"team:{team.pk}"
    content = ledger.content_of(entry)
    assert content == {
        "label": team.name,
        "reason": "longer hold",
        "facts": {"hold": 60},
    }


def test_a_word_without_a_label_is_refused():
    team = a_team()

    with pytest.raises(ValueError, match="unnamed action"):
        ledger.record(ADA, "store.painted", team, team=team)


def test_teams_have_chains_of_their_own():
    ours, theirs = three_entries(), three_entries()

    assert [entry.sequence for entry in entries_of(ours)] == [1, 2, 3]
    assert [entry.sequence for entry in entries_of(theirs)] == [1, 2, 3]


def test_an_untouched_chain_is_unbroken():
    team = three_entries()

    report = verification.verify(f"team:{team.pk}")

    assert report.unbroken
    assert report.entries == 3
    assert report.head == LedgerHead.objects.get(chain=f"team:{team.pk}").hash


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        (
            "UPDATE reviews_ledgerentry SET actor = 'person:eve' WHERE id = %s",
            "who, when or what",
        ),
        (
            "UPDATE reviews_ledgerentry SET at = at - interval '1 day' WHERE id = %s",
            "who, when or what",
        ),
        (
            "UPDATE reviews_ledgerentry SET content = '{}' WHERE id = %s",
            "content was changed",
        ),
        (
            "UPDATE reviews_ledgerentry SET content = NULL WHERE id = %s",
            "without a redaction",
        ),
        ("DELETE FROM reviews_ledgerentry WHERE id = %s", "missing"),
    ],
)
def test_tampering_is_found_where_it_happened(sql, problem):
    team = three_entries()
    second = entries_of(team)[1]

    tamper(sql, second.pk)

    report = verification.verify(f"team:{team.pk}")
    assert not report.unbroken
    assert problem in report.problem
    assert report.broken_at in (second.sequence, second.sequence + 1)


def test_a_tail_that_was_cut_off_is_missed():
    team = three_entries()

    tamper("DELETE FROM reviews_ledgerentry WHERE id = %s", entries_of(team)[2].pk)

    report = verification.verify(f"team:{team.pk}")
    assert "should have 3 entries but ends after 2" in report.problem


def test_redaction_empties_the_content_and_leaves_the_chain_whole():
    team = three_entries()
    entry = entries_of(team)[1]

    LedgerEntry.objects.filter(pk=entry.pk).update(
        content=None, salt=None, redacted_at=timezone.now(), redacted_by="person:max"
    )

    assert verification.verify(f"team:{team.pk}").unbroken
    assert "longer hold" not in json.dumps(
        list(
            LedgerEntry.objects.filter(pk=entry.pk).values("content", "salt", "digest")
        )
    )


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE reviews_ledgerentry SET actor = 'person:eve'",
        "UPDATE reviews_ledgerentry SET content = '{}'",
        "UPDATE reviews_ledgerentry SET content = NULL",
        "DELETE FROM reviews_ledgerentry",
    ],
)
def test_the_database_itself_refuses_to_rewrite_history(sql):
    three_entries()

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_one_act_groups_what_it_recorded():
    team = a_team()

    with ledger.one_act() as act:
        first = ledger.record(ADA, "store.created", team, team=team)
        second = ledger.record(ADA, "store.changed", team, team=team)
    third = ledger.record(ADA, "store.changed", team, team=team)

    assert first.act == second.act == act
    assert third.act != act


@pytest.mark.django_db(transaction=True)
def test_many_writers_make_one_chain_without_gaps():
    team = a_team()

    def write():
        try:
            for _ in range(5):
                ledger.record(ADA, "store.changed", team, team=team)
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    report = verification.verify(f"team:{team.pk}")
    assert report.unbroken, report.problem
    assert report.entries == 31


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    reasons=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
        max_size=6,
    ),
    numbers=st.dictionaries(
        st.text("abc", min_size=1),
        st.integers() | st.floats(allow_nan=False),
        max_size=3,
    ),
)
def test_whatever_is_recorded_verifies(db, reasons, numbers):
    team = a_team()

    for reason in reasons:
        ledger.record(
            ADA, "store.changed", team, team=team, reason=reason, facts=numbers
        )

    report = verification.verify(f"team:{team.pk}")
    assert report.unbroken, report.problem
    assert report.entries == len(reasons) + 1
