"""Whatever comes back, a question ends in a sentence, and no row is left half-way."""

import json
from decimal import Decimal

import pytest

from reviews.dreams.asking import batches
from reviews.dreams.asking.client import connect
from reviews.dreams.engines import Waiting
from reviews.dreams.models import Batch, Completion
from tests.dreams.asking.factories import (
    GOOD,
    Hurried,
    a_question,
    an_asking_dream,
    ask,
    questions,
)
from tests.loopback.messages import message
from tests.loopback.server import Reply, error

pytestmark = pytest.mark.django_db

DEEP = "[" * 100_000
ENDLESS = 10**60
BILL = {"input_tokens": 10, "output_tokens": 5}


def a_message(**fields):
    return message(GOOD, {"model": "claude-sonnet-5-5"}, **fields)


@pytest.mark.parametrize("fields", [
    {"usage": BILL | {"input_tokens": ENDLESS}},
    {"usage": BILL | {"input_tokens": -5, "output_tokens": -(10**9)}},
    {"usage": BILL | {"input_tokens": "many"}},
    {"usage": BILL | {"a\0b": "c\0d", "e": "\ud800"}},
    {"usage": "free"},
    {"usage": BILL | {"speed": float("inf")}},
    {"usage": None},
    {"content": 5},
    {"content": "words"},
    {"content": [5, None, {"type": "text", "text": None}]},
    {"content": [{"type": "text", "text": DEEP}]},
    {"content": [{"type": "text", "text": '{"verdict": "rule", "reason": "\\ud800"}'}]},
    {"content": [{"type": "text", "text": '{"verdict": "rule", "reason": "\ud800"}'}]},
    {"stop_reason": "a\0b"},
    {"stop_reason": "x" * 5_000},
    {"stop_reason": ["refusal"]},
    {"stop_reason": "refusal", "stop_details": "because"},
    {"stop_reason": "refusal", "stop_details": {"explanation": "a\0b\ud800"}},
], ids=lambda fields: str(fields)[:40])  # fmt: skip
def test_a_message_that_is_not_as_messages_are_is_kept_and_paid(loopback, fields):
    loopback.messages.answer = lambda params: a_message(**fields)

    answer = ask(an_asking_dream(), a_question())["judge-1"]

    row = Completion.objects.get()
    assert row.state in ("answered", "failed")
    assert Decimal(0) <= row.cost < 10**6
    assert row.reserved == 0
    assert all(isinstance(count, int) for count in row.usage.values())
    assert answer.value is not None or answer.problem or answer.stop


@pytest.mark.parametrize("reply", [
    Reply("<html>Sign in to the network.</html>", headers={"content-type": "text/html"}),
    Reply("<html>Sign in to the network.</html>"),
    Reply(DEEP),
    Reply("null"),
    Reply("[]"),
    Reply('"text"'),
    Reply(b"\xff\xfe\x00"),
    error(400, "invalid_request_error", "a\0b \ud800 no"),
    Reply(DEEP, 400),
    Reply({"error": "text"}, 400),
    Reply([], 400),
], ids=lambda reply: str(reply.body)[:30])  # fmt: skip
def test_an_answer_that_is_no_message_ends_the_question_in_a_sentence(
    loopback, reply, monkeypatch
):
    monkeypatch.setattr("reviews.dreams.asking.calls.time", Hurried())
    loopback.messages.answer = lambda params: reply

    answer = ask(an_asking_dream(), a_question())["judge-1"]

    row = Completion.objects.get()
    assert row.state == "failed"
    assert answer.problem == row.problem != ""


@pytest.mark.parametrize("result", [
    {"type": "succeeded", "message": "words"},
    {"type": "succeeded", "message": a_message(usage={"a\0": "\0"})},
    {"type": "succeeded", "message": a_message(content=5)},
    {"type": "errored", "error": "words"},
    {"type": "errored", "error": {"error": "words", "request_id": "a\0b"}},
    {"type": "errored", "error": {"error": {"message": "a\0b"}}},
    {"type": ["succeeded"]},
], ids=lambda result: str(result)[:50])  # fmt: skip
def test_a_result_of_a_batch_that_is_none_ends_its_question(loopback, result):
    loopback.batches.result = lambda custom_id, params: (
        result if "judge-0" in str(params) else None
    )
    dream = an_asking_dream(scheduled=True)
    with pytest.raises(Waiting):
        ask(dream, *questions(2))

    batches.attend(Batch.objects.get())

    assert not Completion.objects.filter(state__in=["reserved", "sent"]).exists()
    good = Completion.objects.get(name="judge-1")
    assert (good.state, good.problem) == ("answered", "")


@pytest.mark.parametrize("line", [
    {"result": {"type": "succeeded"}},
    {"custom_id": ["x"], "result": {}},
    {"custom_id": None, "result": {}},
])  # fmt: skip
def test_a_line_without_a_question_is_passed_over(loopback, line):
    dream = an_asking_dream(scheduled=True)
    with pytest.raises(Waiting):
        ask(dream, a_question())
    row = Completion.objects.get()
    said = {"type": "succeeded", "message": a_message()}
    lines = [line, {"custom_id": batches.custom_id(row), "result": said}]
    batch = Batch.objects.get()
    loopback.play(
        Reply("\n".join(map(json.dumps, lines))),
        on=f"/v1/messages/batches/{batch.remote_id}/results",
    )

    batches.attend(batch)

    row.refresh_from_db()
    assert row.state == "answered"


@pytest.mark.parametrize("address", ["", "https://gateway.example/anthropic"])
def test_the_key_follows_no_redirect(settings, address):
    settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_BASE_URL = "a-key", address

    with connect() as api:
        assert not api._client.follow_redirects
