"""Differences go through the desk itself: proposed, approved in any order, and nothing is lost."""

import random
from itertools import pairwise

import pytest

from reviews.audit.actors import Actor
from reviews.dreams import differences
from reviews.memory import revisions, versions
from reviews.memory.models import Store
from reviews.proposals import bindings, decisions, submissions
from reviews.proposals.models import Proposal
from tests.dreams.test_differences import BILLING
from tests.factories import ADA, a_store, a_version
from tests.memory import histories

pytestmark = pytest.mark.django_db
PATH = "/rules.md"


def decide_all(old, new, chance):
    """Propose what led from one text to another, and approve it piece by piece."""
    store = a_store(hold_seconds=0, deletion_limit=500)
    a_version(store, rules=old)
    difference = differences.between(
        revisions.authored_head(store), {PATH: old}, {PATH: new}, source="A script"
    )
    opened = []
    for draft in difference.drafts:
        submission = submissions.open(store, draft, by=Actor.system("hosted"))
        assert submission.proposal, (draft.title, submission.reason)
        opened.append(submission.proposal)
    chance.shuffle(opened)
    for proposal in opened:
        proposal = Proposal.objects.get(pk=proposal.pk)
        # As the page does: what was merged in has been looked at.
        bound = bindings.of(proposal).bound
        decisions.approve(proposal, by=ADA, reason="Read.", hold=0, bound=bound)
        proposal.refresh_from_db()
        assert proposal.state == "applied", (proposal.title, proposal.attention)
    return len(opened), versions.head_texts(Store.objects.get(pk=store.pk))


@pytest.mark.parametrize("seed", range(4))
def test_all_approvals_in_any_order_give_the_new_state(seed):
    after = (
        BILLING.replace("14 days", "30 days")
        .replace("- Keep a copy of every invoice.\n", "")
        .replace("- Never", "- Name the card that was charged.\n- Be quick.\n- Never")
        .replace(
            "## Invoices\n", "## Cards\n\n- Ask for the last digits.\n\n## Invoices\n"
        )
    )

    count, texts = decide_all(BILLING, after, random.Random(seed))

    assert count == 5
    assert texts == {PATH: after}


@histories.NEEDED[0]
@histories.NEEDED[1]
@pytest.mark.parametrize("file", histories.HISTORIES, ids=histories.name)
def test_what_people_really_changed_goes_through_the_desk(file):
    states = [text for text in histories.contents(file) if text.strip()]
    pairs = [(a, b) for a, b in pairwise(states) if a != b and len(a) < 20_000]
    for old, new in pairs[1:2]:
        _, texts = decide_all(old, new, random.Random(len(old)))
        assert texts == {PATH: new}
