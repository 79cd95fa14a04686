"""The server: records, checks and routes requests."""

import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.loopback.validation import problem_with

KEY = "sk-ant-loopback-0000000000000000000000-abcd"
_REQUESTS = count(1)


@dataclass
class Call:
    """One request as it came in."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: Any
    # What the pattern's groups matched.
    parts: dict[str, str] = field(default_factory=dict)

    def one(self, name: str, default: str = "") -> str:
        """A query argument."""
        return self.query.get(name, [default])[0]


@dataclass
class Reply:
    """What goes back; bytes and text as they are, anything else as JSON."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    # Seconds to let the client wait.
    after: float = 0.0
    # End the connection instead of answering.
    cut: bool = False


@dataclass
class Route:
    """Who answers which requests, and what their bodies must be."""

    method: str
    pattern: str
    handler: Callable[[Call], Any]
    params: Any = None


type Script = Reply | Callable[[Call], Reply | None]


class Loopback:
    """Anthropic's API as far as its services go; a context manager while it runs."""

    def __init__(self, *services: Any, key: str = KEY) -> None:
        self.key = key
        self.calls: list[Call] = []
        self.problems: list[str] = []
        self._scripts: deque[tuple[str, Script]] = deque()
        self._routes: list[Route] = []
        self._lock = threading.Lock()
        for service in services:
            self.add(service)

    def add(self, service: Any) -> None:
        """Serve these paths too."""
        setattr(self, type(service).__name__.lower(), service)
        service.loopback = self
        self._routes += list(service.routes())

    def play(self, *scripts: Script, on: str = "") -> None:
        """Answer the next requests to paths that begin like this as scripted, once each."""
        self._scripts += [(on, script) for script in scripts]

    def asked(self, method: str, path: str) -> list[Call]:
        """The requests of this method to this very path."""
        return [c for c in self.calls if c.method == method and c.path == path]

    def __enter__(self) -> "Loopback":
        handler = type("Handler", (_Handler,), {"loopback": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def reply_to(self, call: Call) -> Reply:
        """Everything that happens to a request."""
        with self._lock:
            self.calls.append(call)
        route = self._route_of(call)
        refusal = self._refusal(call, route)
        if refusal is not None:
            return refusal
        scripted = self._scripted(call)
        if scripted is not None:
            return scripted
        assert route is not None
        made = route.handler(call)
        return made if isinstance(made, Reply) else Reply(made)

    def _route_of(self, call: Call) -> Route | None:
        for route in self._routes:
            match = re.fullmatch(route.pattern, call.path)
            if match and route.method == call.method:
                call.parts = match.groupdict()
                return route
        return None

    def _refusal(self, call: Call, route: Route | None) -> Reply | None:
        given = call.headers.get("authorization", "").removeprefix("Bearer ")
        if self.key not in (given, call.headers.get("x-api-key")):
            return error(401, "authentication_error", "invalid x-api-key")
        if route is None:
            return error(404, "not_found_error", f"no {call.method} {call.path}")
        problem = _problem_of(call, route)
        if problem:
            self.problems.append(f"{call.method} {call.path}: {problem}")
            return error(400, "invalid_request_error", problem)
        return None

    def _scripted(self, call: Call) -> Reply | None:
        with self._lock:
            for entry in self._scripts:
                if call.path.startswith(entry[0]):
                    self._scripts.remove(entry)
                    break
            else:
                return None
        script = entry[1]
        return script if isinstance(script, Reply) else script(call)


def error(status: int, kind: str, message: str, **headers: str) -> Reply:
    """An error as the API words it."""
    body = {
        "type": "error",
        "error": {"type": kind, "message": message},
        "request_id": f"req_error_{status}",
    }
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(body, status, named)


def a_request_id() -> str:
    return f"req_{next(_REQUESTS):06}"


def _problem_of(call: Call, route: Route) -> str:
    if not call.headers.get("anthropic-version"):
        return "anthropic-version: header is required"
    if route.params is None:
        return "" if call.body in (None, {}) else "a body where none belongs"
    if not isinstance(call.body, dict):
        return "the body is no JSON object"
    return problem_with(route.params, call.body)


class _Handler(BaseHTTPRequestHandler):
    loopback: Loopback
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        address = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        call = Call(
            self.command,
            unquote(address.path),
            parse_qs(address.query, keep_blank_values=True),
            {name.lower(): value for name, value in self.headers.items()},
            _read(raw),
        )
        reply = self.loopback.reply_to(call)
        time.sleep(reply.after)
        self.close_connection = True
        if not reply.cut:
            self._write(reply)

    do_GET = do_POST = do_DELETE = _serve  # noqa: N815

    def _write(self, reply: Reply) -> None:
        plain = isinstance(reply.body, str | bytes)
        text = reply.body if plain else json.dumps(reply.body)
        raw = text.encode() if isinstance(text, str) else text
        headers = {
            "content-type": "application/json",
            "request-id": a_request_id(),
            "connection": "close",
            **reply.headers,
            "content-length": str(len(raw)),
        }
        try:
            self.send_response(reply.status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)
        except (BrokenPipeError, ConnectionResetError):
            return  # whoever asked is gone

    def log_message(self, *_: object) -> None:
        """A test's output is the test's."""


def _read(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw
