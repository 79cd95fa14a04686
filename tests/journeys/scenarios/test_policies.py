"""Scenarios 17 and 18: policies in shadow, and the switch that stops them.

Policies have verbs and no pages yet, so Adam acts through the verbs and everybody else at
the pages that there are. What needs a page of policies is not played: building the
conditions, the simulation's table and the lists behind its cells, the warning for small
numbers, flipping and lifting by hand, and that only an admin may.
"""

import pytest
from playwright.sync_api import expect

from reviews.audit.models import LedgerEntry
from reviews.errors import Invalid
from reviews.proposals import ladder, submissions
from reviews.proposals.models import Policy, Verdict
from tests import factories
from tests.journeys.scenarios import seed as seeds
from tests.journeys.scenarios.people import left
from tests.journeys.scenarios.seed import ADAM

pytestmark = pytest.mark.django_db(transaction=True)

# "Edit, at most 3 operations, at least 2 agents, no flags."
CONDITIONS = [
    [
        {"field": "changes", "operator": "is", "value": "edit"},
        {"field": "operations", "operator": "at-most", "value": 3},
        {"field": "agents", "operator": "at-least", "value": 2},
        {"field": "risk", "operator": "is", "value": "low"},
    ]
]


@pytest.fixture
def policy(seed):
    return ladder.create(seed.team, "typing errors", CONDITIONS, by=ADAM)


def a_small_edit(seed):
    """A new proposal that the policy is about."""
    edit = factories.an_edit(
        "Write short sentences.", "Write short, kind sentences.", "/answers.md"
    )
    draft = seeds.draft("small", "waits", edit)
    return submissions.open(seed.store, draft, by=factories.SETUP)


def test_17_a_policy_decides_nothing_without_shadow_and_hides_its_verdict_there(
    seed, policy, desk_of
):
    with pytest.raises(ladder.NoDryRun):
        ladder.move(policy, Policy.State.ACTIVE, by=ADAM, reason="I am in a hurry.")
    ladder.move(policy, Policy.State.SHADOW, by=ADAM, reason="To see what it would do.")
    submission = a_small_edit(seed)
    proposal = submission.proposal
    verdict = Verdict.objects.get(proposal=proposal)
    assert (verdict.approves, verdict.shadow) == (True, True)
    assert submission.decision is None
    page = desk_of("olga")

    page.goto(f"/proposals/{proposal.pk}/")
    expect(page.locator("#main")).not_to_contain_text("would have approved")
    page.keyboard.press("a")
    left(page, proposal)
    page.goto(f"/proposals/{proposal.pk}/")

    expect(page.locator("#main")).to_contain_text("would have approved")


def test_18_the_kill_switch_is_faster_than_a_policy_and_everybody_sees_it(
    seed, policy, desk_of
):
    # Dry runs have no verb yet, so the policy is just put in force.
    Policy.objects.filter(pk=policy.pk).update(state=Policy.State.ACTIVE)
    ladder.flip(seed.team, on=True, by=ADAM, reason="Mallory writes to us.")
    submission = a_small_edit(seed)

    assert submission.decision is None
    assert submission.proposal.state == "open"
    assert Verdict.objects.get(proposal=submission.proposal).bars == ["kill-switch"]
    for name in ("olga", "vera", "lena"):
        page = desk_of(name)
        for address in ("/inbox/", "/traces/", "/memory/support/", "/audit/"):
            page.goto(address)
            banner = page.get_by_text("The kill switch is on")
            expect(banner).to_be_visible()
            expect(page.locator(".banner")).to_contain_text("Mallory writes to us.")

    with pytest.raises(Invalid):
        ladder.flip(seed.team, on=False, by=ADAM, reason=" ")
    ladder.flip(seed.team, on=False, by=ADAM, reason="She is gone.")
    page.reload()
    expect(page.get_by_text("The kill switch is on")).to_have_count(0)
    flips = LedgerEntry.objects.filter(action="kill-switch.flipped")
    assert flips.count() == 2
    page.goto("/audit/?action=kill-switch")
    expect(page.locator("#entries tbody tr")).to_have_count(2)
