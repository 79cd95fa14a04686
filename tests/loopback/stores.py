"""Memory stores, their memories and versions: faithful as far as a client can see."""

import hashlib
import threading
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

from anthropic.types.beta.memory_store_create_params import MemoryStoreCreateParams
from anthropic.types.beta.memory_stores.memory_create_params import MemoryCreateParams
from anthropic.types.beta.memory_stores.memory_update_params import MemoryUpdateParams
from typing_extensions import TypedDict, get_type_hints

from tests.loopback.server import Call, Loopback, Reply, Route, error

# In the SDK's type the store stands among the arguments; on the wire it is in the path.
_HINTS = get_type_hints(MemoryUpdateParams, include_extras=True)
MemoryUpdate = TypedDict(
    "MemoryUpdate",
    {name: hint for name, hint in _HINTS.items() if name != "memory_store_id"},
    total=False,
)
MOST_BYTES = 102_400
_IDS = count(1)
_ONE = "/v1/memory_stores/(?P<store>[^/]+)"
_MEMORY = f"{_ONE}/memories/(?P<memory>[^/]+)"


class Stores:
    """``make(name, texts)`` is what a test begins with; ``texts(id)`` what it looks at."""

    loopback: Loopback

    def __init__(self) -> None:
        self.stores: dict[str, dict[str, Any]] = {}
        self.memories: dict[str, dict[str, dict[str, Any]]] = {}
        self.versions: dict[str, list[dict[str, Any]]] = {}
        self._lock = threading.RLock()

    def routes(self) -> Iterator[Route]:
        yield Route("POST", "/v1/memory_stores", self.create, MemoryStoreCreateParams)
        yield Route("GET", "/v1/memory_stores", self.list)
        yield Route("GET", _ONE, self.retrieve)
        yield Route("POST", f"{_ONE}/archive", self.archive)
        yield Route("POST", f"{_ONE}/memories", self.add, MemoryCreateParams)
        yield Route("GET", f"{_ONE}/memories", self.list_memories)
        yield Route("GET", _MEMORY, self.read)
        yield Route("POST", _MEMORY, self.update, MemoryUpdate)
        yield Route("DELETE", _MEMORY, self.delete)
        yield Route("GET", f"{_ONE}/memory_versions", self.list_versions)

    # What tests do behind the client's back.

    def make(self, name: str, texts: dict[str, str] | None = None) -> str:
        """A store with these texts."""
        store = self._make(name)
        for path, text in (texts or {}).items():
            self._write(store["id"], path, text)
        return str(store["id"])

    def write(self, store: str, path: str, text: str) -> None:
        """Somebody else writes: an agent, a person in the console."""
        with self._lock:
            known = self._at(store, path)
            self._write(store, path, text, known and known["id"])

    def remove(self, store: str, path: str) -> None:
        """Somebody else deletes."""
        known = self._at(store, path)
        assert known is not None
        self._drop(store, known)

    def texts(self, store: str) -> dict[str, str]:
        """What the store says, by path."""
        return {m["path"]: m["content"] for m in self.memories[store].values()}

    # The API.

    def create(self, call: Call) -> Any:
        return self._make(call.body["name"], call.body.get("description") or "")

    def list(self, call: Call) -> Any:
        shown = [
            store
            for store in self.stores.values()
            if store["archived_at"] is None or call.one("include_archived") == "true"
        ]
        return paged(call, shown[::-1], most=100)

    def retrieve(self, call: Call) -> Any:
        return self.stores.get(call.parts["store"]) or missing("memory store")

    def archive(self, call: Call) -> Any:
        store = self.stores.get(call.parts["store"])
        if store is None:
            return missing("memory store")
        store["archived_at"] = store["archived_at"] or now()
        return store

    def add(self, call: Call) -> Any:
        store, path = call.parts["store"], call.body["path"]
        with self._lock:
            if fault := self._fault(store, path, call.body["content"]):
                return fault
            if clash := self._clash(store, path):
                return clash
            made = self._write(store, path, call.body["content"])
        return self._shown(made, call.one("view", "basic"))

    def read(self, call: Call) -> Any:
        found = self._find(call)
        return (
            found
            if isinstance(found, Reply)
            else self._shown(found, call.one("view", "full"))
        )

    def update(self, call: Call) -> Any:
        with self._lock:
            found = self._find(call)
            if isinstance(found, Reply):
                return found
            store, body = call.parts["store"], call.body
            if not {"path", "content"} & body.keys():
                return error(400, "invalid_request_error", "nothing to update")
            path = body.get("path", found["path"])
            content = body.get("content", found["content"])
            if fault := self._fault(store, path, content):
                return fault
            if (path, content) == (found["path"], found["content"]):
                return self._shown(found, call.one("view", "basic"))
            if stale := _stale(
                found, (body.get("precondition") or {}).get("content_sha256")
            ):
                return stale
            if path != found["path"] and (
                clash := self._clash(store, path, found["id"])
            ):
                return clash
            made = self._write(store, path, content, found["id"])
        return self._shown(made, call.one("view", "basic"))

    def delete(self, call: Call) -> Any:
        with self._lock:
            found = self._find(call)
            if isinstance(found, Reply):
                return found
            if stale := _stale(found, call.one("expected_content_sha256") or None):
                return stale
            self._drop(call.parts["store"], found)
        return {"id": found["id"], "type": "memory_deleted"}

    def list_memories(self, call: Call) -> Any:
        store, view = call.parts["store"], call.one("view", "basic")
        if store not in self.stores:
            return missing("memory store")
        prefix = call.one("path_prefix", "/")
        if not prefix.endswith("/"):
            return error(400, "invalid_request_error", "path_prefix must end with /")
        rows: dict[str, dict[str, Any]] = {}
        for memory in self.memories[store].values():
            if not memory["path"].startswith(prefix):
                continue
            rest = memory["path"][len(prefix) :]
            if call.one("depth", "0") == "1" and "/" in rest:
                folder = f"{prefix}{rest.partition('/')[0]}/"
                rows[folder] = {"type": "memory_prefix", "path": folder}
            else:
                rows[memory["path"]] = self._shown(memory, view)
        ordered = [rows[path] for path in sorted(rows)]
        return paged(call, ordered, most=20 if view == "full" else 100)

    def list_versions(self, call: Call) -> Any:
        store = call.parts["store"]
        if store not in self.stores:
            return missing("memory store")
        return paged(call, self.versions[store][::-1], most=100)

    # What it is made of.

    def _make(self, name: str, description: str = "") -> dict[str, Any]:
        made = {
            "id": f"memstore_{next(_IDS):06}",
            "type": "memory_store",
            "name": name,
            "description": description,
            "metadata": {},
            "created_at": now(),
            "updated_at": now(),
            "archived_at": None,
        }
        with self._lock:
            self.stores[made["id"]] = made
            self.memories[made["id"]] = {}
            self.versions[made["id"]] = []
        return made

    def _write(
        self, store: str, path: str, text: str, memory: str | None = None
    ) -> dict[str, Any]:
        known = self.memories[store].get(memory or "", {})
        made = {
            "id": memory or f"mem_{next(_IDS):06}",
            "type": "memory",
            "memory_store_id": store,
            "memory_version_id": f"memver_{next(_IDS):06}",
            "path": path,
            "content": text,
            "content_sha256": sha256(text),
            "content_size_bytes": len(text.encode()),
            "created_at": known.get("created_at") or now(),
            "updated_at": now(),
        }
        self.memories[store][made["id"]] = made
        self._version(made, "modified" if memory else "created")
        return made

    def _drop(self, store: str, memory: dict[str, Any]) -> None:
        with self._lock:
            del self.memories[store][memory["id"]]
            self._version(memory, "deleted")

    def _version(self, memory: dict[str, Any], operation: str) -> None:
        gone = operation == "deleted"
        self.versions[memory["memory_store_id"]].append(
            {
                "id": f"memver_{next(_IDS):06}"
                if gone
                else memory["memory_version_id"],
                "type": "memory_version",
                "memory_id": memory["id"],
                "memory_store_id": memory["memory_store_id"],
                "operation": operation,
                "path": memory["path"],
                "content": None,
                "content_sha256": None if gone else memory["content_sha256"],
                "content_size_bytes": None if gone else memory["content_size_bytes"],
                "created_at": now(),
                "created_by": {"type": "api_actor", "api_key_id": "apikey_1"},
                "redacted_at": None,
                "redacted_by": None,
            }
        )

    def _at(self, store: str, path: str) -> dict[str, Any] | None:
        held = self.memories[store].values()
        return next((memory for memory in held if memory["path"] == path), None)

    def _find(self, call: Call) -> dict[str, Any] | Reply:
        held = self.memories.get(call.parts["store"], {})
        return held.get(call.parts["memory"]) or missing("memory")

    def _fault(self, store: str, path: str, content: Any) -> Reply | None:
        if store not in self.stores:
            return missing("memory store")
        if self.stores[store]["archived_at"]:
            return error(400, "invalid_request_error", "the memory store is archived")
        if not isinstance(content, str):
            return error(400, "invalid_request_error", "content must be a string")
        if len(content.encode()) > MOST_BYTES:
            return error(400, "invalid_request_error", "content exceeds 102400 bytes")
        segments = path.split("/")
        if segments[0] or {"", ".", ".."} & {*segments[1:]} or len(segments) > 21:
            return error(400, "invalid_request_error", "path is malformed")
        if unicodedata.normalize("NFC", path) != path or len(path.encode()) > 1024:
            return error(400, "invalid_request_error", "path must be NFC, 1024 bytes")
        return None

    def _clash(self, store: str, path: str, mine: str = "") -> Reply | None:
        for memory in self.memories[store].values():
            other = memory["path"]
            near = path.startswith(f"{other}/") or other.startswith(f"{path}/")
            if memory["id"] != mine and (other == path or near):
                reply = error(
                    409,
                    "memory_path_conflict_error",
                    f"{path} conflicts with {other}",
                    x_should_retry="false",
                )
                reply.body["error"] |= {
                    "conflicting_memory_id": memory["id"],
                    "conflicting_path": other,
                }
                return reply
        return None

    def _shown(self, memory: dict[str, Any], view: str) -> dict[str, Any]:
        return memory if view == "full" else memory | {"content": None}


def _stale(memory: dict[str, Any], expected: str | None) -> Reply | None:
    if expected is None or expected == memory["content_sha256"]:
        return None
    return error(
        409,
        "memory_precondition_failed_error",
        "content_sha256 does not match",
        x_should_retry="false",
    )


def paged(call: Call, rows: list[dict[str, Any]], *, most: int, usual: int = 20) -> Any:
    """One page; the cursor belongs to the rest of the query."""
    start = int(call.one("page", "0") or 0)
    size = min(int(call.one("limit", str(usual))), most)
    page = rows[start : start + size]
    more = start + size < len(rows)
    return {"data": page, "next_page": str(start + size) if more else None}


def missing(what: str) -> Reply:
    return error(404, "not_found_error", f"no such {what}")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def now() -> str:
    return datetime.now(UTC).isoformat()
