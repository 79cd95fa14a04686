"""What was applied can be taken back: one change, or everything since a version."""

import pytest

from reviews.audit import ledger, verification
from reviews.memory import versions
from reviews.memory.models import Version
from reviews.proposals import decisions, mutes, previews, rollbacks
from reviews.proposals.models import Decision, Mute, Proposal
from tests.factories import (
    ADA,
    BOB,
    a_proposal,
    a_store,
    a_version,
    an_add,
    an_edit,
)

pytestmark = pytest.mark.django_db
START = "# Rules\n\n- Amounts are in euros.\n- Ask before deleting.\n"
State = Proposal.State


@pytest.fixture
def store():
    store = a_store()
    a_version(store, rules=START)
    return store


def applied(store, *operations, **fields):
    proposal = a_proposal(store, *operations, **fields)
    decisions.approve(proposal, by=ADA, hold=0)
    store.refresh_from_db()
    return proposal


def rules(store):
    return versions.head_texts(store)["/rules.md"]


def test_undoing_one_change_keeps_the_later_ones(store):
    first = applied(store, an_add("Dates are ISO 8601."))
    applied(store, an_edit("Amounts are in euros.", "Amounts are in EUR."))

    decision = rollbacks.undo(first, by=BOB, reason="Dates were fine.")

    assert rules(store) == START.replace("euros", "EUR")
    assert first.state == State.ROLLED_BACK
    assert decision.version.kind == Version.Kind.UNDO
    assert decision.version.reverts.number == 2
    assert verification.verify(ledger.chain_of(store.team)).unbroken


def test_what_is_undone_is_muted_and_the_ledger_says_who_and_why(store):
    proposal = applied(store)

    rollbacks.undo(proposal, by=BOB, reason="It made things worse.")

    mute = Mute.objects.get()
    assert (mute.fingerprint, mute.by) == (proposal.fingerprint, "person:bob")
    entry = ledger.about(proposal).first()
    assert entry.action == "proposal.rolled-back"
    assert ledger.content_of(entry)["reason"] == "It made things worse."


def test_an_undo_needs_a_reason(store):
    proposal = applied(store)

    with pytest.raises(decisions.ReasonMissing):
        rollbacks.undo(proposal, by=BOB, reason=" ")


def test_a_later_change_of_the_same_rule_forbids_the_undo_until_a_side_is_chosen(store):
    first = applied(store, an_edit("Amounts are in euros.", "Amounts are in EUR."))
    applied(store, an_edit("Amounts are in EUR.", "Amounts are in EUR, with cents."))
    preview = previews.of_undo(first)
    assert list(preview.conflicts) == ["/rules.md"]

    with pytest.raises(versions.RevertConflict):
        rollbacks.undo(first, by=BOB, reason="No.")
    first.refresh_from_db()
    assert first.state == State.APPLIED

    rollbacks.undo(first, by=BOB, reason="No.", choices={"/rules.md": ["theirs"]})
    assert rules(store) == START


def test_what_is_undone_cannot_be_undone_again(store):
    proposal = applied(store)
    rollbacks.undo(proposal, by=BOB, reason="No.")

    with pytest.raises(rollbacks.NotApplied, match=r"bob has rolled .* back already"):
        rollbacks.undo(proposal, by=ADA, reason="No.")


def test_a_preview_says_what_would_happen_and_only_that_is_done(store):
    proposal = applied(store, an_add("Dates are ISO 8601."))
    preview = previews.of_undo(proposal)
    assert preview.next == 3
    assert [(o.path, o.after) for o in preview.outcomes] == [("/rules.md", START)]

    applied(store, an_edit("Amounts are in euros.", "Amounts are in EUR."))
    with pytest.raises(decisions.Stale):
        rollbacks.undo(proposal, by=BOB, reason="No.", bound=preview.bound)

    again = previews.of_undo(proposal)
    rollbacks.undo(proposal, by=BOB, reason="No.", bound=again.bound)
    assert "Dates" not in rules(store)


def test_restoring_brings_back_the_old_text_and_settles_all_that_came_after(store):
    before = applied(store, an_add("Dates are ISO 8601."))
    after = [applied(store), applied(store)]

    version = rollbacks.restore(store, 2, by=BOB, reason="A bad day.")

    assert rules(store) == versions.text_at(store, 2, "/rules.md")
    assert version.kind == Version.Kind.RESTORE
    before.refresh_from_db()
    assert before.state == State.APPLIED
    for proposal in after:
        proposal.refresh_from_db()
        assert proposal.state == State.ROLLED_BACK
    backs = Decision.objects.filter(verb=Decision.Verb.ROLL_BACK)
    assert sorted(backs.values_list("state", flat=True)) == ["applied", "recorded"]


def test_a_restore_can_keep_what_was_good(store):
    bad = applied(store, an_add("Dates are American."))
    good = applied(store, an_add("Amounts have cents."))

    preview = previews.of_restore(store, 1, keep=[good])
    rollbacks.restore(
        store, 1, by=BOB, reason="Dates.", keep=[good], bound=preview.bound
    )

    assert rules(store) == START + "- Amounts have cents.\n"
    assert preview.outcomes[0].after == rules(store)
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.state, bad.state) == (State.APPLIED, State.ROLLED_BACK)
    store.refresh_from_db()
    assert store.head == preview.next == 5
    assert previews.version_of(good).number == 5


def test_a_restore_over_an_undo_brings_the_proposal_back_into_force(store):
    proposal = applied(store, an_add("Dates are ISO 8601."))
    rollbacks.undo(proposal, by=BOB, reason="No.")
    assert Mute.objects.filter(lifted_at__isnull=True).exists()
    store.refresh_from_db()

    rollbacks.restore(store, 2, by=ADA, reason="It was right.")

    proposal.refresh_from_db()
    assert proposal.state == State.APPLIED
    assert "Dates" in rules(store)
    assert not Mute.objects.filter(lifted_at__isnull=True).exists()
    rollbacks.undo(proposal, by=BOB, reason="Still no.")


def test_a_rollback_that_breaks_halfway_has_not_happened(store, monkeypatch):
    proposal = applied(store, an_add("Dates are ISO 8601."))
    before = rules(store)

    def broken(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(mutes, "place", broken)
    with pytest.raises(RuntimeError):
        rollbacks.undo(proposal, by=BOB, reason="No.")

    assert rules(store) == before
    assert Proposal.objects.get(pk=proposal.pk).state == State.APPLIED
    assert Version.objects.filter(store=store).count() == 2
