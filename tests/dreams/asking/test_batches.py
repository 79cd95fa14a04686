"""Scheduled dreams ask in batches: for half the price, patiently, and each result by its id."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from reviews.dreams.asking import batches, oracles, prices, rates
from reviews.dreams.engines import Waiting
from reviews.dreams.models import Batch, Completion
from tests.dreams.asking.factories import (
    GOOD,
    Verdict,
    a_question,
    allow,
    an_asking_dream,
    ask,
    oracle,
    questions,
)
from tests.loopback import Reply, garbled, refused

pytestmark = pytest.mark.django_db


def wait_and_ask(dream, *asked):
    with pytest.raises(Waiting):
        ask(dream, *asked)
    return ask(dream, *asked)


def test_a_batch_is_handed_in_awaited_and_collected_for_half_the_price(loopback):
    loopback.messages.answer = lambda params: (
        GOOD | {"reason": params["messages"][0]["content"]}
    )
    loopback.batches.ends_after = 3
    dream = an_asking_dream(scheduled=True)

    with pytest.raises(Waiting, match="0 of 3 answers are there"):
        ask(dream, *questions(3))
    for _ in range(2):
        with pytest.raises(Waiting):
            ask(dream, *questions(3))
    answers = ask(dream, *questions(3))

    assert [answers[f"judge-{n}"].value.reason for n in range(3)] == [
        f"Is judge-{n} one thing?" for n in range(3)
    ]
    assert loopback.asked("POST", "/v1/messages") == []
    for row in Completion.objects.all():
        rate = prices.defaults()["claude-sonnet-5-5"]
        full = rates.cost(rate, row.usage, batch=False)
        assert row.cost == answers[row.name].cost
        assert full / 2 <= row.cost <= full / 2 + Decimal("0.000001")
    batch = Batch.objects.get()
    assert batch.state == "ended"
    assert batch.ended_at
    assert batch.expires_at
    # Known now: told again for nothing, without asking anybody.
    seen = len(loopback.calls)
    assert {a.cost for a in ask(dream, *questions(3)).values()} == {0}
    assert len(loopback.calls) == seen


def test_ids_are_short_and_each_question_is_sent_as_it_is_kept(loopback):
    with pytest.raises(Waiting):
        ask(an_asking_dream(scheduled=True), *questions(3))

    (call,) = loopback.asked("POST", "/v1/messages/batches")
    assert {len(r["custom_id"]) for r in call.body["requests"]} == {40}
    kept = Completion.objects.order_by("pk").values_list("request", flat=True)
    assert [r["params"] for r in call.body["requests"]] == list(kept)


def test_one_looks_less_and_less_often(loopback):
    now = timezone.now()

    def pause(age):
        batch = Batch(created_at=now - age, polled_at=now)
        return batches.next_look(batch) - now

    assert pause(timedelta(seconds=1)) == timedelta(seconds=30)
    assert pause(timedelta(minutes=8)) == timedelta(minutes=2)
    assert pause(timedelta(hours=20)) == timedelta(minutes=10)


def test_results_are_fetched_where_the_key_belongs(loopback):
    loopback.messages.answer = lambda params: GOOD
    loopback.batches.results_host = "https://results.invalid"

    answer = wait_and_ask(an_asking_dream(scheduled=True), a_question())["judge-1"]

    assert answer.value == Verdict(**GOOD)


@pytest.mark.parametrize(
    ("result", "stop"),
    [
        ({"type": "expired"}, "expired"),
        (
            {
                "type": "errored",
                "error": {
                    "type": "error",
                    "error": {"type": "api_error", "message": "oh"},
                },
            },
            "errored",
        ),
        ({"type": "something new"}, "errored"),
    ],
)
def test_what_expired_or_erred_is_asked_once_more_then_told(loopback, result, stop):
    loopback.messages.answer = lambda params: GOOD
    loopback.batches.result = lambda custom_id, params: (
        result if "judge-0" in params["messages"][0]["content"] else None
    )
    dream = an_asking_dream(scheduled=True)
    with pytest.raises(Waiting):
        ask(dream, *questions(2))
    with pytest.raises(Waiting):
        ask(dream, *questions(2))

    answers = ask(dream, *questions(2))

    first, second = loopback.asked("POST", "/v1/messages/batches")
    assert (len(first.body["requests"]), len(second.body["requests"])) == (2, 1)
    assert (answers["judge-0"].stop, answers["judge-0"].value) == (stop, None)
    assert answers["judge-1"].value == Verdict(**GOOD)


def test_a_request_that_is_wrong_is_not_asked_again(loopback):
    error = {"type": "invalid_request_error", "message": "schema is too complex"}
    loopback.batches.result = lambda custom_id, params: {
        "type": "errored",
        "error": {"type": "error", "error": error, "request_id": "req_9"},
    }

    answer = wait_and_ask(an_asking_dream(scheduled=True), a_question())["judge-1"]

    assert answer.stop == "rejected"
    assert "schema is too complex" in answer.problem
    assert Completion.objects.get().request_id == "req_9"


def test_a_refused_batch_tells_everybody_why_at_once(loopback):
    loopback.play(refused(401, "authentication_error"), on="/v1/messages/batches")
    dream = an_asking_dream(scheduled=True)

    answers = ask(dream, *questions(3))

    assert {a.stop for a in answers.values()} == {"denied"}
    assert Batch.objects.get().problem.startswith("Anthropic does not know this key")


def test_what_one_batch_did_not_need_pays_for_the_next(loopback):
    loopback.messages.answer = lambda params: GOOD | {"reason": "So. " * 200}
    dream = an_asking_dream(scheduled=True)
    cap = oracle(dream).estimate(questions(10)).quantize(Decimal("0.01"))
    allow(dream, cap)
    rounds = 0
    while True:
        try:
            answers = ask(dream, *questions(60))
            break
        except Waiting:
            rounds += 1
            reserved = sum(Completion.objects.values_list("reserved", flat=True))
            paid = sum(Completion.objects.values_list("cost", flat=True))
            assert reserved + paid <= cap

    assert 1 < rounds <= 6
    stops = [answer.stop for answer in answers.values()]
    told = stops.count("end_turn")
    assert 10 < told < 60
    assert stops == ["end_turn"] * told + ["over-budget"] * (60 - told)
    assert sum(Completion.objects.values_list("cost", flat=True)) <= cap


def test_a_batch_that_is_gone_over_there_is_asked_once_more(loopback):
    loopback.messages.answer = lambda params: GOOD
    dream = an_asking_dream(scheduled=True)
    with pytest.raises(Waiting):
        ask(dream, a_question())
    loopback.batches.batches.clear()
    with pytest.raises(Waiting):
        ask(dream, a_question())

    answer = ask(dream, a_question())["judge-1"]

    assert answer.value == Verdict(**GOOD)
    assert "does not know" in Batch.objects.order_by("pk").first().problem


def test_nothing_is_counted_again_while_a_batch_is_under_way(loopback):
    loopback.batches.ends_after = 2
    dream = an_asking_dream(scheduled=True)
    oracles.awaited(dream)
    with pytest.raises(Waiting):
        ask(dream, a_question())

    with pytest.raises(Waiting):
        oracles.awaited(dream)

    oracles.awaited(dream)
    assert Completion.objects.get().state == "answered"


def test_who_waits_for_a_batch_says_since_when_and_until_when(loopback):
    loopback.batches.ends_after = 9
    with pytest.raises(Waiting):
        ask(dream := an_asking_dream(scheduled=True), *questions(2))
    loopback.play(garbled(), on="/v1/messages/batches/")

    with pytest.raises(Waiting) as waiting:
        ask(dream, *questions(2))

    batch = Batch.objects.get()
    wait = waiting.value
    assert (wait.since, wait.ends) == (batch.created_at, batches.given_up_at(batch))
    assert wait.what == (
        "0 of 2 answers are there. Anthropic's answer could not be read: it is no JSON."
    )


@pytest.mark.parametrize(
    "expires", ["in a while", None, "9999-12-31T23:59:59Z", 5, {"at": "noon"}]
)
def test_a_batch_is_given_up_after_a_day_whatever_it_says_of_its_end(loopback, expires):
    loopback.batches.ends_after = 99
    made = loopback.batches.create

    def odd(call):
        return Reply(made(call) | {"expires_at": expires})

    loopback.play(odd, on="/v1/messages/batches")
    dream = an_asking_dream(scheduled=True)

    with pytest.raises(Waiting) as waiting:
        ask(dream, *questions(1))

    assert waiting.value.ends - waiting.value.since <= timedelta(hours=25)
    assert Batch.objects.get().state == "running"


@pytest.mark.parametrize("name", [5, None, "", ["msgbatch_1"]])
def test_a_batch_without_an_id_is_found_by_its_size(loopback, name):
    loopback.messages.answer = lambda params: GOOD
    loopback.batches.ends_after = 2
    made = loopback.batches.create
    loopback.play(
        lambda call: Reply(made(call) | {"id": name}), on="/v1/messages/batches"
    )
    dream = an_asking_dream(scheduled=True)
    with pytest.raises(Waiting):
        ask(dream, *questions(2))
    assert Batch.objects.get().state == "submitting"

    with pytest.raises(Waiting):
        ask(dream, *questions(2))

    assert Batch.objects.get().remote_id
    assert len(ask(dream, *questions(2))) == 2
