"""Messages, token counts, models, and batches of messages."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pydantic
from anthropic.types.message_count_tokens_params import MessageCountTokensParams
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from anthropic.types.messages.batch_create_params import BatchCreateParams

from tests.loopback.server import Call, Loopback, Reply, Route, error

_IDS = count(1)
MODELS = ["claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"]

# What is said to a question: a value (sent as JSON), words, or a whole message.
type Said = dict[str, Any] | str | pydantic.BaseModel


class Messages:
    """``answer(params)`` says what the model says; by default the least that fits."""

    loopback: Loopback

    def __init__(self) -> None:
        self.answer: Callable[[dict[str, Any]], Said | Reply] = fitting

    def routes(self) -> Iterator[Route]:
        yield Route(
            "POST", "/v1/messages", self.create, MessageCreateParamsNonStreaming
        )
        yield Route(
            "POST", "/v1/messages/count_tokens", self.count, MessageCountTokensParams
        )
        yield Route("GET", "/v1/models", self.models)

    def create(self, call: Call) -> Any:
        said = self.answer(call.body)
        return said if isinstance(said, Reply) else message(said, call.body)

    def count(self, call: Call) -> Any:
        return {"input_tokens": tokens_of(call.body)}

    def models(self, call: Call) -> Any:
        data = [
            {
                "type": "model",
                "id": name,
                "display_name": name,
                "created_at": "2026-10-01T00:00:00Z",
                "lifecycle": "active",
            }
            for name in MODELS
        ]
        return {
            "data": data,
            "has_more": False,
            "first_id": MODELS[0],
            "last_id": MODELS[-1],
        }


class Batches:
    """Batches that end when they have been looked at ``ends_after`` times.

    ``result(custom_id, params)`` may give ``{"type": "expired"}`` and the like for one of
    them; what it leaves alone is answered as ``loopback.messages`` answers. Results come
    back in the opposite order.
    """

    loopback: Loopback

    def __init__(self) -> None:
        self.ends_after = 1
        self.result: Callable[[str, dict[str, Any]], dict[str, Any] | None] = (
            lambda custom_id, params: None
        )
        # Where the results are said to be; None for here.
        self.results_host: str | None = None
        self.batches: dict[str, dict[str, Any]] = {}
        self._requests: dict[str, list[dict[str, Any]]] = {}
        self._looks: dict[str, int] = {}
        self._lock = threading.Lock()

    def routes(self) -> Iterator[Route]:
        one = "/v1/messages/batches/(?P<batch>[^/]+)"
        yield Route("POST", "/v1/messages/batches", self.create, BatchCreateParams)
        yield Route("GET", "/v1/messages/batches", self.list)
        yield Route("GET", one, self.retrieve)
        yield Route("GET", f"{one}/results", self.results)
        yield Route("POST", f"{one}/cancel", self.cancel)

    def create(self, call: Call) -> Any:
        requests = call.body["requests"]
        ids = [request["custom_id"] for request in requests]
        if len(set(ids)) < len(ids) or any(len(one) > 64 for one in ids):
            self.loopback.problems.append("custom ids are long or not unique")
        return self.add(requests)

    def add(
        self, requests: list[dict[str, Any]], at: datetime | None = None
    ) -> dict[str, Any]:
        """A batch that somebody has handed in, through us or elsewhere."""
        at = at or datetime.now(UTC)
        name = f"msgbatch_{next(_IDS):06}"
        with self._lock:
            self._requests[name] = requests
            self._looks[name] = 0
            self.batches[name] = {
                "id": name,
                "type": "message_batch",
                "processing_status": "in_progress",
                "request_counts": _counts(processing=len(requests)),
                "created_at": at.isoformat(),
                "expires_at": (at + timedelta(hours=24)).isoformat(),
                "ended_at": None,
                "results_url": None,
                "archived_at": None,
                "cancel_initiated_at": None,
            }
        return self.batches[name]

    def list(self, call: Call) -> Any:
        newest = list(self.batches.values())[::-1][: int(call.one("limit", "20"))]
        return {
            "data": newest,
            "has_more": False,
            "first_id": newest[0]["id"] if newest else None,
            "last_id": newest[-1]["id"] if newest else None,
        }

    def retrieve(self, call: Call) -> Any:
        batch = self.batches.get(call.parts["batch"])
        if batch is None:
            return error(404, "not_found_error", "no such batch")
        self._looks[batch["id"]] += 1
        if self._looks[batch["id"]] >= self.ends_after:
            self.end(batch["id"])
        return batch

    def end(self, name: str) -> None:
        """Nothing more will be answered."""
        batch = self.batches[name]
        host = self.loopback.url if self.results_host is None else self.results_host
        batch["processing_status"] = "ended"
        batch["ended_at"] = datetime.now(UTC).isoformat()
        batch["results_url"] = f"{host}/v1/messages/batches/{name}/results"
        size = len(self._requests[name])
        batch["request_counts"] = _counts(succeeded=size)

    def results(self, call: Call) -> Any:
        lines = [
            {
                "custom_id": request["custom_id"],
                "result": self._result(call.parts["batch"], request),
            }
            for request in reversed(self._requests[call.parts["batch"]])
        ]
        return Reply("".join(json.dumps(line) + "\n" for line in lines))

    def cancel(self, call: Call) -> Any:
        batch = self.batches[call.parts["batch"]]
        batch["processing_status"] = "canceling"
        batch["cancel_initiated_at"] = datetime.now(UTC).isoformat()
        return batch

    def _result(self, batch: str, request: dict[str, Any]) -> dict[str, Any]:
        scripted = self.result(request["custom_id"], request["params"])
        if scripted is not None:
            return scripted
        if self.batches[batch]["cancel_initiated_at"]:
            return {"type": "canceled"}
        said = self.loopback.messages.answer(request["params"])  # type: ignore[attr-defined]
        return {"type": "succeeded", "message": message(said, request["params"])}


def message(said: Said, params: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A whole message that says so, with a plausible bill."""
    if isinstance(said, dict) and said.get("type") == "message":
        return said
    if isinstance(said, pydantic.BaseModel):
        said = said.model_dump(mode="json")
    text = said if isinstance(said, str) else json.dumps(said)
    return {
        "id": f"msg_{next(_IDS):06}",
        "type": "message",
        "role": "assistant",
        "model": params["model"],
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": tokens_of(params),
            "output_tokens": max(1, len(text) // 4),
        },
    } | fields


