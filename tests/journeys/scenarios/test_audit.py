"""Scenario 19: the ledger is searched and verified, and a viewer decides nothing.

The issue of the review desk does not ask for the export of the ledger as a file, which
has no page yet.
"""

import pytest
from django.db import connection
from playwright.sync_api import expect

from reviews.audit.models import LedgerEntry
from reviews.proposals import decisions
from tests.journeys.scenarios.seed import OLGA

pytestmark = pytest.mark.django_db(transaction=True)


def test_19_a_lead_finds_what_olga_did_and_any_change_of_the_ledger_is_found(
    seed, desk_of, complaints
):
    decisions.approve(seed.proposals[0], by=OLGA, hold=0)
    decisions.reject(seed.proposals[3], by=OLGA, reason="The other one is enough.")
    mine = LedgerEntry.objects.filter(actor=str(OLGA))
    page = desk_of("lena")

    page.goto("/audit/?actor=olga")
    expect(page.locator("#entries tbody tr")).to_have_count(mine.count())
    expect(page.locator("#entries")).to_contain_text("The other one is enough.")
    page.get_by_role("button", name="Verify").click()
    expect(page.locator("#report")).to_contain_text("unbroken")

    broken = mine.get(action="proposal.rejected")
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE reviews_ledgerentry SET content = replace(content, 'other', 'new')"
            " WHERE id = %s",
            [broken.pk],
        )
        cursor.execute("SET session_replication_role = DEFAULT")
    page.get_by_role("button", name="Verify").click()

    found = f"breaks at entry {broken.sequence}"
    expect(page.locator("#report")).to_contain_text(found)
    assert complaints == []


def test_19_a_viewer_sees_no_verbs_and_is_refused_by_hand(seed, desk_of):
    first = seed.proposals[0]
    page = desk_of("vera")

    page.goto(f"/proposals/{first.pk}/")
    expect(page.get_by_role("heading", name="Evidence").first).to_be_visible()
    for verb in ("Approve", "Edit", "Request changes", "Reject", "Snooze"):
        expect(page.get_by_role("button", name=verb)).to_have_count(0)
        expect(page.get_by_role("link", name=verb)).to_have_count(0)
    token = page.evaluate("JSON.parse(document.body.getAttribute('hx-headers'))")
    answer = page.request.post(
        f"/proposals/{first.pk}/approve/", form={"reason": "Mine."}, headers=token
    )

    assert answer.status == 403
    first.refresh_from_db()
    assert first.state == "open"
