"""A small Claude Code session, written line by line for these tests."""

import json
from pathlib import Path
from typing import Any

SESSION = "0b7f3c1e-5a77-4d0e-9a3e-2f6d1c9b8a10"
CWD = "/Users/ada/src/billing"
REFUSED = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected "
    "(eg. if it was a file edit, the new_string was NOT written to the file). "
)


class Log:
    """Writes lines that answer each other, a minute apart."""

    def __init__(self, **common: Any) -> None:
        self.lines: list[str] = []
        self.common = {"sessionId": SESSION, "cwd": CWD, "isSidechain": False, **common}
        self.last: str | None = None

    def line(self, kind: str, **fields: Any) -> str:
        number = len(self.lines)
        uuid = f"{self.common.get('agentId', 'main')}-{number}"
        entry = {"type": kind, "uuid": uuid, "parentUuid": self.last, **self.common}
        entry["timestamp"] = f"2026-03-02T10:{number:02}:00.000Z"
        entry.update(fields)
        self.lines.append(json.dumps(entry))
        self.last = uuid
        return uuid

    def raw(self, text: str) -> None:
        self.lines.append(text)

    def person(self, text: str, **fields: Any) -> str:
        return self.line("user", message={"role": "user", "content": text}, **fields)

    def agent(self, *blocks: dict[str, Any], message: str, output: int = 10) -> str:
        usage = {"input_tokens": 100, "output_tokens": output}
        usage |= {"cache_read_input_tokens": 9_000, "cache_creation_input_tokens": 50}
        content = {"id": message, "model": "claude-x", "usage": usage}
        return self.line("assistant", message={**content, "content": list(blocks)})

    def result(self, call: str, text: str, **fields: Any) -> str:
        block: dict[str, Any] = {"type": "tool_result", "tool_use_id": call}
        block |= {"content": text, "is_error": fields.pop("is_error", False)}
        message = {"role": "user", "content": [block]}
        return self.line("user", message=message, **fields)

    def write(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(self.lines) + "\n")
        return path


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def thinking(words: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": words, "signature": "c2ln"}


def call(identity: str, name: str, **arguments: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": identity, "name": name, "input": arguments}
