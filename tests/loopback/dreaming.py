"""Dreams and sessions over there."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from typing import Any

from anthropic.types.beta.dream_create_params import DreamCreateParams

from tests.loopback.server import Call, Loopback, Reply, Route, error
from tests.loopback.stores import missing, now, paged

_IDS = count(1)
_DREAM = "/v1/dreams/(?P<dream>[^/]+)"
_SESSION = "/v1/sessions/(?P<session>[^/]+)"
FINAL = ("completed", "failed", "canceled")


class Dreams:
    """Dreams that end when they have been looked at ``ends_after`` times.

    ``dreamt`` makes the output's texts of the input's; ``fails`` names an error instead.
    """

    loopback: Loopback

    def __init__(self) -> None:
        self.dreams: dict[str, dict[str, Any]] = {}
        self.ends_after = 1
        self.dreamt: Callable[[dict[str, str]], dict[str, str]] = dict
        self.fails = ""
        self._looks: dict[str, int] = {}

    def routes(self) -> Iterator[Route]:
        yield Route("POST", "/v1/dreams", self.create, DreamCreateParams)
        yield Route("GET", "/v1/dreams", self.list)
        yield Route("GET", _DREAM, self.retrieve)
        yield Route("POST", f"{_DREAM}/cancel", self.cancel)
        yield Route("POST", f"{_DREAM}/archive", self.archive)

    def create(self, call: Call) -> Any:
        inputs = {one["type"]: one for one in call.body["inputs"]}
        if sorted(one["type"] for one in call.body["inputs"]) != [
            "memory_store",
            "sessions",
        ]:
            return error(
                400, "invalid_request_error", "one store and one list of sessions"
            )
        store = inputs["memory_store"]["memory_store_id"]
        sessions = inputs["sessions"]["session_ids"]
        if not 1 <= len(sessions) <= 100 or len({*sessions}) < len(sessions):
            return error(400, "invalid_request_error", "1 to 100 sessions, no repeats")
        told = call.body.get("instructions")
        if told is not None and not 1 <= len(told) <= 4096:
            return error(
                400, "invalid_request_error", "instructions: 1 to 4096 characters"
            )
        if call.body.get("output_behavior", {}).get("type") == "update_existing":
            self.loopback.problems.append("a dream may never write into its input")
        stores = self.loopback.stores  # type: ignore[attr-defined]
        if store not in stores.stores or stores.stores[store]["archived_at"]:
            return error(400, "invalid_request_error", "the input store is unavailable")
        return self.add(store, sessions, call.body["model"], told)

    def add(
        self, store: str, sessions: list[str], model: Any, told: str | None = None
    ) -> dict[str, Any]:
        """A dream that somebody has asked for, through us or elsewhere."""
        stores = self.loopback.stores  # type: ignore[attr-defined]
        name = f"drm_{next(_IDS):06}"
        self._looks[name] = 0
        self.dreams[name] = {
            "id": name,
            "type": "dream",
            "status": "pending",
            "inputs": [
                {"type": "memory_store", "memory_store_id": store},
                {"type": "sessions", "session_ids": sorted(sessions)},
            ],
            "outputs": [],
            "model": {"id": model, "speed": "standard"}
            if isinstance(model, str)
            else model,
            "instructions": told,
            "output_behavior": {"type": "create_new"},
            "session_id": None,
            "created_at": now(),
            "ended_at": None,
            "archived_at": None,
            "error": None,
            "usage": usage(),
            "_base": stores.texts(store),
        }
        return self._shown(self.dreams[name])

    def list(self, call: Call) -> Any:
        after = call.one("created_at[gt]")
        rows = [
            self._shown(dream)
            for dream in self.dreams.values()
            if not after
            or datetime.fromisoformat(dream["created_at"])
            > datetime.fromisoformat(after)
        ]
        return paged(call, rows[::-1], most=100)

    def retrieve(self, call: Call) -> Any:
        dream = self.dreams.get(call.parts["dream"])
        if dream is None:
            return missing("dream")
        self._looks[dream["id"]] += 1
        if dream["status"] not in FINAL:
            dream["status"], dream["session_id"] = "running", "sesn_dreamer"
            if self._looks[dream["id"]] >= self.ends_after:
                self._end(dream)
        return self._shown(dream)

    def _end(self, dream: dict[str, Any]) -> None:
        stores = self.loopback.stores  # type: ignore[attr-defined]
        dream["ended_at"] = now()
        dream["usage"] = usage(input_tokens=1_000_000, output_tokens=100_000)
        output = stores.make("Output", self.dreamt(dict(dream["_base"])))
        dream["outputs"] = [{"type": "memory_store", "memory_store_id": output}]
        if self.fails:
            dream["status"] = "failed"
            dream["error"] = {"type": self.fails, "message": "It took too long."}
        else:
            dream["status"] = "completed"

    def cancel(self, call: Call) -> Any:
        dream = self.dreams.get(call.parts["dream"])
        if dream is None:
            return missing("dream")
        if dream["status"] in ("completed", "failed"):
            return error(400, "invalid_request_error", f"it is {dream['status']}")
        dream["status"], dream["ended_at"] = "canceled", dream["ended_at"] or now()
        return self._shown(dream)

    def archive(self, call: Call) -> Any:
        dream = self.dreams.get(call.parts["dream"])
        if dream is None:
            return missing("dream")
        if dream["status"] not in FINAL:
            return error(400, "invalid_request_error", "it has not ended")
        dream["archived_at"] = dream["archived_at"] or now()
        return self._shown(dream)

    def _shown(self, dream: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in dream.items() if name != "_base"}


class Sessions:
    """``make(store, events)`` is a session that had the store; events may be added."""

    loopback: Loopback

    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        self.events: dict[str, list[dict[str, Any]]] = {}
        # By session, then by thread: the subagent's name and its events.
        self.threads: dict[str, dict[str, tuple[str, list[dict[str, Any]]]]] = {}

    def routes(self) -> Iterator[Route]:
        yield Route("GET", "/v1/sessions", self.list)
        yield Route("GET", _SESSION, self.retrieve)
        yield Route("GET", f"{_SESSION}/events", self.list_events)
        yield Route("GET", f"{_SESSION}/threads", self.list_threads)
        yield Route(
            "GET", f"{_SESSION}/threads/(?P<thread>[^/]+)/events", self.list_thread
        )

    def make(self, store: str, *events: dict[str, Any], **fields: Any) -> str:
        """A session that had this store attached."""
        name = fields.pop("id", f"sesn_{next(_IDS):06}")
        self.sessions[name] = {
            "id": name,
            "type": "session",
            "title": None,
            "status": "idle",
            "created_at": now(),
            "updated_at": now(),
            "archived_at": None,
            "environment_id": "env_1",
            "metadata": {},
            "vault_ids": [],
            "deployment_id": None,
            "budget": None,
            "agent": agent(),
            "resources": [
                {
                    "type": "memory_store",
                    "memory_store_id": store,
                    "access": "read_write",
                    "name": "Rules",
                    "description": "",
                    "instructions": None,
                    "mount_path": "/mnt/memory/rules",
                }
            ],
            "outcome_evaluations": [],
            "stats": {"active_seconds": 1.0, "duration_seconds": 2.0},
            "usage": {"input_tokens": 10, "output_tokens": 5},
        } | fields
        self.events[name] = list(events)
        return str(name)

    def list(self, call: Call) -> Any:
        wanted = call.one("memory_store_id")
        rows = [
            session
            for session in self.sessions.values()
            if not wanted
            or any(r.get("memory_store_id") == wanted for r in session["resources"])
        ]
        page = paged(call, rows if call.one("order") == "asc" else rows[::-1], most=100)
        return page | {"prev_page": None}

    def retrieve(self, call: Call) -> Any:
        return self.sessions.get(call.parts["session"]) or missing("session")

    def list_events(self, call: Call) -> Any:
        return _events(call, self.events.get(call.parts["session"]))

    def list_threads(self, call: Call) -> Any:
        session = call.parts["session"]
        rows = [
            {
                "id": thread,
                "type": "session_thread",
                "session_id": session,
                "agent": agent(name) | {"type": "agent"},
                "created_at": now(),
                "updated_at": now(),
                "archived_at": None,
                "parent_thread_id": "sthr_main",
                "status": "idle",
                "stats": None,
                "usage": None,
            }
            for thread, (name, _) in self.threads.get(session, {}).items()
        ]
        return paged(call, rows, most=100)

    def list_thread(self, call: Call) -> Any:
        threads = self.threads.get(call.parts["session"], {})
        return _events(call, threads.get(call.parts["thread"], ("", None))[1])


def _events(call: Call, events: list[dict[str, Any]] | None) -> Any | Reply:
    if events is None:
        return missing("session")
    since = call.one("created_at[gte]")
    rows = [
        event
        for event in events
        if not since
        or (
            event["processed_at"]
            and datetime.fromisoformat(event["processed_at"])
            >= datetime.fromisoformat(since)
        )
    ]
    return paged(call, rows, most=1000, usual=1000)


def agent(name: str = "Billing agent") -> dict[str, Any]:
    return {
        "id": "agent_1",
        "type": "agent",
        "name": name,
        "version": 3,
        "description": None,
        "system": "You close invoices.",
        "model": {"id": "claude-opus-5", "speed": "standard"},
        "mcp_servers": [],
        "skills": [],
        "tools": [],
        "multiagent": None,
        "execution_identity": {"type": "service_account"},
    }


def usage(**tokens: int) -> dict[str, int]:
    none = dict.fromkeys(
        [
            "input_tokens",
            "output_tokens",
            "cache_read_input_tokens",
            "cache_creation_input_tokens",
        ],
        0,
    )
    return none | tokens
