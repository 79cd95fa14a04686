"""Drafts come in by one door: checked, screened, counted once, or refused in words."""

import uuid
from datetime import timedelta

import msgspec
import pytest
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import NotAllowed
from reviews.memory import edits
from reviews.proposals import decisions, mutes, rollbacks, snoozes, submissions
from reviews.proposals.models import Evidence, Proposal
from reviews.traces import intake
from reviews.traces.models import Trace
from reviews.traces.steps import Record, Step
from tests.factories import (
    ADA,
    BOB,
    SETUP,
    a_deletion,
    a_draft,
    a_proposal,
    a_quote,
    a_store,
    a_trace,
    a_version,
    an_add,
    an_agent,
    an_edit,
    much_later,
    the_cast,
)

pytestmark = pytest.mark.django_db
DREAM = Actor.system("dream")
START = "# Rules\n\n- Amounts are in euros.\n- Ask before deleting.\n"
State = Proposal.State


@pytest.fixture
def store():
    store = a_store()
    a_version(store, rules=START)
    return store


def submit(store, draft):
    return submissions.open(store, draft, by=DREAM)


def replaced(draft, **fields):
    return msgspec.structs.replace(draft, **fields)


def test_a_draft_becomes_a_proposal_with_everything_that_its_page_shows(store):
    draft = a_draft(store, an_edit("Amounts are in euros.", "Amounts are in EUR."))

    proposal = submit(store, draft).proposal

    operation = proposal.operations.get()
    assert (operation.kind, operation.before) == ("edit", "Amounts are in euros.")
    assert operation.rule
    wording = proposal.wordings.get()
    assert wording.texts == {"0": "Amounts are in EUR."}
    assert wording.diffs["0"]["changed"] == 1
    assert "euros" not in str(wording.diffs)
    evidence = operation.evidence.get()
    assert (evidence.quote, evidence.provenance) == ("Amounts in euros", "person")
    assert evidence.trace.external_id == evidence.external_id


def test_a_quote_that_its_step_does_not_say_is_dropped_and_counted(store):
    trace = a_trace(an_agent(store.team), "Never delete a branch.")
    true = a_quote(trace, "delete a branch")
    false = [
        replaced(true, start=true.start + 1),  # other words at that place
        replaced(true, sha256="0" * 64),  # other words altogether
        replaced(true, step=7),  # no such step
        replaced(true, end=10_000),  # beyond the step
        replaced(true, trace="somewhere else"),  # no such trace
        replaced(true, start=true.start + 2, text="elete a branch"),  # forged text
    ]

    submission = submit(store, a_draft(store, quotes=(true, *false)))

    assert submission.dropped == len(false)
    assert Evidence.objects.get().quote == "delete a branch"


def test_a_dream_without_a_true_quote_is_refused(store):
    trace = a_trace(an_agent(store.team), "Never delete a branch.")
    false = replaced(a_quote(trace, "delete"), sha256="0" * 64)

    submission = submit(store, a_draft(store, quotes=(false,)))

    assert (submission.result, submission.code) == ("refused", "no-quote")
    assert not Proposal.objects.exists()


def test_another_teams_trace_is_no_evidence(store):
    elsewhere = a_trace(an_agent(name="same-name"), "Never delete.", name="run-x")
    an_agent(store.team, "same-name")

    submission = submit(store, a_draft(store, quotes=(a_quote(elsewhere, "delete"),)))

    assert submission.code == "no-quote"


def test_whose_word_a_quote_is_comes_from_the_step_not_from_the_draft(store):
    trace = a_trace(an_agent(store.team), "Never delete.")
    quote = a_quote(trace, "delete", provenance="operator")

    proposal = submit(store, a_draft(store, quotes=(quote,))).proposal

    assert proposal.operations.get().evidence.get().provenance == "person"


def test_the_same_again_is_no_second_proposal_and_says_nothing_new(store):
    draft = a_draft(store)
    submit(store, draft)

    again = submit(store, draft)

    assert (again.result, again.code) == ("refused", "waiting")
    assert Proposal.objects.count() == 1
    assert not [e for e in ledger.about(again.proposal) if "updated" in e.action]


