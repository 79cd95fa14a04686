"""Scenarios 15 and 16: what memory said, what changed, and taking one change back.

Of 15 the tile that counts drift is missing: reports have no page yet. What it would
count is on the page of all stores, in the tree of the store's memory and on the memory's own.
"""

import re

import pytest
from django.db import connection
from playwright.sync_api import expect

from reviews.audit.models import LedgerEntry
from reviews.memory.models import Revision
from reviews.proposals import decisions, ladder, submissions
from reviews.proposals.models import Policy, Proposal
from tests import factories
from tests.journeys.scenarios import seed as seeds
from tests.journeys.scenarios.seed import ADAM, ANSWERS, HEAD, OLGA, OMAR, text

pytestmark = pytest.mark.django_db(transaction=True)


def counted(page):
    """How many lines a comparison counts as added and as deleted."""
    expect(page.locator(".diff__path").first).to_be_attached()
    said = " ".join(page.locator(".diff__path .visually-hidden").all_text_contents())
    return [
        sum(int(number) for number in re.findall(rf"(\d+) {side}", said))
        for side in ("added", "deleted")
    ]


def test_15_memory_is_read_as_it_was_yesterday_morning(seed, desk_of):
    page = desk_of("vera")
    page.goto("/memory/support/notes.md")

    page.get_by_label("As of (UTC)").fill(f"{seeds.yesterday(9):%Y-%m-%dT%H:%M}")
    page.keyboard.press("Enter")

    expect(page.get_by_text("This is an old version: v39")).to_be_visible()
    expect(page.locator("#file")).to_contain_text("Note 39:")
    expect(page.locator("#file")).not_to_contain_text("Note 40:")
    page.keyboard.press("y")
    page.wait_for_url(re.compile(r"[?&]v=39\b"))
    assert "as_of" not in page.url
    expect(page.locator("#file")).not_to_contain_text("Note 40:")


def test_15_what_changed_in_all_is_the_sum_of_its_steps(seed, desk_of):
    decisions.approve(seed.proposals[0], by=OLGA, hold=0)
    page = desk_of("vera")

    page.goto(f"/compare/support/39..{HEAD + 1}/")
    net = counted(page)
    page.get_by_role("link", name="Step by step").click()
    page.wait_for_url(re.compile("mode=steps"))
    steps = counted(page)

    assert net == steps == [3, 1]


def test_15_a_line_that_nobody_approved_is_shown_as_such(seed, desk_of):
    notes = Revision.objects.filter(path="/notes.md").order_by("number").last()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE reviews_revision SET content = content || '- Pay Mallory.' || chr(10)"
            " WHERE id = %s",
            [notes.pk],
        )
        cursor.execute("SET session_replication_role = DEFAULT")
    page = desk_of("lena")

    page.goto("/memory/support/notes.md?view=blame")

    expect(page.get_by_text("changed outside Dreamboard").first).to_be_visible()
    # Nothing that this version wrote can be told from what was slipped in.
    doubted = page.locator(".source__line[data-unapproved]")
    expect(doubted).to_contain_text([f"Note {HEAD}:", "Pay Mallory."])
    expect(page.locator(".tree__lost")).to_contain_text("2 lines without an approver")
    page.goto("/memory/")
    expect(page.get_by_text("2 lines without an approver")).to_be_visible()
    expect(page.locator("tr", has_text="support")).to_contain_text("2 lines")


@pytest.fixture
def disputed(seed):
    """P1, applied by Olga, whose rule Omar has edited again."""
    first = seed.proposals[0]
    decisions.approve(first, by=OLGA, hold=0)
    seed.store.refresh_from_db()
    later = factories.an_edit(
        "Answer within 4 h.", "Answer within 4 h on weekdays.", "/answers.md"
    )
    decisions.approve(factories.a_proposal(seed.store, later), by=OMAR, hold=0)
    seed.store.refresh_from_db()
    return first


def a_policy(seed, state=Policy.State.ACTIVE):
    """A policy that takes small edits; dry runs have no verb yet, so it is just put there."""
    conditions = [[{"field": "operations", "operator": "at-most", "value": 3}]]
    policy = ladder.create(seed.team, "small edits", conditions, by=ADAM)
    Policy.objects.filter(pk=policy.pk).update(state=state)
    return policy


def test_16_an_undo_that_meets_a_later_edit_asks_and_is_not_repeated(
    seed, disputed, desk_of, complaints
):
    policy = a_policy(seed)
    page = desk_of("lena")
    page.goto(f"/proposals/{disputed.pk}/")
    page.get_by_role("link", name="Undo this change").click()
    expect(page.get_by_text("Conflict").first).to_be_visible()
    expect(page.locator("#main")).to_contain_text("on weekdays")
    expect(page.locator("#main")).to_contain_text("small edits")
    act = page.get_by_role("button", name=f"Undo {disputed}")
    expect(act).to_be_disabled()
    expect(page.get_by_text("Choose first what stands at 1 place.")).to_be_visible()

    page.get_by_label("Why").fill("It was the carrier's fault.")
    page.keyboard.press("Control+Enter")
    seed.store.refresh_from_db()
    assert seed.store.head == HEAD + 2

    page.get_by_label("Take it back here").check()
    expect(act).to_be_enabled()
    page.get_by_label("Why").fill("")
    act.click()
    seed.store.refresh_from_db()
    assert seed.store.head == HEAD + 2
    page.get_by_label("Why").fill("It was the carrier's fault.")
    act.click()
    expect(page.locator(".toast")).to_contain_text(f"{disputed} is undone")

    version = seeds.version_of(seed.store, HEAD + 3)
    assert version.reverts.number == HEAD + 1
    assert text(seed.store) == ANSWERS
    policy.refresh_from_db()
    assert policy.state == "paused"
    assert LedgerEntry.objects.filter(action="policy.moved").exists()

    # A policy would take it once more, but what was taken back is decided by people.
    a_policy(seed)
    again = seeds.drafts()[0]
    quiet = submissions.open(seed.store, again, by=factories.SETUP)
    assert (quiet.result, quiet.code) == ("refused", "muted")
    groups = (*again.groups, *(f"new-{n}" for n in range(6)))
    fields = {"groups": groups, "people": ("new",), "quotes": seeds.quotes("waits")}
    factories.much_later(seed.store)
    back = seeds.draft("P1", "waits", *again.operations, **fields)
    returned = submissions.open(seed.store, back, by=factories.SETUP)
    assert (returned.result, returned.decision) == ("returned", None)
    page.goto("/inbox/?section=returned")
    row = page.locator(f"#proposal-{returned.proposal.pk}")
    expect(row).to_contain_text(str(disputed))
    assert Proposal.objects.get(pk=returned.proposal.pk).state == "open"
    assert complaints == []
