"""A decision is bound to what was looked at: what has moved is said, never overwritten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.memory import rules, versions
from reviews.memory.blame import Authored
from reviews.proposals import bindings, decisions
from reviews.proposals.models import Decision, Operation, Proposal, Wording
from tests.factories import (
    ADA,
    BOB,
    a_deletion,
    a_proposal,
    a_store,
    a_version,
    an_add,
    an_edit,
)

START = "# Rules\n\n- Amounts are in euros.\n- Ask before deleting.\n"
EUROS = "Amounts are in euros."
IN_EUR = "Amounts are in EUR."
State = Proposal.State


@pytest.fixture
def store(db):
    store = a_store()
    a_version(store, rules=START)
    return store


def applied(store, *operations):
    proposal = a_proposal(store, *operations)
    decisions.approve(proposal, by=BOB, hold=0)
    return proposal


def standing(proposal):
    return [block.standing for block in bindings.of(proposal).blocks]


def text(store):
    return versions.head_texts(store)["/rules.md"]


def test_a_stale_page_is_refused_and_told_what_moved_and_nothing_is_written(store):
    proposal = a_proposal(store, an_edit(EUROS, "Amounts are in EUR."))
    looked_at = bindings.of(proposal).bound
    applied(store, an_edit(EUROS, "Amounts are in cents."))

    with pytest.raises(decisions.Stale) as refusal:
        decisions.approve(proposal, by=ADA, bound=looked_at)

    (moved,) = refusal.value.facts["moved"]
    assert moved["base"] == EUROS
    assert moved["before"] == "Amounts are in cents."
    assert moved["after"] == "Amounts are in EUR."
    assert refusal.value.facts["bound"] == bindings.of(proposal).bound
    assert proposal.state == State.OPEN
    assert not Decision.objects.filter(proposal=proposal).exists()
    assert "cents" in text(store)


def test_what_moved_elsewhere_is_no_hindrance_and_the_decision_says_so(store):
    proposal = a_proposal(store, an_edit(EUROS, "Amounts are in EUR."))
    looked_at = bindings.of(proposal).bound
    applied(store, an_edit("Ask before deleting.", "Always ask."))
    applied(store, an_add("Dates are ISO 8601."))

    decision = decisions.approve(proposal, by=ADA, bound=looked_at, hold=0)

    assert decision.note == "Rebased cleanly over v2, v3."
    assert text(store) == (
        "# Rules\n\n- Amounts are in EUR.\n- Always ask.\n- Dates are ISO 8601.\n"
    )


def test_a_rule_that_only_stands_elsewhere_now_is_still_the_same_rule(store):
    proposal = a_proposal(store, an_edit(EUROS, "Amounts are in EUR."))
    a_version(
        store, rules="# Rules\n\n- Ask before deleting.\n- Amounts are in euros.\n"
    )

    decisions.approve(proposal, by=ADA, hold=0)

    assert text(store) == "# Rules\n\n- Ask before deleting.\n- Amounts are in EUR.\n"


def test_two_additions_under_one_heading_never_make_each_other_stale(store):
    first, second = a_proposal(store, an_add("A.")), a_proposal(store, an_add("B."))
    looked_at = bindings.of(second).bound
    decisions.approve(first, by=ADA, hold=0)

    decisions.approve(second, by=ADA, bound=looked_at, hold=0)

    assert text(store).endswith("- A.\n- B.\n")


def test_another_wording_than_the_one_looked_at_is_refused(store):
    proposal = a_proposal(store)
    looked_at = bindings.of(proposal).bound
    decisions.reword(proposal, texts={0: "Euros, always."}, by=BOB)

    with pytest.raises(decisions.Stale, match="moved"):
        decisions.approve(proposal, by=ADA, bound=looked_at)
    with pytest.raises(decisions.Stale, match="w2"):
        decisions.approve(proposal, by=ADA, wording=1)


def test_a_conflict_is_resolved_by_words_written_against_the_head(store):
    proposal = a_proposal(store, an_edit(EUROS, "Amounts are in EUR."))
    applied(store, an_edit(EUROS, "Amounts are in cents."))
    assert standing(proposal) == ["conflict"]
    seen = bindings.of(proposal)
    (conflict,) = seen.blocks[0].conflicts
    assert (conflict.ours, conflict.theirs) == (
        ("Amounts are in cents.",),
        ("Amounts are in EUR.",),
    )

    with pytest.raises(decisions.Stale):
        decisions.approve(proposal, by=ADA, bound=seen.bound)
    decision = decisions.edit_and_approve(
        proposal,
        texts={0: "Amounts are in EUR cents."},
        by=ADA,
        bound=seen.bound,
        hold=0,
    )

    assert decision.state == Decision.State.APPLIED
    assert "- Amounts are in EUR cents.\n" in text(store)


def test_words_that_were_written_without_looking_resolve_nothing(store):
    proposal = a_proposal(store, an_edit(EUROS, IN_EUR))
    applied(store, an_edit(EUROS, "Amounts are in cents."))

    with pytest.raises(decisions.Stale):
        decisions.edit_and_approve(proposal, texts={0: "Amounts are big."}, by=ADA)

    assert "cents" in text(store)


def test_a_resolution_is_bound_as_well(store):
    proposal = a_proposal(store, an_edit(EUROS, "Amounts are in EUR."))
    applied(store, an_edit(EUROS, "Amounts are in cents."))
    seen = bindings.of(proposal).bound
    applied(store, an_edit("Amounts are in cents.", "Amounts are in pence."))

    with pytest.raises(decisions.Stale):
        decisions.edit_and_approve(
            proposal, texts={0: "Amounts are in EUR cents."}, by=ADA, bound=seen
        )

    assert Wording.objects.filter(proposal=proposal).count() == 1


def test_changes_of_two_lines_of_one_rule_are_merged_where_a_person_has_seen_it(store):
    long = "Refunds:\nfirst look the order up,\nthen check the policy,\nthen pay."
    a_version(store, rules="- " + long.replace("\n", "\n  ") + "\n")
    proposal = a_proposal(store, an_edit(long, long.replace("then pay", "then refund")))
    applied(store, an_edit(long, long.replace("Refunds:", "For refunds:")))
    seen = bindings.of(proposal)
    assert standing(proposal) == ["merged"]

    with pytest.raises(decisions.Stale):
        decisions.approve(proposal, by=ADA, hold=0)
    decision = decisions.approve(proposal, by=ADA, bound=seen.bound, hold=0)

    assert "merged in" in decision.note
    assert text(store).startswith("- For refunds:")
    assert text(store).endswith("then refund.\n")


def test_a_hold_that_ends_in_a_conflict_writes_nothing_and_needs_attention(store):
    proposal = a_proposal(store, an_edit(EUROS, "Amounts are in EUR."))
    other = a_proposal(store, an_edit(EUROS, "Amounts are in cents."))
    held = decisions.approve(proposal, by=ADA, hold=60)
    decisions.approve(other, by=BOB, hold=0)

    decisions.apply_due(held.applies_at)

    held.refresh_from_db()
    proposal.refresh_from_db()
    assert (held.state, held.version) == (Decision.State.FAILED, None)
    assert proposal.state == State.NEEDS_ATTENTION
    assert proposal.attention == held.note
    assert "has changed since" in held.note
    assert "cents" in text(store)


def test_a_hold_that_ends_over_other_changes_keeps_both(store):
    proposal = a_proposal(store, an_edit(EUROS, "Amounts are in EUR."))
    held = decisions.approve(proposal, by=ADA, hold=60)
    applied(store, an_add("Dates are ISO 8601."))

    decisions.apply_due(held.applies_at)

    held.refresh_from_db()
    assert held.note == "Rebased cleanly over v2."
    assert "EUR" in text(store)
    assert "ISO" in text(store)


@pytest.mark.parametrize(
    ("operation", "move", "found"),
    [
        (an_edit(EUROS, IN_EUR), a_deletion(EUROS), "gone"),
        (a_deletion(EUROS), an_edit(EUROS, IN_EUR), "conflict"),
        (a_deletion(EUROS), a_deletion(EUROS), "gone"),
        (an_edit(EUROS, IN_EUR), an_edit(EUROS, IN_EUR), "covered"),
        (an_add("X."), an_add("X."), "covered"),
        (an_edit(EUROS, IN_EUR), an_add("Y."), "fresh"),
    ],
)
def test_how_a_proposal_stands_when_another_has_come_first(
    store, operation, move, found
):
    proposal = a_proposal(store, operation)
    first = a_proposal(store, move)
    decisions.approve(first, by=BOB, reason="First.", hold=0)

    assert standing(proposal) == [found]
    if found != "fresh":
        with pytest.raises(decisions.Stale):
            decisions.approve(
                proposal, by=ADA, reason="Me too.", bound=bindings.of(proposal).bound
            )


def test_what_is_left_out_lives_on_with_its_evidence_once_the_rest_is_applied(store):
    proposal = a_proposal(store, an_add("A."), an_add("B."), an_add("C."))

    held = decisions.approve(proposal, by=ADA, included=[0, 2], hold=60)
    assert not proposal.split_offs.exists()
    decisions.apply_due(held.applies_at)

    assert text(store).endswith("- A.\n- C.\n")
    sibling = proposal.split_offs.get()
    assert (sibling.state, sibling.title) == (State.OPEN, "B.")
    decisions.approve(sibling, by=ADA, hold=0)
    assert text(store).endswith("- A.\n- C.\n- B.\n")


def test_leaving_out_what_has_moved_lets_the_rest_through(store):
    proposal = a_proposal(store, an_edit(EUROS, IN_EUR), an_add("A."))
    applied(store, an_edit(EUROS, "Amounts are in cents."))
    seen = bindings.of(proposal).bound

    with pytest.raises(decisions.Stale):
        decisions.approve(proposal, by=ADA, bound=seen)
    decisions.approve(proposal, by=ADA, included=[1], bound=seen, hold=0)

    assert "- A.\n" in text(store)
    assert standing(proposal.split_offs.get()) == ["conflict"]


def test_words_for_one_operation_leave_a_conflict_of_another_to_whoever_includes_it(
    store,
):
    proposal = a_proposal(store, an_edit(EUROS, IN_EUR), an_add("A."))
    applied(store, an_edit(EUROS, "Amounts are in cents."))
    seen, better = bindings.of(proposal).bound, {1: "A, but better."}

    with pytest.raises(decisions.Stale):
        decisions.edit_and_approve(proposal, texts=better, by=ADA, bound=seen)
    decisions.edit_and_approve(
        proposal, texts=better, by=ADA, bound=seen, included=[1], hold=0
    )

    assert "- A, but better.\n" in text(store)
    assert "cents" in text(store)


WORDS = st.text("abc \n", min_size=1, max_size=12)


@given(before=WORDS, head=WORDS, after=WORDS)
def test_a_binding_names_exactly_what_was_looked_at(before, head, after):
    """Equal bounds mean equal blocks: nothing that moved is taken for what was seen."""
    operation = Operation(
        position=0, kind="edit", path="/a.md", rule="r", before=before
    )
    wording = Wording(number=1, texts={"0": after}, sha256="w")

    def bind(words):
        rule = rules.Rule(start=0, end=1, kind="bullet", text=words, id="r")
        memories = {"/a.md": Authored(f"- {words}", [[1, 1]], (rule,))}
        return bindings.bind(wording, [operation], memories, 1)

    seen, now = bind(before), bind(head)

    assert (seen.bound == now.bound) == (before == head)
    assert bool(now.moved) == (before != head)
