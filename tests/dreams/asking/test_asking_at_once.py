"""Questions that somebody waits for: asked at once, kept, paid, and never asked twice."""

import contextlib
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from reviews.dreams.asking import budgets, calls, oracles
from reviews.dreams.asking.budgets import Payer
from reviews.dreams.engines import Waiting
from reviews.dreams.leases import LeaseLost
from reviews.dreams.models import Completion, Dream
from tests.dreams.asking.factories import (
    GOOD,
    Hurried,
    Verdict,
    a_question,
    an_asking_dream,
    ask,
    oracle,
    questions,
)
from tests.factories import SETUP, a_store
from tests.loopback import cut, garbled, limited, overloaded, refused
from tests.loopback.messages import overflowed, refusal, truncated

pytestmark = pytest.mark.django_db


def test_an_answer_has_the_shape_that_was_asked_for_and_its_price(loopback):
    loopback.messages.answer = lambda params: GOOD
    dream = an_asking_dream()

    answer = ask(dream, a_question())["judge-1"]

    assert answer.value == Verdict(**GOOD)
    assert (answer.stop, answer.problem) == ("end_turn", "")
    row = Completion.objects.get()
    assert row.state == "answered"
    assert row.request_id.startswith("req_")
    assert (row.cost, row.reserved) == (answer.cost, 0)
    # Sonnet: 2 dollars for a million tokens in, 10 for out.
    bill = row.usage
    paid = bill["input_tokens"] * 2 + bill["output_tokens"] * 10
    assert answer.cost == Decimal(paid) / 1_000_000
    dream.refresh_from_db()
    assert dream.cost == pytest.approx(float(row.cost))
    assert dream.usage == {
        name: bill[name] for name in ("input_tokens", "output_tokens")
    }


def test_a_question_goes_out_as_it_is_kept_with_its_rubric_to_be_cached(loopback):
    loopback.messages.answer = lambda params: GOOD

    ask(an_asking_dream(), a_question())

    (call,) = loopback.asked("POST", "/v1/messages")
    row = Completion.objects.get()
    assert call.body == row.request
    assert call.body["model"] == "claude-sonnet-5-5"
    assert [block.get("cache_control") for block in call.body["system"]] == [
        None,
        {"type": "ephemeral", "ttl": "1h"},
    ]
    schema = call.body["output_config"]["format"]["schema"]
    assert schema["additionalProperties"] is False
    assert "temperature" not in call.body


def test_what_was_asked_is_answered_at_once_when_the_dream_begins_again(loopback):
    loopback.messages.answer = lambda params: GOOD
    dream = an_asking_dream()
    first = ask(dream, *questions(3))

    second = ask(dream, *questions(3))

    assert len(loopback.asked("POST", "/v1/messages")) == 3
    assert [a.value for a in second.values()] == [a.value for a in first.values()]
    assert {answer.cost for answer in second.values()} == {Decimal(0)}
    assert Completion.objects.count() == 3


def test_without_a_key_nobody_answers_and_the_reason_is_said():
    dream = an_asking_dream()

    answer = oracles.of(dream).ask([a_question()])["judge-1"]

    assert answer.stop == "no-key"
    assert answer.problem.startswith("No key for Anthropic's API is set")
    assert not Completion.objects.exists()


def test_the_same_words_under_two_names_are_asked_once(loopback):
    loopback.messages.answer = lambda params: GOOD
    twin = a_question("judge-2", user=a_question().user)
    dream = an_asking_dream()

    answers = ask(dream, a_question(), twin)
    again = ask(dream, a_question(), twin)

    assert len(loopback.asked("POST", "/v1/messages")) == 1
    assert answers["judge-2"].value == again["judge-2"].value == Verdict(**GOOD)
    assert answers["judge-2"].cost == 0


def test_what_the_team_was_told_before_costs_nothing_in_another_dream(loopback):
    loopback.messages.answer = lambda params: GOOD
    first = an_asking_dream()
    ask(first, a_question())
    second = an_asking_dream(a_store(first.store.team))

    answer = ask(second, a_question())["judge-1"]

    assert len(loopback.calls) == 1
    assert (answer.value, answer.cost) == (Verdict(**GOOD), 0)
    row = Completion.objects.get(dream=second)
    assert row.reused_from == Completion.objects.get(dream=first)
    assert oracle(second).estimate([a_question()]) == 0
    second.refresh_from_db()
    assert second.cost == 0


def test_another_team_is_told_nothing_of_it(loopback):
    loopback.messages.answer = lambda params: GOOD
    ask(an_asking_dream(), a_question())

    ask(an_asking_dream(), a_question())

    assert len(loopback.calls) == 2


