"""A worker dies between any two steps: the dream goes on, and nothing is paid twice."""

from decimal import Decimal

import pytest
from django.utils import timezone

from reviews.dreams.asking import batches, calls, completions, remnants
from reviews.dreams.asking.budgets import Payer
from reviews.dreams.asking.wires import wire_of
from reviews.dreams.engines import Waiting
from reviews.dreams.models import Batch, Completion, Dream
from tests.dreams.asking.factories import (
    GOOD,
    Verdict,
    a_question,
    an_asking_dream,
    ask,
    oracle,
    questions,
)
from tests.loopback import cut, overloaded

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """As kill -9: nobody catches it, nothing is tidied up."""


def dying(monkeypatch, module, name, *, when, nth=1):
    """Die before or after the nth call of a function."""
    real, count = getattr(module, name), iter(range(1, 1_000))

    def call(*args, **kwargs):
        last = next(count) == nth
        if last and when == "before":
            raise Killed
        result = real(*args, **kwargs)
        if last:
            raise Killed
        return result

    monkeypatch.setattr(module, name, call)


def until_answered(dream, *asked):
    """Begin again as the pipeline does, until every answer is there."""
    for _ in range(8):
        try:
            return ask(dream, *asked)
        except Waiting:
            Batch.objects.update(created_at=timezone.now())
    raise AssertionError("It waits for ever.")


DIRECT = [
    (completions, "reserve", "before"),
    (completions, "reserve", "after"),
    (completions, "sent", "before"),
    (completions, "settle", "after"),
    (completions, "answer_of", "before"),
]


@pytest.mark.parametrize(("module", "name", "when"), DIRECT)
def test_a_death_over_calls_costs_nothing_twice(
    loopback, monkeypatch, module, name, when
):
    loopback.messages.answer = lambda params: GOOD
    dream = an_asking_dream()
    with monkeypatch.context() as patch:
        dying(patch, module, name, when=when, nth=2)
        patch.setattr(calls, "AT_ONCE", 1)
        with pytest.raises(Killed):
            ask(dream, *questions(4))

    answers = until_answered(dream, *questions(4))

    assert [a.value for a in answers.values()] == [Verdict(**GOOD)] * 4
    assert len(loopback.asked("POST", "/v1/messages")) == 4
    paid = sum(Completion.objects.values_list("cost", flat=True))
    dream.refresh_from_db()
    assert dream.cost == pytest.approx(float(paid))
    assert set(Completion.objects.values_list("reserved", flat=True)) == {Decimal(0)}


def test_an_answer_that_died_with_its_worker_counts_as_paid_and_is_asked_once_more(
    loopback, monkeypatch
):
    loopback.messages.answer = lambda params: GOOD
    dream = an_asking_dream()
    most = oracle(dream).estimate([a_question()])
    with monkeypatch.context() as patch:
        dying(patch, completions, "settle", when="before")
        with pytest.raises(Killed):
            ask(dream, a_question())

    answer = ask(dream, a_question())["judge-1"]

    assert answer.value == Verdict(**GOOD)
    lost, told = Completion.objects.order_by("pk")
    assert (lost.stop_reason, lost.cost) == ("lost", most)
    assert told.cost == answer.cost < most


def test_a_question_that_kills_its_worker_twice_is_given_up(loopback, monkeypatch):
    loopback.messages.answer = lambda params: GOOD
    dream = an_asking_dream()
    for _ in range(2):
        with monkeypatch.context() as patch:
            dying(patch, completions, "settle", when="before")
            with pytest.raises(Killed):
                ask(dream, a_question())

    answer = ask(dream, a_question())["judge-1"]

    assert answer.stop == "lost"
    assert answer.problem.startswith("Its worker died")


BATCHED = [
    (completions, "reserve", "before"),
    (completions, "reserve", "after"),
    (batches, "hand_in", "before"),
    (batches, "hand_in", "after"),
    (batches, "_known_as", "before"),
    (batches, "_known_as", "after"),
    (batches, "_collect", "before"),
    (batches, "_collect", "after"),
    (completions, "settle", "before"),
    (completions, "settle", "after"),
    (batches, "_end", "before"),
    (completions, "answer_of", "before"),
]


@pytest.mark.parametrize(("module", "name", "when"), BATCHED)
def test_a_death_over_a_batch_costs_nothing_twice(
    loopback, monkeypatch, module, name, when
):
    loopback.messages.answer = lambda params: GOOD
    dream = an_asking_dream(scheduled=True)
    with monkeypatch.context() as patch:
        dying(patch, module, name, when=when)
        with pytest.raises(Killed):
            until_answered(dream, *questions(3))

    answers = until_answered(dream, *questions(3))

    assert [a.value for a in answers.values()] == [Verdict(**GOOD)] * 3
    assert len(loopback.asked("POST", "/v1/messages/batches")) == 1
    assert len(loopback.batches.batches) == 1
    paid = sum(Completion.objects.values_list("cost", flat=True))
    dream.refresh_from_db()
    assert paid > 0
    assert dream.cost == pytest.approx(float(paid))
    assert set(Completion.objects.values_list("reserved", flat=True)) == {Decimal(0)}