def test_new_evidence_is_added_in_place_and_said(store):
    draft = a_draft(store)
    proposal = submit(store, draft).proposal
    trace = a_trace(an_agent(store.team), "In euros, as always.")
    more = replaced(
        draft,
        quotes=(*draft.quotes, a_quote(trace, "In euros")),
        counts=draft.counts | {"runs": 26},
        groups=(*draft.groups, "a new one"),
    )

    again = submit(store, more)

    assert again.result == "updated"
    assert again.reason == "+14 runs, 1 new quote since"
    proposal.refresh_from_db()
    assert proposal.counts["runs"] == 26
    assert "a new one" in proposal.groups
    assert list(
        proposal.operations.get()
        .evidence.order_by("position")
        .values_list("position", "quote")
    ) == [(0, "Amounts in euros"), (1, "In euros")]
    assert ledger.about(proposal).first().action == "proposal.updated"


def test_other_quotes_and_figures_without_more_support_change_nothing(store):
    draft = a_draft(store)
    proposal = submit(store, draft).proposal
    trace = a_trace(an_agent(store.team), "In euros, as always.")
    other = replaced(
        draft,
        quotes=(a_quote(trace, "In euros"),),
        counts=draft.counts | {"people": 4, "runs": 11},
    )

    again = submit(store, other)

    assert (again.result, again.code) == ("refused", "waiting")
    proposal.refresh_from_db()
    assert proposal.counts == draft.counts
    assert Evidence.objects.get().quote == "Amounts in euros"


def test_a_new_group_is_new_evidence_also_where_an_old_one_left_the_window(store):
    draft = a_draft(store)
    submit(store, draft)

    again = submit(store, replaced(draft, groups=(*draft.groups[1:], "a new one")))

    assert (again.result, again.reason) == ("updated", "+1 groups since")


def test_what_memory_says_already_is_not_proposed(store):
    said = submit(store, a_draft(store, an_add("amounts are in  euros", "/other.md")))

    assert (said.result, said.code) == ("refused", "already-there")


def test_what_was_applied_is_not_proposed_again(store):
    draft = a_draft(store)
    proposal = submit(store, draft).proposal
    decisions.edit_and_approve(proposal, texts={0: "Euros, always."}, by=ADA, hold=0)
    store.refresh_from_db()

    again = submit(store, draft)

    assert (again.result, again.code) == ("refused", "covered")


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (an_edit("Nobody said this.", "Something."), "rule-gone"),
        (a_deletion("Nobody said this."), "rule-gone"),
        (an_edit("Amounts are in euros.", "X", "/gone.md"), "memory-gone"),
        (an_add("A rule.", "no-slash.md"), "invalid"),
        (an_add("A rule.", "/rules.md/below.md"), "path-taken"),
        (an_add(" "), "invalid"),
    ],
)
def test_what_cannot_be_applied_is_refused_with_its_reason(store, operation, code):
    said = submit(store, a_draft(store, operation))

    assert (said.result, said.code) == ("refused", code)
    assert said.reason
    assert not Proposal.objects.exists()


def test_what_was_rejected_stays_quiet_without_new_groups(store):
    draft = a_draft(store)
    proposal = submit(store, draft).proposal
    decisions.reject(proposal, by=ADA, reason="Not for us.", ground="wrong")

    again = submit(store, replaced(draft, groups=(*draft.groups, "n1", "n2")))

    assert (again.result, again.code) == ("refused", "muted")
    assert "ada turned" in again.reason
    assert "2 of the 3 new groups" in again.reason


def test_with_enough_new_groups_it_returns_and_says_that_it_was_here(store):
    draft = a_draft(store)
    rejected = submit(store, draft).proposal
    decisions.reject(rejected, by=ADA, reason="Not for us.")
    much_later(store)
    new = (*draft.groups, "n1", "n2", "n3")

    again = submit(store, replaced(draft, groups=new, people=("new",)))

    assert again.result == "returned"
    assert again.proposal.returned == rejected