def test_other_words_under_the_same_name_are_another_question(loopback):
    loopback.messages.answer = lambda params: GOOD
    dream = an_asking_dream()
    ask(dream, a_question())

    ask(dream, a_question(user="Memory has moved since."))

    assert len(loopback.calls) == 2
    attempts = dream.completions.order_by("pk").values_list("attempt", flat=True)
    assert list(attempts) == [1, 2]


@pytest.mark.parametrize(
    ("played", "stop", "problem"),
    [
        (
            refusal,
            "refusal",
            "The model refused to answer. It says: I would rather not.",
        ),
        (
            truncated,
            "max_tokens",
            "The answer was cut off: it was longer than it may be.",
        ),
        (
            overflowed,
            "model_context_window_exceeded",
            "Question and answer together were too long for the model.",
        ),
    ],
)
def test_why_a_model_stopped_comes_before_what_it_said(loopback, played, stop, problem):
    loopback.messages.answer = played
    dream = an_asking_dream()

    answer = ask(dream, a_question())["judge-1"]
    again = ask(dream, a_question())["judge-1"]

    assert (answer.value, answer.stop, answer.problem) == (None, stop, problem)
    assert (again.stop, again.problem) == (stop, problem)
    # It is paid for, and not asked a second time.
    assert answer.cost > 0
    assert len(loopback.calls) == 1


@pytest.mark.parametrize(
    "said",
    [
        "Certainly! Here you are:",
        '{"verdict": "maybe", "reason": ""}',
        "",
        '{"verdict": "rule", "reason": "\\ud800"}',
    ],
)
def test_an_answer_of_another_shape_is_none(loopback, said):
    loopback.messages.answer = lambda params: said
    dream = an_asking_dream()

    answer = ask(dream, a_question())["judge-1"]

    assert (answer.value, answer.stop) == (None, "malformed")
    assert answer.problem.startswith("The answer has not the shape")
    assert Completion.objects.get().problem == answer.problem


def test_what_no_database_can_hold_is_left_out(loopback):
    loopback.messages.answer = lambda params: (
        '{"verdict": "rule", "reason": "a\\u0000\\u0000b \\\\u0000"}'
    )

    answer = ask(an_asking_dream(), a_question(user="odd \0 \ud800 text"))["judge-1"]

    assert answer.value.reason == "ab \\u0000"
    assert Completion.objects.get().request["messages"][0]["content"] == "odd  ? text"


def test_a_secret_leaves_neither_in_a_question_nor_in_an_answer(loopback):
    secret = "sk-ant-api03-" + "Zx9" * 12
    loopback.messages.answer = lambda params: GOOD | {"reason": f"It uses {secret}."}

    answer = ask(an_asking_dream(), a_question(user=f"key = {secret}"))["judge-1"]

    assert answer.value.reason == "It uses [redacted:anthropic-key]."
    assert secret not in str(loopback.calls[0].body)
    row = Completion.objects.get()
    assert secret not in str(row.answer) + str(row.request)


def test_a_busy_api_is_asked_again_on_the_spot_and_then_later(loopback, monkeypatch):
    monkeypatch.setattr(calls, "time", Hurried())
    loopback.messages.answer = lambda params: GOOD
    loopback.play(overloaded(), limited(0.01))
    dream = an_asking_dream()

    answer = ask(dream, a_question())["judge-1"]

    assert answer.value == Verdict(**GOOD)
    assert len(loopback.calls) == 3
    assert Completion.objects.count() == 1


def test_a_dream_waits_as_long_as_a_rate_limit_says_and_not_in_its_worker(loopback):
    loopback.messages.answer = lambda params: GOOD
    loopback.play(limited(900))
    dream = an_asking_dream()

    with pytest.raises(Waiting) as waiting:
        ask(dream, a_question())

    pause = waiting.value.until - timezone.now()
    assert timedelta(seconds=890) < pause < timedelta(seconds=910)
    assert str(waiting.value) == (
        "Anthropic's rate limit is reached (429). That was try 1 of 5."
        " It is asked again then."
    )
    row = Completion.objects.get()
    assert (row.state, row.cost, row.reserved) == ("failed", 0, 0)
    assert ask(dream, a_question())["judge-1"].value == Verdict(**GOOD)


