"""Workers die and messages get lost: what is found again, by whom, and for how long."""

from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone

from reviews.dreams import dreams, leases, messages, pipeline, shards, tasks, watch
from reviews.dreams.models import Dream, Schedule, Shard
from tests.dreams.factories import a_dreaming_store
from tests.factories import ADA

pytestmark = pytest.mark.django_db

RUN, SHARD = messages.RUN, messages.SHARD


@pytest.fixture
def dream(monkeypatch):
    monkeypatch.setattr(dreams, "SHARD_SIZE", 2)
    return dreams.start(a_dreaming_store(runs=4), by=ADA, engine="counting")


def long_ago():
    return timezone.now() - timedelta(minutes=2)


def test_a_dream_that_waits_for_its_message_is_sent_again(dream):
    assert list(watch.lost()) == []

    Dream.objects.update(created_at=long_ago())

    assert list(watch.lost()) == [(RUN, dream.pk)]


def test_a_dream_whose_worker_lives_is_left_to_it(dream):
    assert leases.claim(dream.pk)

    assert leases.claim(dream.pk) is None
    assert list(watch.lost()) == []


def test_a_dream_whose_worker_died_is_taken_over_and_the_dead_one_cannot_write(dream):
    dead = leases.claim(dream.pk)
    Dream.objects.update(leased_until=long_ago())
    assert list(watch.lost()) == [(RUN, dream.pk)]

    assert leases.claim(dream.pk)

    with pytest.raises(leases.LeaseLost):
        dead.renew()


def test_a_shard_whose_worker_died_is_sent_again_but_not_one_that_only_waits(dream):
    first, _ = pipeline.advance(dream.pk)
    assert leases.claim_shard(first)
    Shard.objects.filter(pk=first).update(leased_until=long_ago())

    assert list(watch.lost()) == [(SHARD, first)]


def test_shards_whose_messages_got_lost_are_sent_again_through_their_dream(dream):
    waiting = pipeline.advance(dream.pk)
    Dream.objects.update(leased_until=long_ago())

    assert list(watch.lost()) == [(RUN, dream.pk)]
    assert pipeline.advance(dream.pk) == waiting
    dream.refresh_from_db()
    assert "losses" not in dream.stages


def test_a_shard_that_is_taken_cannot_be_taken_twice(dream):
    first, _ = pipeline.advance(dream.pk)

    assert leases.claim_shard(first)
    assert not leases.claim_shard(first)


def test_a_dream_that_kills_every_worker_is_given_up_with_a_sentence(dream):
    for _ in range(pipeline.endings.MOST_LOSSES):
        assert leases.claim(dream.pk)
        Dream.objects.update(leased_until=long_ago())
        sent = list(watch.lost())

    dream.refresh_from_db()
    assert sent == []
    assert dream.state == "failed"
    assert dream.error == "Given up after 10 tries: Its worker was lost while reading."


def test_a_shard_that_breaks_is_free_again_and_its_error_is_not_hidden(
    dream, monkeypatch
):
    def broken(*_):
        raise ConnectionResetError

    first, _ = pipeline.advance(dream.pk)
    monkeypatch.setattr(shards, "_write", broken)

    with pytest.raises(ConnectionResetError):
        shards.evaluate(first)

    assert leases.claim_shard(first)
    dream.refresh_from_db()
    assert dream.stages["losses"] == 1


@pytest.fixture
def sent(monkeypatch):
    """What would go to the broker, in order."""
    found = []
    monkeypatch.setattr(messages, "send", lambda task, pk: found.append((task, pk)))
    return found


def test_the_tasks_pass_a_dream_on_from_worker_to_worker(dream, sent):
    tasks.run(dream.pk)
    first, second = [pk for task, pk in sent]
    tasks.shard(first)
    tasks.shard(second)
    assert sent == [(SHARD, first), (SHARD, second), (RUN, dream.pk)]

    tasks.run(dream.pk)

    dream.refresh_from_db()
    assert dream.state == "completed"


def test_the_tick_starts_what_is_due_and_sends_again_what_was_lost(dream, sent):
    Dream.objects.update(created_at=long_ago())
    other = a_dreaming_store(runs=2)
    Schedule.objects.create(store=other, cron="0 3 * * *", next_at=long_ago())

    tasks.tick()

    assert sent == [(RUN, dream.pk)]
    assert Dream.objects.get(store=other).trigger == "schedule"


def test_with_the_broker_away_a_dream_is_started_all_the_same(
    dream, settings, caplog, monkeypatch
):
    messages.send(RUN, dream.pk)

    assert "was not sent, the tick will" in caplog.text
    assert not messages.somebody_listens()


def test_shards_queue_apart_so_that_a_decision_does_not_wait_behind_them():
    def queue(task):
        return current_app.amqp.router.route({}, task)["queue"].name

    assert queue(SHARD) != queue(RUN) == queue("reviews.proposals.apply")
    assert {queue(SHARD), queue(RUN)} == set(current_app.amqp.queues.consume_from)