def test_a_batch_whose_answer_got_lost_is_found_again_among_the_newest(loopback):
    loopback.messages.answer = lambda params: GOOD

    def taken_in_silence(call):
        loopback.batches.create(call)
        return cut()

    loopback.play(taken_in_silence, on="/v1/messages/batches")
    dream = an_asking_dream(scheduled=True)
    with pytest.raises(Waiting, match="connection to Anthropic broke"):
        ask(dream, *questions(3))

    answers = until_answered(dream, *questions(3))

    assert {a.stop for a in answers.values()} == {"end_turn"}
    assert len(loopback.batches.batches) == 1
    assert Batch.objects.get().remote_id == next(iter(loopback.batches.batches))


def test_a_batch_that_could_be_one_of_two_is_given_up_and_asked_once_more(loopback):
    loopback.messages.answer = lambda params: GOOD
    loopback.play(cut(), on="/v1/messages/batches")
    dream = an_asking_dream(scheduled=True)
    most = oracle(dream).estimate(questions(1))
    with pytest.raises(Waiting):
        ask(dream, *questions(1))
    for _ in range(2):
        # Another program's, in the same minute, with the same key.
        loopback.batches.add([{"custom_id": "x", "params": {"model": "m"}}])

    answers = until_answered(dream, *questions(1))

    assert answers["judge-0"].value == Verdict(**GOOD)
    assert list(Batch.objects.order_by("pk").values_list("state", flat=True)) == [
        "lost",
        "ended",
    ]
    lost = Completion.objects.get(stop_reason="lost")
    assert lost.cost == most


def test_a_batch_of_somebody_else_s_is_not_taken_for_ours(loopback):
    loopback.messages.answer = lambda params: GOOD
    loopback.play(cut(), on="/v1/messages/batches")
    dream = an_asking_dream(scheduled=True)
    with pytest.raises(Waiting):
        ask(dream, *questions(1))
    foreign = {"custom_id": "x", "params": {"model": "m", "messages": []}}
    loopback.batches.add([foreign])

    answers = until_answered(dream, *questions(1))

    assert answers["judge-0"].value == Verdict(**GOOD)
    first = Batch.objects.order_by("pk").first()
    assert first.state == "lost"
    assert first.problem.endswith("holds the answers to other questions.")


def test_what_a_dead_dream_had_reserved_is_freed_and_what_it_sent_is_paid():
    dream = an_asking_dream()
    payer = Payer(dream.store.team, dream)
    rows = completions.reserve(payer, oracle_orders(dream, 2), batch=False)
    completions.sent(rows[0])
    remnants.settle()
    assert set(Completion.objects.values_list("state", flat=True)) == {
        "sent",
        "reserved",
    }
    Dream.objects.update(state="canceled")
    Completion.objects.update(created_at=timezone.now() - remnants._DEAD * 2)

    remnants.settle()

    sent, reserved = Completion.objects.order_by("pk")
    assert (sent.stop_reason, sent.cost, sent.reserved) == ("lost", Decimal(1), 0)
    assert (reserved.stop_reason, reserved.cost, reserved.reserved) == ("gone", 0, 0)
    dream.refresh_from_db()
    assert dream.cost == 1


def test_a_canceled_dream_cancels_its_batch_and_pays_what_was_answered(loopback):
    loopback.batches.ends_after = 2
    dream = an_asking_dream(scheduled=True)
    with pytest.raises(Waiting):
        ask(dream, *questions(2))
    Dream.objects.update(state="canceled")

    remnants.settle()

    assert len(loopback.asked("POST", cancel_path())) == 1
    assert Batch.objects.get().state == "canceled"
    remnants.settle()
    assert Completion.objects.filter(state="sent").count() == 2
    Batch.objects.update(polled_at=None)

    remnants.settle()

    assert len(loopback.asked("POST", cancel_path())) == 1
    assert set(Completion.objects.values_list("stop_reason", "cost")) == {
        ("canceled", Decimal(0))
    }
    assert Batch.objects.get().ended_at
    assert set(Completion.objects.values_list("reserved", flat=True)) == {0}


def test_a_batch_that_nobody_can_look_at_any_more_is_given_up_in_the_end(
    loopback, settings
):
    dream = an_asking_dream(scheduled=True)
    with pytest.raises(Waiting):
        ask(dream, *questions(2))
    Dream.objects.update(state="failed")
    settings.ANTHROPIC_API_KEY = ""
    remnants.settle()
    assert Batch.objects.get().state == "running"
    long_ago = timezone.now() - batches._DAY * 2
    Batch.objects.update(expires_at=long_ago, polled_at=None)

    remnants.settle()

    assert Batch.objects.get().state == "lost"
    assert not Completion.objects.filter(state="sent").exists()


def test_a_busy_api_does_not_lose_a_batch(loopback):
    loopback.messages.answer = lambda params: GOOD
    loopback.play(overloaded(), on="/v1/messages/batches")
    dream = an_asking_dream(scheduled=True)

    answers = until_answered(dream, *questions(2))

    assert {a.stop for a in answers.values()} == {"end_turn"}
    assert list(Batch.objects.order_by("pk").values_list("state", flat=True)) == [
        "lost",
        "ended",
    ]


def cancel_path():
    return f"/v1/messages/batches/{Batch.objects.get().remote_id}/cancel"


def oracle_orders(dream, count):
    return [
        completions.Order(question, wire_of(question, "claude-sonnet-5-5"), Decimal(1))
        for question in questions(count)
    ]
