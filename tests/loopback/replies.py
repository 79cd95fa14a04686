"""Failures to play."""

from tests.loopback.server import Reply, error


def limited(retry_after: float | str = 1) -> Reply:
    return error(
        429, "rate_limit_error", "too many requests", retry_after=str(retry_after)
    )


def overloaded() -> Reply:
    return error(529, "overloaded_error", "Overloaded")


def conflict() -> Reply:
    return error(409, "conflict_error", "it is being changed", x_should_retry="false")


def broken() -> Reply:
    return error(500, "api_error", "Internal server error")


def refused(
    status: int, kind: str = "invalid_request_error", message: str = ""
) -> Reply:
    return error(status, kind, message or "no")


def garbled() -> Reply:
    return Reply('{"id": "msg_1", "content": [', 200)


def slow(seconds: float, reply: Reply | None = None) -> Reply:
    played = reply or broken()
    played.after = seconds
    return played


def cut() -> Reply:
    return Reply("", cut=True)
