"""Questions that somebody waits for: asked at once, kept, paid, and never asked twice."""

from decimal import Decimal

import pytest

from reviews.dreams.asking import oracles
from reviews.dreams.models import Completion
from tests.dreams.asking.factories import (
    GOOD,
    Verdict,
    a_question,
    an_asking_dream,
    ask,
    questions,
)

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
