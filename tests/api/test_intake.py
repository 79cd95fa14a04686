"""An agent sends traces: every line has its answer, and what is answered is stored."""

import gzip
import json

import pytest

from reviews.api import bodies
from reviews.traces.models import Trace


def a_trace(name: str = "run-1", **more: object) -> dict[str, object]:
    steps = [
        {"kind": "message", "actor": "person", "text": f"Where is my parcel, {name}?"},
        {"kind": "tool_call", "tool": "find_order", "call": "1", "text": {"id": "W1"}},
        {
            "kind": "tool_result",
            "tool": "find_order",
            "call": "1",
            "text": "not found",
            "error": True,
        },
        {"kind": "message", "actor": "agent", "text": "I cannot find it."},
    ]
    return {"external_id": name, "steps": steps, **more}


def ndjson(*lines: object) -> bytes:
    return b"\n".join(
        line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines
    )


def results(response) -> list[tuple[int, str]]:
    return [(line["line"], line["status"]) for line in response.json()["results"]]


def test_a_trace_is_stored_under_the_agent_whose_token_it_is(program):
    response = program.post("/api/traces", a_trace())

    assert response.status_code == 200
    assert results(response) == [(1, "stored")]
    trace = Trace.objects.get()
    assert (trace.agent, trace.error_count) == (program.agent, 1)


def test_sending_again_adds_nothing(program):
    program.post("/api/traces", a_trace())

    response = program.post("/api/traces", a_trace())

    assert results(response) == [(1, "duplicate")]
    assert Trace.objects.count() == 1


@pytest.mark.parametrize("text", [b'"\xed\xa0\x80"', b'{"a": "\xff"}'])
def test_a_step_that_is_not_utf8_costs_its_own_line_only(program, text):
    broken = b'{"external_id":"one","steps":[{"actor":"person","text":%s}]}' % text

    response = program.post("/api/traces", ndjson(broken, a_trace("two")))

    assert results(response) == [(1, "invalid"), (2, "stored")]
    line = response.json()["results"][0]
    assert (line["field"], "not UTF-8" in line["reason"]) == ("steps[0].text", True)


def test_a_batch_keeps_what_is_good_and_says_which_line_is_not(program):
    body = ndjson(
        a_trace("one"),
        b'{"external_id": "two", ',
        {"external_id": "three", "steps": 7},
        a_trace("four"),
    )

    response = program.post("/api/traces", body, content_type="application/x-ndjson")

    assert response.status_code == 200
    assert results(response) == [
        (1, "stored"),
        (2, "invalid"),
        (3, "invalid"),
        (4, "stored"),
    ]
    bad = response.json()["results"][2]
    assert bad["field"] == "steps"
    assert "array" in bad["reason"]
    assert set(Trace.objects.values_list("external_id", flat=True)) == {"one", "four"}


def test_when_nothing_could_be_taken_the_status_says_so(program):
    response = program.post("/api/traces", b"this is not JSON")

    assert response.status_code == 422
    assert not Trace.objects.exists()


def test_a_body_may_be_zipped(program):
    body = gzip.compress(ndjson(a_trace("one"), a_trace("two")))

    response = program.post("/api/traces", body, **{"Content-Encoding": "gzip"})

    assert results(response) == [(1, "stored"), (2, "stored")]


@pytest.mark.parametrize(
    ("body", "encoding", "says"),
    [
        (b"plain", "gzip", "says gzip and is not"),
        (gzip.compress(b'{"external_id": "x"}', mtime=0)[:-12], "gzip", "cut off"),
        (b"{}", "br", "is not known"),
    ],
)
def test_a_body_that_is_not_what_it_says_is_refused(program, body, encoding, says):
    response = program.post("/api/traces", body, **{"Content-Encoding": encoding})

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert says in response.json()["detail"]


def test_a_bomb_is_refused_before_it_unfolds(program, monkeypatch):
    monkeypatch.setattr(bodies.pieces, "__kwdefaults__", {"largest": 1 << 20})
    bomb = gzip.compress(b"[" + b" " * (50 << 20) + b"]")

    response = program.post("/api/traces", bomb, **{"Content-Encoding": "gzip"})

    assert response.status_code == 413
    assert "1 MB" in response.json()["detail"]


def test_a_secret_is_taken_out_counted_and_told(program):
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    trace = a_trace()
    trace["steps"][0]["text"] += f" my key is {key}"

    response = program.post("/api/traces", trace)

    assert sum(response.json()["results"][0]["redactions"].values()) == 1
    assert sum(Trace.objects.get().redactions.values()) == 1


def test_no_token_a_wrong_one_and_one_without_the_scope_are_told_apart(program, client):
    assert (
        client.post("/api/traces", "{}", content_type="application/json").status_code
        == 401
    )
    program.token = "db_guess"
    wrong = program.post("/api/traces", a_trace())
    assert (wrong.status_code, wrong.json()["type"]) == (401, "/problems/bad-token")
    assert wrong["WWW-Authenticate"] == "Bearer"


def test_a_reader_cannot_write(db):
    from tests.api.conftest import Program  # noqa: PLC0415
    from tests.factories import an_agent  # noqa: PLC0415

    reader = Program(an_agent(), "read-memory")

    response = reader.post("/api/traces", a_trace())

    assert response.status_code == 403
    assert response.json()["scope"] == "write-traces"
    assert not Trace.objects.exists()


def test_two_teams_may_use_one_id_and_see_only_their_own(program, stranger):
    program.post("/api/traces", a_trace())

    response = stranger.post("/api/traces", a_trace())

    assert results(response) == [(1, "stored")]
    assert Trace.objects.count() == 2


def test_too_many_at_once_are_asked_to_come_back(program, monkeypatch):
    import threading  # noqa: PLC0415

    from reviews.api.views import traces  # noqa: PLC0415

    full = threading.BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr(traces, "_places", full)

    response = program.post("/api/traces", a_trace())

    assert (response.status_code, response["Retry-After"]) == (429, "2")
    assert not Trace.objects.exists()


def test_a_request_of_countless_lines_is_refused(program, monkeypatch):
    monkeypatch.setattr("reviews.api.views.traces.MOST_LINES", 3)

    response = program.post("/api/traces", ndjson(*[{}] * 4))

    assert response.status_code == 413
    assert "At most 3 traces" in response.json()["detail"]
