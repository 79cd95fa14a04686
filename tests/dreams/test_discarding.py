"""Discarding what is undecided of a dream: what nobody touched, item by item."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reviews.audit import ledger
from reviews.dreams import discards, dreams, pipeline
from reviews.proposals import decisions, snoozes, turns
from reviews.proposals import discards as items
from reviews.proposals.models import Jotting, Mute, Proposal, Tick
from reviews.proposals.requirements import ReasonMissing
from tests.dreams.factories import a_dreaming_store, a_failing_run, import_runs
from tests.factories import ADA, BOB, a_user

pytestmark = pytest.mark.django_db

TOOLS = ("refund", "cancel", "book")


@pytest.fixture
def store():
    store = a_dreaming_store(runs=3)
    agent = store.subscriptions.get().agent
    for tool in TOOLS[1:]:
        import_runs(agent, *[a_failing_run(number, tool) for number in range(3)])
    return store


@pytest.fixture
def dream(store):
    return pipeline.run_inline(dreams.start(store, by=ADA, engine="counting"))


def states():
    return list(Proposal.objects.order_by("pk").values_list("state", flat=True))


def test_everything_untouched_is_withdrawn_with_the_reason(dream):
    done = discards.discard(dream, by=ADA, reason="The tool log was broken.")

    assert states() == ["withdrawn"] * 3
    assert len(done.open) == 3
    assert done.left == []
    assert all(proposal.settled_at for proposal in Proposal.objects.all())


def test_each_proposal_has_its_entry_and_the_act_one_more(dream):
    with ledger.one_act():
        discards.discard(dream, by=ADA, reason="The tool log was broken.")

    (act,) = [e for e in ledger.about(dream) if e.action == "dream.discarded"]
    entries = [ledger.about(proposal)[0] for proposal in Proposal.objects.all()]
    assert [entry.action for entry in entries] == ["proposal.discarded"] * 3
    assert {entry.act for entry in entries} == {act.act}
    content = ledger.content_of(act)
    assert content["facts"] == {"discarded": 3, "left": 0}
    assert content["reason"] == "The tool log was broken."


def on_approving(proposal):
    decisions.approve(proposal, by=BOB, hold=3600)


def on_asking_for_changes(proposal):
    decisions.request_changes(proposal, by=BOB, reason="Shorter.")


def on_saying_something(proposal):
    decisions.comment(proposal, by=BOB, text="Is that so?")


def on_rewording(proposal):
    decisions.reword(proposal, texts={0: "Mind the amount."}, by=BOB)


def on_assigning(proposal):
    turns.assign(proposal, a_user("lin", proposal.store.team, "lead"), by=BOB)


def on_putting_it_aside(proposal):
    snoozes.snooze(proposal, by=BOB, until=timezone.now() + timedelta(days=1))


def on_typing(proposal):
    user = a_user("bob", proposal.store.team)
    Jotting.objects.create(proposal=proposal, user=user, field="reason", text="But")


def on_ticking(proposal):
    user = a_user("bob", proposal.store.team)
    Tick.objects.create(operation=proposal.operations.get(), user=user, sha256="0")


def on_taking_an_approval_back(proposal):
    decisions.approve(proposal, by=BOB, hold=3600)
    decisions.withdraw(proposal, by=BOB)


@pytest.mark.parametrize(
    ("touch", "why"),
    [
        (on_approving, "is approved, applying"),
        (on_asking_for_changes, "is changes requested"),
        (on_putting_it_aside, "was put aside by somebody"),
        *[
            (touch, "has been worked on by somebody")
            for touch in (
                on_saying_something,
                on_rewording,
                on_assigning,
                on_typing,
                on_ticking,
                on_taking_an_approval_back,
            )
        ],
    ],
)
def test_what_people_have_touched_is_left_and_named(dream, touch, why):
    touched = Proposal.objects.order_by("pk")[1]
    touch(touched)
    before = Proposal.objects.get(pk=touched.pk).state

    done = discards.discard(dream, by=ADA, reason="Not these.")

    assert [(proposal.pk, said) for proposal, said in done.left] == [(touched.pk, why)]
    assert states() == ["withdrawn", before, "withdrawn"]


def test_whoever_begins_to_work_in_between_keeps_the_proposal(dream, monkeypatch):
    first = Proposal.objects.order_by("pk").first()
    discard = items.discard

    def meanwhile(proposal, **facts):
        if proposal == first:
            decisions.comment(proposal, by=BOB, text="Wait.")
        discard(proposal, **facts)

    monkeypatch.setattr(items, "discard", meanwhile)

    done = discards.discard(dream, by=ADA, reason="Not these.")

    assert [proposal for proposal, _ in done.left] == [first]
    assert states() == ["open", "withdrawn", "withdrawn"]


def test_a_second_time_finds_nothing_and_writes_nothing(dream):
    discards.discard(dream, by=ADA, reason="Not these.")
    entries = len(ledger.about(dream))

    with pytest.raises(discards.NothingToDiscard):
        discards.discard(dream, by=ADA, reason="Not these.")

    assert len(ledger.about(dream)) == entries


def test_a_reason_is_needed(dream):
    with pytest.raises(ReasonMissing):
        discards.discard(dream, by=ADA, reason="  ")

    assert states() == ["open"] * 3


def test_only_what_this_dream_proposed_is_its_to_discard(store, dream):
    agent = store.subscriptions.get().agent
    import_runs(agent, *[a_failing_run(number, "ship") for number in range(3)])
    later = pipeline.run_inline(dreams.start(store, by=ADA, engine="counting"))

    discards.discard(later, by=ADA, reason="Not that one.")

    assert states() == ["open", "open", "open", "withdrawn"]


def test_discarding_is_no_verdict_so_a_later_dream_may_propose_it_again(store, dream):
    discards.discard(dream, by=ADA, reason="The tool log was broken.")

    later = pipeline.run_inline(dreams.again(dream, by=ADA))

    assert not Mute.objects.exists()
    assert later.counts["proposals"] == 3


def test_canceling_may_take_back_what_was_proposed_by_then(store, monkeypatch):
    dream = dreams.start(store, by=ADA, engine="counting")
    submit = pipeline.findings.submit

    def canceled_after_the_first(*args):
        submit(*args)
        dreams.cancel(dream, by=ADA, reason="Wrong store.", keep=False)

    monkeypatch.setattr(pipeline.findings, "submit", canceled_after_the_first)

    pipeline.run_inline(dream)

    assert dream.state == "canceled"
    assert states() == ["withdrawn"]
