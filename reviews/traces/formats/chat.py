"""Chat trajectories in OpenAI's message shape, with tools and perhaps a reward.

One object a run: ``traj`` or ``messages`` with roles system, user, assistant and tool,
as tau-bench and AgentRx publish them. Ids of tool calls repeat within a run, so a
result is paired with the calls of the assistant message right before it. A failed call
is an ordinary message whose content starts with ``Error``. There are no times.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from reviews.traces import documents
from reviews.traces.documents import Document, Unreadable
from reviews.traces.formats.source import Source
from reviews.traces.steps import Record, Step

NAME = "chat"
_ROLES = {"system", "developer", "user", "assistant", "tool", "function"}
_OURS = {"task_id", "trial", "reward", "traj", "messages", "id", "model"}


def recognises(value: dict[str, Any]) -> bool:
    """Whether an object holds messages with roles."""
    first = next(iter(_messages(value)), None)
    return isinstance(first, dict) and first.get("role") in _ROLES


def records(source: Source) -> Iterator[Record | Unreadable]:
    """Read each document as one run."""
    for number, document in enumerate(source, 1):
        if isinstance(document, Document):
            yield _read(source, document, number)
        else:
            yield document


def _read(source: Source, document: Document, number: int) -> Record | Unreadable:
    try:
        value = documents.decode(document.raw)
    except ValueError as error:
        return source.unreadable(document.line, str(error))
    if not isinstance(value, dict) or not recognises(value):
        return source.unreadable(document.line, f"value {number} is no chat")
    try:
        return _record(value)
    except _Odd as odd:
        return source.unreadable(document.line, odd.reason, odd.field)


class _Odd(Exception):
    """A message is not what its role says."""

    def __init__(self, reason: str, field: str) -> None:
        super().__init__(reason)
        self.reason, self.field = reason, field


def _record(value: dict[str, Any]) -> Record:
    turns = _Turns()
    for position, message in enumerate(_messages(value)):
        turns.add(position, message)
    info = value.get("info")
    reward = value.get("reward")
    reward = float(reward) if isinstance(reward, int | float) else None
    return Record(
        external_id=_external_id(value),
        steps=turns.steps,
        format=NAME,
        person=_person(info),
        model=str(value.get("model") or ""),
        task=_plain(value.get("task_id")),
        reward=reward,
        outcome=_outcome(reward),
        extra=_extra(value, turns.unknown),
    )


def _messages(value: dict[str, Any]) -> list[Any]:
    messages = value.get("traj") or value.get("messages")
    return messages if isinstance(messages, list) else []


def _external_id(value: dict[str, Any]) -> str:
    """Name a run by task and trial; by its content where it has neither."""
    task, trial = _plain(value.get("task_id")), _plain(value.get("trial"))
    if task:
        return f"{task}.{trial}" if trial else task
    return _plain(value.get("id")) or _fingerprint(value)


def _fingerprint(value: dict[str, Any]) -> str:
    return hashlib.blake2b(msgspec.json.encode(value), digest_size=12).hexdigest()


def _plain(value: object) -> str:
    return str(value) if isinstance(value, int | str) else ""


def _person(info: object) -> str:
    task = info.get("task") if isinstance(info, dict) else None
    return _plain(task.get("user_id")) if isinstance(task, dict) else ""


def _outcome(reward: float | None) -> Any:
    """A benchmark's reward is all or nothing: 1 is success, less is failure."""
    if reward is None:
        return ""
    return "success" if reward >= 1 else "failure"


def _extra(value: dict[str, Any], unknown: dict[str, int]) -> dict[str, object]:
    """Keep what no column holds: the expected actions, and fields we do not know."""
    kept: dict[str, object] = {k: v for k, v in value.items() if k not in _OURS}
    if unknown:
        kept["unknown"] = unknown
    return kept


class _Turns:
    """Messages becoming steps, one after the other."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.unknown: dict[str, int] = {}
        # Calls of the latest assistant message that wait for results: (id, step call).
        self.waiting: list[tuple[str, str, str]] = []

    def add(self, position: int, message: Any) -> None:
        """Append the steps of one message."""
        where = f"traj[{position}]"
        if not isinstance(message, dict):
            raise _Odd("a message must be an object", where)
        role = message.get("role")
        text = _content(message.get("content"))
        if role in ("system", "developer"):
            self._step("message", "system", text)
        elif role == "user":
            self._step("message", "person", text)
        elif role == "assistant":
            self._assistant(message, text, where)
        elif role in ("tool", "function"):
            self._result(message, text)
        else:
            self.unknown[str(role)] = self.unknown.get(str(role), 0) + 1

    def _assistant(self, message: dict[str, Any], text: str, where: str) -> None:
        thought = _content(message.get("reasoning_content"))
        if thought:
            self._step("thinking", "agent", thought)
        calls = message.get("tool_calls") or []
        if text or not calls:
            self._step("message", "agent", text)
        if not isinstance(calls, list):
            raise _Odd("must be an array", f"{where}.tool_calls")
        self.waiting = [
            self._call(call, f"{where}.tool_calls[{number}]")
            for number, call in enumerate(calls)
        ]

    def _call(self, call: Any, where: str) -> tuple[str, str, str]:
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict):
            raise _Odd("a tool call must have a function", where)
        name = _plain(function.get("name"))
        identity = _plain(call.get("id"))
        # The id alone is not unique within a run; the position makes it so.
        unique = f"{len(self.steps)}:{identity}"
        arguments = function.get("arguments")
        if not isinstance(arguments, str):
            arguments = msgspec.json.encode(arguments).decode()
        self._step("tool_call", "agent", arguments, tool=name, call=unique)
        return identity, unique, name

    def _result(self, message: dict[str, Any], text: str) -> None:
        identity = _plain(message.get("tool_call_id"))
        at = next((i for i, w in enumerate(self.waiting) if w[0] == identity), 0)
        _, call, name = self.waiting.pop(at) if self.waiting else ("", "", "")
        self._step(
            "tool_result",
            "tool",
            text,
            tool=_plain(message.get("name")) or name,
            call=call,
            error=text.startswith("Error"),
        )

    def _step(self, kind: Any, actor: Any, text: str, **more: Any) -> None:
        self.steps.append(Step(len(self.steps), kind, actor, text, **more))


def _content(content: object) -> str:
    """Join the text parts of a content; what is no text is named in brackets."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return "" if content is None else msgspec.json.encode(content).decode()
    parts = [
        part if isinstance(part, dict) else {"text": str(part)} for part in content
    ]
    return "\n".join(
        str(part.get("text") or f"[{part.get('type', 'part')}]") for part in parts
    )
