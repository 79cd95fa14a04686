"""Bodies whose length nobody knows beforehand."""

import io

import pytest

from dreamboard import bodies


def echo(environ, start_response):
    """An application that reads as much as the length says, as Django does."""
    start_response("200 OK", [])
    return [environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))]


def answer(body: bytes, **environ) -> tuple[str, bytes]:
    said = []
    found = bodies.measured(echo)(
        {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True, **environ},
        lambda status, headers: said.append(status),
    )
    return said[0], b"".join(found)


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_a_body_in_chunks_arrives_whole(size):
    sent = b"x" * size

    assert answer(sent, HTTP_TRANSFER_ENCODING="chunked") == ("200 OK", sent)


def test_a_body_with_a_length_is_left_alone():
    assert answer(b"abcdef", CONTENT_LENGTH="3") == ("200 OK", b"abc")


def test_a_body_beyond_measure_is_refused(monkeypatch):
    monkeypatch.setattr(bodies, "LARGEST", 1 << 20)

    status, said = answer(b"x" * (2 << 20), HTTP_TRANSFER_ENCODING="chunked")

    assert status == "413 Content Too Large"
    assert said == b"At most 1 MB in one request.\n"


def test_where_a_body_does_not_end_by_itself_nobody_waits_for_more():
    server = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": False}

    assert answer(b"abc", **server) == ("200 OK", b"")