def test_half_of_the_groups_known_at_rejection_have_to_be_new(store):
    draft = a_draft(store, groups=tuple(f"g{n}" for n in range(20)))
    decisions.reject(submit(store, draft).proposal, by=ADA, reason="No.")
    much_later(store)
    new = tuple(f"n{n}" for n in range(10))
    seen = replaced(draft, people=("new",))

    nine = submit(store, replaced(seen, groups=(*draft.groups, *new[1:])))
    ten = submit(store, replaced(seen, groups=(*draft.groups, *new)))

    assert (nine.result, ten.result) == ("refused", "returned")


def test_the_third_rejection_is_for_good(store):
    draft = a_draft(store)
    groups = list(draft.groups)
    for round_ in range(3):
        much_later(store)
        people = (f"new-{round_}",)
        said = submit(store, replaced(draft, groups=tuple(groups), people=people))
        decisions.reject(said.proposal, by=ADA, reason="No.")
        groups += [f"{round_}-{n}" for n in range(len(groups))]

    said = submit(store, replaced(draft, groups=tuple(groups)))

    assert said.code == "muted"
    assert "stays quiet for good" in said.reason


def test_what_was_rolled_back_stays_quiet_until_it_has_new_groups(store):
    draft = a_draft(store)
    proposal = submit(store, draft).proposal
    decisions.approve(proposal, by=ADA, hold=0)
    rollbacks.undo(proposal, by=BOB, reason="Worse.")
    store.refresh_from_db()

    again = submit(store, draft)
    much_later(store)
    more = replaced(draft, groups=(*draft.groups, "a", "b", "c"), people=("new",))
    new = submit(store, more)

    assert again.code == "muted"
    assert new.result == "returned"


def test_approving_what_returned_lifts_its_mute(store):
    draft = a_draft(store)
    decisions.reject(submit(store, draft).proposal, by=ADA, reason="No.")
    much_later(store)
    new = (*draft.groups, "a", "b", "c")
    draft = replaced(draft, groups=new, people=("new",))
    returned = submit(store, draft).proposal

    decisions.approve(returned, by=ADA, hold=0)

    assert mutes.standing(store, draft.fingerprint) is None


def test_a_draft_that_fits_replaces_the_one_that_no_longer_does(store):
    draft = a_draft(store, an_edit("Amounts are in euros.", "Amounts are in EUR."))
    old = submit(store, draft).proposal
    mover = a_proposal(store, an_edit("Amounts are in euros.", "Amounts are in cents."))
    decisions.approve(mover, by=ADA, hold=0)
    store.refresh_from_db()

    operation = an_edit("Amounts are in cents.", "Amounts are in EUR.")
    again = submit(store, replaced(draft, operations=(operation,)))

    old.refresh_from_db()
    assert again.result == "opened"
    assert (old.state, old.superseded_by) == (State.SUPERSEDED, again.proposal)


def test_an_edit_by_hand_is_a_proposal_and_its_decision_at_once(store):
    said = submissions.by_hand(
        store, [an_add("Dates are ISO 8601.")], by=ADA, reason="We agreed.", hold=0
    )

    assert said.decision.version.number == 2
    assert said.decision.version.kind == "edit"
    assert said.proposal.family == "manual"
    assert [e.action for e in reversed(ledger.about(said.proposal))] == [
        "proposal.opened",
        "proposal.approved",
        "proposal.applied",
    ]


def test_an_edit_by_hand_that_is_sent_twice_is_made_once(store):
    request = uuid.uuid4()
    operations = [an_add("Dates are ISO 8601.")]
    first = submissions.by_hand(store, operations, by=ADA, request=request)

    again = submissions.by_hand(store, operations, by=ADA, request=request)

    assert again == first
    assert Proposal.objects.count() == 1
    with pytest.raises(decisions.RequestReused):
        submissions.by_hand(store, operations, by=BOB, request=request)


def test_an_edit_by_hand_against_an_old_text_is_refused_and_leaves_nothing(store):
    with pytest.raises(edits.RuleGone):
        submissions.by_hand(store, [an_edit("Old words.", "New words.")], by=ADA)

    assert not Proposal.objects.exists()


