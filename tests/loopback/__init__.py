"""Anthropic's API on this machine: a real server for the real SDK, scripted by each test.

    def test_something(loopback):                    # fixture: key and address are set
        loopback.messages.answer = lambda params: {"verdict": "rule"}
        ...
        assert loopback.asked("POST", "/v1/messages")[0].body["model"] == "..."

What every request goes through, in this order:

1. It is recorded in ``loopback.calls`` (method, path, query, headers, body).
2. The key and the version header are looked at; a wrong key is 401.
3. The body is validated with the SDK's own types, unknown keys forbidden at every depth:
   what fails is 400, and ``loopback.problems`` names it. The fixture fails a test that
   leaves any; one that means to send nonsense clears the list.
4. ``loopback.play(...)`` may have something scripted for it, used once each, in order:
   ``play(overloaded(), on="/v1/messages")``. A script is a ``Reply``, or a function of the
   ``Call`` that gives one, or gives None to let the service answer.
5. The service of its path answers.

Failures to play: ``limited(retry_after)`` 429, ``overloaded()`` 529, ``conflict()`` 409,
``broken()`` 500, ``refused(status, type, message)``, ``garbled()`` (200 without JSON),
``slow(seconds)``, ``cut()`` (the connection ends without an answer).

A service is a class with ``routes()``, which yields ``Route(method, pattern, handler,
params)``: ``pattern`` is a regular expression of the whole path, ``handler(call)`` gives a
``Reply`` or a dict, ``params`` is one of the SDK's ``…Params`` or None for no body.
``Loopback(Messages(), Batches(), …)`` puts services together; each is reachable by the name
of its class, in lower case. New services go into modules of their own beside this one.
"""

from tests.loopback.replies import (
    broken,
    conflict,
    cut,
    garbled,
    limited,
    overloaded,
    refused,
    slow,
)
from tests.loopback.server import Call, Loopback, Reply, Route

__all__ = [
    "Call",
    "Loopback",
    "Reply",
    "Route",
    "broken",
    "conflict",
    "cut",
    "garbled",
    "limited",
    "overloaded",
    "refused",
    "slow",
]
