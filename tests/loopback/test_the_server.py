"""The server itself: as strict with requests as the API, and well-formed in its answers."""

import anthropic
import httpx2
import pytest

from tests.loopback import Loopback, limited, overloaded
from tests.loopback.messages import Batches, Messages

ASKED = {
    "model": "claude-haiku-5-5",
    "max_tokens": 10,
    "messages": [{"role": "user", "content": "Hi"}],
}


@pytest.fixture
def served():
    with Loopback(Messages(), Batches()) as api:
        yield api


@pytest.fixture
def sdk(served):
    """The SDK, which refuses what does not match its types."""
    with anthropic.Anthropic(
        api_key=served.key,
        base_url=served.url,
        max_retries=0,
        http_client=httpx2.Client(trust_env=False),
        _strict_response_validation=True,
    ) as api:
        yield api


def test_its_answers_are_what_the_types_promise(served, sdk):
    message = sdk.messages.create(**ASKED)
    counted = sdk.messages.count_tokens(model="m", messages=ASKED["messages"])
    models = sdk.models.list()
    batch = sdk.messages.batches.create(requests=[{"custom_id": "a", "params": ASKED}])
    (line,) = sdk.messages.batches.results(batch.id)

    assert message.content[0].text == "ok"
    assert message._request_id.startswith("req_")
    assert counted.input_tokens > 0
    assert models.data[0].id == "claude-haiku-5-5"
    assert batch.processing_status == "in_progress"
    assert (line.custom_id, line.result.type) == ("a", "succeeded")
    assert [one.id for one in sdk.messages.batches.list()] == [batch.id]
    assert sdk.messages.batches.cancel(batch.id).cancel_initiated_at
    assert served.problems == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": 0.5},
        {"messages": [{"role": "system operator", "content": "Hi"}]},
        {"max_tokens": "many"},
        {"output_config": {"format": {"type": "json_schema", "shape": {}}}},
        {"system": [{"type": "text", "text": "x", "cache": "1h"}]},
    ],
)
def test_a_request_that_breaks_the_rules_is_refused_and_remembered(served, sdk, wrong):
    with pytest.raises(anthropic.BadRequestError):
        sdk.messages.create(**ASKED, extra_body=wrong)

    assert len(served.problems) == 1


def test_a_batch_is_looked_at_request_by_request(served, sdk):
    bad = ASKED | {"top_k": 3}

    with pytest.raises(anthropic.BadRequestError, match="top_k"):
        sdk.messages.batches.create(requests=[{"custom_id": "a", "params": bad}])


def test_a_wrong_key_and_an_unknown_address_are_told(served, sdk):
    with pytest.raises(anthropic.NotFoundError):
        sdk.get("/v1/elsewhere", cast_to=httpx2.Response)
    with pytest.raises(anthropic.AuthenticationError):
        sdk.with_options(api_key="another").messages.create(**ASKED)


def test_a_script_is_used_once_where_it_belongs(served, sdk):
    served.play(limited(3), on="/v1/messages")
    served.play(overloaded(), on="/v1/models")

    with pytest.raises(anthropic.RateLimitError) as limit:
        sdk.messages.create(**ASKED)
    with pytest.raises(anthropic.OverloadedError):
        sdk.models.list()

    assert limit.value.response.headers["retry-after"] == "3"
    assert sdk.messages.create(**ASKED).stop_reason == "end_turn"
    assert [call.path for call in served.calls] == [
        "/v1/messages",
        "/v1/models",
        "/v1/messages",
    ]