def test_a_grave_edit_by_hand_waits_for_a_second_person(store):
    the_cast(store.team)

    said = submissions.by_hand(
        store, [a_deletion("Ask before deleting.")], by=ADA, reason="Never happens."
    )

    assert said.decision is None
    assert said.proposal.state == State.OPEN
    decisions.approve(said.proposal, by=BOB, reason="Indeed.", hold=0)
    assert said.proposal.state == State.APPLIED


def test_whoever_proposed_it_can_take_it_back(store):
    proposal = a_proposal(store)

    submissions.take_back(proposal, by=DREAM, reason="The pattern has faded.")

    assert proposal.state == State.WITHDRAWN
    with pytest.raises(decisions.AlreadyDecided, match="withdrawn"):
        decisions.approve(proposal, by=ADA)


def test_nobody_else_can_take_it_back(store):
    proposal = a_proposal(store)

    with pytest.raises(NotAllowed):
        submissions.take_back(proposal, by=ADA)

    proposal.refresh_from_db()
    assert proposal.state == State.OPEN


def test_evidence_from_a_call_names_its_tool_as_the_step_does():
    store = a_store()
    agent = an_agent(store.team)
    record = Record(
        external_id="paid",
        steps=[
            Step(
                index=0, kind="tool_call", actor="agent", tool="pay", text='{"sum": 5}'
            )
        ],
        format="own",
    )
    (result,) = intake.accept(agent, [record], by=SETUP)
    quote = a_quote(Trace.objects.get(pk=result.trace), '{"sum": 5}', tool="made_up")

    proposal = a_proposal(store, quotes=(quote,))

    evidence = proposal.operations.get().evidence.get()
    assert (evidence.tool, evidence.provenance) == ("pay", "agent")


# What is put aside until there is something new


def test_new_counter_evidence_alone_is_news(store):
    draft = a_draft(store)
    proposal = submissions.open(store, draft, by=DREAM).proposal
    trace = a_trace(an_agent(store.team), "No, in dollars.")
    against = a_quote(trace, "in dollars", stance="against")

    again = submissions.open(
        store,
        msgspec.structs.replace(
            draft,
            counts=draft.counts | {"against": 2},
            quotes=(*draft.quotes, against),
        ),
        by=DREAM,
    )

    assert (again.result, again.reason) == ("updated", "+2 against, 1 new quote since")
    rows = Evidence.objects.filter(operation__proposal=proposal, stance="against")
    assert rows.get().quote == "in dollars"


@pytest.mark.parametrize("news", [{"runs": 20}, {"against": 3}])
def test_news_for_it_or_against_it_wakes_what_waits_for_news(store, news):
    draft = a_draft(store)
    proposal = submissions.open(store, draft, by=DREAM).proposal
    snoozes.until_evidence(proposal, by=ADA)

    submissions.open(
        store, msgspec.structs.replace(draft, counts=draft.counts | news), by=DREAM
    )

    proposal.refresh_from_db()
    assert (proposal.snoozed_until, proposal.wakes_on_evidence) == (None, False)
    entry = ledger.about(proposal).first()
    assert ledger.content_of(entry)["facts"]["woken"] is True


def test_no_news_wakes_nothing(store):
    draft = a_draft(store)
    proposal = submissions.open(store, draft, by=DREAM).proposal
    snoozes.until_evidence(proposal, by=ADA)

    submissions.open(store, draft, by=DREAM)

    proposal.refresh_from_db()
    assert proposal.wakes_on_evidence


def test_what_sleeps_until_a_day_sleeps_until_then(store):
    draft = a_draft(store)
    proposal = submissions.open(store, draft, by=DREAM).proposal
    until = timezone.now() + timedelta(days=7)
    snoozes.snooze(proposal, by=ADA, until=until)

    submissions.open(
        store,
        msgspec.structs.replace(draft, counts=draft.counts | {"runs": 20}),
        by=DREAM,
    )

    proposal.refresh_from_db()
    assert proposal.snoozed_until == until
