"""A dream from end to end with a model beside it: the real SDK, the real pipeline."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reviews.dreams import dreams, pipeline, shards, watch
from reviews.dreams.asking import spending
from reviews.dreams.engines import registry
from reviews.dreams.models import Batch, Completion, Dream
from reviews.proposals import decisions
from reviews.proposals.models import Proposal
from tests.dreams.asking.curious import Curious
from tests.dreams.asking.factories import GOOD, allow
from tests.dreams.factories import a_dreaming_store
from tests.factories import ADA

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def curious(monkeypatch):
    path = "tests.dreams.asking.curious.Curious"
    monkeypatch.setitem(registry.ENGINES, "curious", path)
    monkeypatch.setattr(Curious, "begun", [])


def a_dream(trigger="manual", **fields):
    store = a_dreaming_store(runs=5)
    return dreams.start(store, by=ADA, engine="curious", trigger=trigger, **fields)


def wake(dream):
    """Let the time pass that a dream sleeps for."""
    Dream.objects.filter(pk=dream.pk).update(wakes_at=timezone.now())


def until_it_sleeps(dream):
    while waiting := pipeline.advance(dream.pk):
        for shard in waiting:
            shards.evaluate(shard)
    dream.refresh_from_db()
    return dream


def test_a_dream_by_hand_asks_at_once_and_proposes_what_the_model_lets_pass(loopback):
    loopback.messages.answer = lambda params: GOOD

    dream = pipeline.run_inline(a_dream())

    assert dream.state == "completed"
    assert Proposal.objects.get().engine == "curious"
    assert len(loopback.asked("POST", "/v1/messages")) == 2
    assert dream.cost > 0
    assert dream.usage["input_tokens"] > 0
    assert dream.completions.count() == 2


def test_a_scheduled_dream_sleeps_over_its_batches_and_counts_only_when_they_are_in(
    loopback,
):
    loopback.messages.answer = lambda params: GOOD
    loopback.batches.ends_after = 3
    dream = until_it_sleeps(a_dream("schedule"))
    assert dream.state == "running"
    assert dream.wakes_at > timezone.now() + timedelta(seconds=20)
    assert dream.stages["draft"]["waiting"] == "0 of 1 answers are there."
    assert list(watch.lost()) == []

    for _ in range(10):
        wake(dream)
        if until_it_sleeps(dream).state != "running":
            break

    assert dream.state == "completed"
    assert Proposal.objects.count() == 1
    assert Batch.objects.filter(state="ended").count() == 2
    assert loopback.asked("POST", "/v1/messages") == []
    # Once to ask, once with the first answers, once with the second; never to wait.
    assert Curious.begun == ["reduce", "consider"] * 3


def test_what_the_model_would_not_is_refused_with_its_problem(loopback):
    store_of = a_dream()
    allow(store_of, 0)

    dream = pipeline.run_inline(store_of)

    assert not Proposal.objects.exists()
    refused = dream.findings.get()
    assert refused.reason == "The budget of $0.00 a dream does not allow it."
    assert (dream.state, dream.cost) == ("completed", 0)


def test_without_a_key_a_dream_ends_well_and_says_why():
    dream = pipeline.run_inline(a_dream())

    assert dream.state == "completed"
    assert "No key for Anthropic's API is set" in dream.findings.get().reason
    assert not Completion.objects.exists()


def test_a_dream_with_the_same_traces_costs_nothing_the_second_time(loopback):
    loopback.messages.answer = lambda params: GOOD
    first = pipeline.run_inline(a_dream())
    seen = len(loopback.calls)

    again = dreams.again(first, by=ADA)
    second = pipeline.run_inline(again)

    assert second.state == "completed"
    assert (second.cost, len(loopback.calls)) == (0, seen)
    assert second.completions.exclude(reused_from=None).count() == 2


def test_cost_is_told_per_change_that_people_accepted(loopback):
    loopback.messages.answer = lambda params: GOOD
    dream = pipeline.run_inline(a_dream())
    assert spending.per_change(dream) is None

    decisions.approve(Proposal.objects.get(), by=ADA)

    assert float(spending.per_change(dream)) == pytest.approx(dream.cost, abs=1e-6)
