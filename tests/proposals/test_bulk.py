"""Several at once: strict about what goes together, and each item stands for itself."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.models import LedgerEntry
from reviews.errors import Invalid
from reviews.proposals import bindings, bulk, decisions, threads
from reviews.proposals.models import Decision, Proposal, Turn
from reviews.proposals.requirements import ReasonMissing
from tests.factories import (
    ADA,
    BOB,
    a_deletion,
    a_proposal,
    a_store,
    a_version,
    an_add,
    an_edit,
    the_cast,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    store = a_store()
    a_version(store, rules="- Amounts are in euros.\n- Ask before deleting.\n")
    return store


def low(store, *operations):
    """A proposal of low risk, whatever it does."""
    proposal = a_proposal(store, *operations)
    Proposal.objects.filter(pk=proposal.pk).update(risk="low")
    proposal.refresh_from_db()
    return proposal


def seen(*proposals):
    return {one.pk: bindings.of(one).bound for one in proposals}


def approve(*proposals, **fields):
    plain = {"by": ADA, "reason": "Read them all.", "bound": seen(*proposals)}
    return bulk.approve(proposals, **(plain | fields))


def test_what_goes_together_is_approved_and_held_for_longer(store):
    first, second = low(store), low(store)

    result = approve(first, second)

    assert result.done == [first, second]
    assert result.refused == []
    for decision in Decision.objects.all():
        assert decision.reason == "Read them all."
        left = decision.applies_at - timezone.now()
        assert timedelta(seconds=25) < left <= timedelta(seconds=bulk.HOLD)


def test_what_does_not_fit_is_named_with_its_reason_and_the_rest_goes_on(store):
    plain, other = low(store), low(store)
    gone = low(store, a_deletion("Ask before deleting."))
    grave = a_proposal(store, an_add("Skip the review."))
    talked, settled = low(store), low(store)
    the_cast(store.team)
    threads.say(talked, by=BOB, text="Is it?")
    decisions.reject(settled, by=BOB, reason="No.")
    settled.refresh_from_db()

    result = approve(plain, gone, grave, talked, settled, other)

    assert result.done == [plain, other]
    reasons = dict(result.refused)
    assert "another kind of change (delete, not add)" in reasons[gone]
    assert "high risk" in reasons[grave]
    assert "1 open thread" in reasons[talked]
    assert "is rejected" in reasons[settled]
    assert Decision.objects.filter(state="held").count() == 2


def test_what_has_moved_since_it_was_shown_is_refused_alone(store):
    words = "Amounts are in euros."
    moved = low(store, an_edit(words, "Amounts are in EUR."))
    still = low(store, an_edit("Ask before deleting.", "Always ask first."))
    bound = seen(moved, still)
    mover = low(store, an_edit(words, "Amounts are in cents."))
    decisions.approve(mover, by=BOB, hold=0)
    for one in (moved, still):
        one.refresh_from_db()

    result = approve(moved, still, bound=bound)

    assert result.done == [still]
    assert [one for one, _ in result.refused] == [moved]


def test_nothing_is_approved_that_was_not_shown(store):
    proposal = low(store)

    result = approve(proposal, bound={})

    assert result.done == []
    assert "was not shown" in result.refused[0][1]


def test_more_than_twenty_or_none_or_no_reason_is_refused_as_a_whole(store):
    proposal = low(store)

    with pytest.raises(Invalid, match="At most 20"):
        bulk.approve([proposal] * 21, by=ADA, reason="All.", bound={})
    with pytest.raises(Invalid, match="Select at least one"):
        bulk.snooze([], by=ADA, until=None)
    with pytest.raises(ReasonMissing):
        approve(proposal, reason=" ")
    assert not Decision.objects.exists()


def test_the_same_form_sent_twice_is_answered_once(store):
    first, second = low(store), low(store)
    bound, form = seen(first, second), uuid.uuid4()

    approve(first, second, bound=bound, request=form)
    for one in (first, second):
        one.refresh_from_db()
    approve(first, second, bound=bound, request=form)

    assert Decision.objects.count() == 2


def test_each_item_has_its_line_and_all_lines_one_act(store):
    first, second = low(store), low(store)

    with ledger.one_act() as act:
        approve(first, second)

    lines = LedgerEntry.objects.filter(action="proposal.approved")
    assert [line.subject for line in lines.order_by("sequence")] == [
        f"proposal:{first.pk}",
        f"proposal:{second.pk}",
    ]
    assert {line.act for line in lines} == {act}


def test_rejecting_snoozing_assigning_and_merging_go_item_by_item(store):
    cast = the_cast(store.team)
    first, second, third, fourth, settled = (low(store) for _ in range(5))
    decisions.reject(settled, by=BOB, reason="No.")
    settled.refresh_from_db()
    tomorrow = timezone.now() + timedelta(days=1)

    assert bulk.assign([first, second], cast["bob"], by=ADA).done == [first, second]
    assert Turn.objects.filter(user=cast["bob"]).count() == 2
    assert bulk.snooze([first, settled], by=ADA, until=tomorrow).done == [first]
    assert bulk.merge([third], fourth, by=ADA).done == [third]
    rejected = bulk.reject([second, settled], by=ADA, reason="No.", ground="wrong")

    assert rejected.done == [second]
    assert "bob rejected" in rejected.refused[0][1]
    third.refresh_from_db()
    assert third.superseded_by == fourth
