"""A dream that reads less than the one before says nothing about what it did not read."""

from datetime import timedelta

import pytest
from django.utils import timezone
from msgspec.structs import replace

from reviews.dreams import dreams, pipeline
from reviews.dreams.models import Dream
from reviews.proposals.models import Proposal
from reviews.traces import intake
from reviews.traces.models import Trace
from tests.dreams.test_fading import a_record, dream_of, store, time_passes
from tests.factories import ADA, SETUP

__all__ = ["store"]

pytestmark = pytest.mark.django_db


def test_a_shorter_window_withdraws_nothing_that_a_longer_one_proposed(store):
    long_ago = timezone.now() - timedelta(days=20)
    Trace.objects.update(received_at=long_ago)
    time_passes(store, "2026-03-02")

    ended = dream_of(store, window_days=7)

    assert ended.counts["traces"] == 3
    assert Proposal.objects.get().state == "open"


def a_shipping_run(number):
    made = a_record(number, "2026-03-02", failing=True)
    asks, calls, answers = made.steps
    steps = [
        replace(asks, text="Ship it."),
        replace(calls, tool="ship", text=f'{{"kilos": {number + 40}}}'),
        replace(answers, tool="ship", text="Error: parcels must be below 30 kilos"),
    ]
    return replace(
        made, external_id=f"ship-{number}", task=f"ship-{number}", steps=steps
    )


def test_an_old_window_dreamt_again_withdraws_nothing_that_came_up_since(store):
    first = Dream.objects.get()
    agent = store.subscriptions.get().agent
    intake.accept(agent, [a_shipping_run(number) for number in range(5)], by=SETUP)
    dream_of(store)
    assert Proposal.objects.filter(state="open").count() == 2

    again = pipeline.run_inline(dreams.again(first, by=ADA))

    assert again.counts["traces"] == 5
    assert Proposal.objects.filter(state="open").count() == 2