def test_an_api_that_stays_away_ends_in_a_problem_for_all_that_is_left(
    loopback, monkeypatch
):
    monkeypatch.setattr(calls, "time", Hurried())
    loopback.messages.answer = lambda params: overloaded()
    dream = an_asking_dream()
    for _ in range(4):
        with pytest.raises(Waiting):
            ask(dream, *questions(8))

    answers = ask(dream, *questions(8))

    assert {a.value for a in answers.values()} == {None}
    assert "Anthropic's machines are overloaded (529)." in {
        a.problem for a in answers.values()
    }
    asked = len(loopback.calls)
    assert ask(dream, *questions(8)).keys() == answers.keys()
    assert len(loopback.calls) == asked
    assert budgets.spent(Payer(dream.store.team, dream)).dream == 0


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        (401, "authentication_error", "Anthropic does not know this key (401)."),
        (403, "permission_error", "This key may not do that (403): no"),
        (402, "billing_error", "Anthropic asks for payment (402)"),
    ],
)
def test_a_refused_key_is_told_once_and_nothing_more_is_sent(
    loopback, status, kind, sentence
):
    loopback.messages.answer = lambda params: refused(status, kind)
    dream = an_asking_dream()

    answers = ask(dream, *questions(20))

    assert len(loopback.calls) <= calls.AT_ONCE
    assert len(answers) == 20
    assert all(a.stop == "denied" for a in answers.values())
    assert all(a.problem.startswith(sentence) for a in answers.values())


def test_a_question_that_the_api_rejects_says_why_and_the_others_are_asked(loopback):
    loopback.messages.answer = lambda params: GOOD
    loopback.play(refused(400, message="schema is too complex"))
    dream = an_asking_dream()

    answers = ask(dream, *questions(6))

    bad = [a for a in answers.values() if a.value is None]
    assert [a.problem for a in bad] == [
        "Anthropic refused the request (400): schema is too complex"
    ]
    assert [a.stop for a in bad] == ["rejected"]
    assert len(loopback.calls) == 6


@pytest.mark.parametrize("played", [garbled, cut])
def test_an_answer_that_got_lost_on_the_way_counts_as_paid(loopback, played):
    loopback.messages.answer = lambda params: GOOD
    loopback.play(played())
    dream = an_asking_dream()
    most = oracle(dream).estimate([a_question()])

    with contextlib.suppress(Waiting):
        ask(dream, a_question())

    row = Completion.objects.get()
    assert (row.state, row.cost, row.reserved) == ("failed", most, 0)


def test_nobody_answers_at_an_address_where_nobody_is(loopback, settings):
    settings.ANTHROPIC_BASE_URL = "http://127.0.0.1:9"

    with pytest.raises(Waiting, match="cannot be reached from here"):
        ask(an_asking_dream(), a_question())

    assert Completion.objects.get().cost == 0


def test_a_model_without_a_price_is_not_asked(loopback):
    dream = an_asking_dream()
    budgets.change(dream.store.team, by=SETUP, middle="claude-fable-5-2")

    answer = ask(dream, a_question())["judge-1"]

    assert answer.stop == "no-price"
    assert "An admin can add one under Settings, Models." in answer.problem
    assert loopback.calls == []


def test_the_models_stay_those_of_the_beginning(loopback):
    loopback.messages.answer = lambda params: GOOD
    dream = an_asking_dream()
    ask(dream, a_question("first"))
    budgets.change(dream.store.team, by=SETUP, middle="claude-opus-5-5")

    ask(Dream.objects.get(), a_question("second"))

    assert {c.body["model"] for c in loopback.calls} == {"claude-sonnet-5-5"}


def test_what_was_under_way_when_a_dream_was_canceled_is_kept_and_paid(
    loopback, monkeypatch
):
    loopback.messages.answer = lambda params: GOOD
    monkeypatch.setattr(calls, "AT_ONCE", 2)
    dream = an_asking_dream()
    taken = []
    goes_on = Payer.goes_on

    def canceled_after_two(payer):
        taken.append(payer)
        return len(taken) <= 2 and goes_on(payer)

    monkeypatch.setattr(Payer, "goes_on", canceled_after_two)
    with pytest.raises(LeaseLost):
        ask(dream, *questions(5))

    assert len(loopback.calls) == 2
    assert list(Completion.objects.values_list("state", "reserved")) == [
        ("answered", 0),
        ("answered", 0),
    ]
    dream.refresh_from_db()
    assert dream.cost > 0


def test_a_canceled_dream_asks_nothing_more(loopback):
    dream = an_asking_dream()
    Dream.objects.update(state="canceled")
    with pytest.raises(LeaseLost):
        ask(dream, *questions(3))

    assert loopback.calls == []
