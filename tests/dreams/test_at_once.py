"""Several workers, ticks and starters at the same moment, on real connections."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from reviews.dreams import dreams, leases, pipeline, schedules, shards
from reviews.dreams.models import Digest, Dream, Schedule, Signal
from reviews.memory import stores
from reviews.proposals.models import Proposal
from tests.dreams.factories import a_dreaming_store
from tests.factories import ADA, SETUP, a_store

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count, act):
    """What came of doing it so often at the same moment; refusals are outcomes too."""

    def alone(_):
        try:
            return act()
        except dreams.AlreadyDreaming as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(alone, range(count)))


def test_of_eight_who_start_a_dream_at_once_one_does_and_seven_are_refused():
    store = a_store()

    came = at_once(8, lambda: dreams.start(store, by=ADA, engine="counting"))

    assert sum(isinstance(one, Dream) for one in came) == 1
    assert Dream.objects.count() == 1


def test_four_ticks_at_once_start_each_due_dream_once():
    past = timezone.now() - timedelta(minutes=5)
    for _ in range(12):
        Schedule.objects.create(store=a_store(), cron="0 3 * * *", next_at=past)

    came = at_once(4, schedules.start_due)

    assert sorted(len(started) for started in came) != [0, 0, 0, 0]
    assert sum(len(started) for started in came) == Dream.objects.count() == 12
    assert not Schedule.objects.filter(next_at__lte=timezone.now()).exists()


def test_of_four_workers_that_get_the_same_message_one_takes_the_dream():
    dream = dreams.start(a_dreaming_store(), by=ADA, engine="counting")

    came = at_once(4, lambda: leases.claim(dream.pk))

    assert sum(lease is not None for lease in came) == 1


def test_of_four_workers_that_get_the_same_shard_one_evaluates_it():
    dream = dreams.start(a_dreaming_store(runs=5), by=ADA, engine="counting")
    (shard,) = pipeline.advance(dream.pk)

    came = at_once(4, lambda: shards.evaluate(shard))

    assert sorted(came, key=bool) == [None, None, None, dream.pk]
    assert Signal.objects.count() == Digest.objects.count() == 5


def test_a_long_step_of_an_engine_does_not_look_like_a_dead_worker(monkeypatch):
    monkeypatch.setattr(leases, "_BEAT_SECONDS", 0.05)
    dream = dreams.start(a_dreaming_store(), by=ADA, engine="counting")
    lease = leases.claim(dream.pk)
    almost_over = timezone.now() + timedelta(seconds=1)
    Dream.objects.update(leased_until=almost_over)

    with leases.kept(lease.renew):
        time.sleep(0.3)

    dream.refresh_from_db()
    assert dream.leased_until > almost_over + timedelta(seconds=30)


def test_two_stores_that_dream_of_the_same_traces_at_once_double_nothing(monkeypatch):
    monkeypatch.setattr(dreams, "SHARD_SIZE", 3)
    first = a_dreaming_store(runs=12)
    second = a_store(first.team)
    stores.subscribe(first.subscriptions.get().agent, second, by=SETUP)
    waiting = [
        dreams.start(store, by=ADA, engine="counting") for store in (first, second)
    ]

    at_once(2, lambda: pipeline.run_inline(waiting.pop()))

    assert set(Dream.objects.values_list("state", flat=True)) == {"completed"}
    assert Digest.objects.count() == Signal.objects.count() == 12
    assert Proposal.objects.filter(store=first).count() == 1
    assert Proposal.objects.filter(store=second).count() == 1