def refusal(params: dict[str, Any]) -> dict[str, Any]:
    """The model will not."""
    details = {
        "type": "refusal",
        "category": "cyber",
        "explanation": "I would rather not.",
    }
    return message("", params, stop_reason="refusal", stop_details=details, content=[])


def truncated(params: dict[str, Any]) -> dict[str, Any]:
    """The answer ends in the middle of its JSON."""
    return message('{"half": "of an ans', params, stop_reason="max_tokens")


def overflowed(params: dict[str, Any]) -> dict[str, Any]:
    """The context window was full."""
    stop = "model_context_window_exceeded"
    return message('{"half": ', params, stop_reason=stop)


def tokens_of(params: dict[str, Any]) -> int:
    """About as many as a tokenizer would find."""
    said = [params.get("system") or [], params.get("messages") or []]
    return max(1, len(json.dumps(said)) // 4)


def fitting(params: dict[str, Any]) -> Any:
    """The least that has the shape that was asked for."""
    schema = (params.get("output_config") or {}).get("format", {}).get("schema")
    return _least(schema, schema.get("$defs", {})) if schema else "ok"


def _least(schema: dict[str, Any], defs: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _least(defs[schema["$ref"].rpartition("/")[2]], defs)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "allOf"):
        if choice in schema:
            return _least(schema[choice][0], defs)
    kind = schema["type"]
    if kind == "object":
        return {name: _least(each, defs) for name, each in schema["properties"].items()}
    if kind == "array":
        return [_least(schema["items"], defs)] * schema.get("minItems", 0)
    return {"string": "", "integer": 0, "number": 0.0, "boolean": False, "null": None}[
        kind
    ]


def _counts(**counts: int) -> dict[str, int]:
    none = dict.fromkeys(
        ["processing", "succeeded", "errored", "canceled", "expired"], 0
    )
    return none | counts
