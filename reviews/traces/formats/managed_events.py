"""Events of a Managed Agents session as the steps of a trace.

A result names the event of its call. What a person denies is a stop, with the words they
gave; the answer that the agent got for it is no failure. Events of subagents' threads
stand among the others by time, so that a session that grew has its old steps as a prefix.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from reviews.traces.formats import managed_words as words
from reviews.traces.formats.managed_words import Event
from reviews.traces.steps import Actor, Kind, Record, Step

NAME = "managed-agents"
# Tools whose results were fetched from outside.
_WEB = ("web_fetch", "web_search", "browser", "navigate")
# Kept as counts: they say that something goes on, and nothing about what.
_QUIET = frozenset(
    {
        "session.status_running",
        "session.status_rescheduled",
        "session.updated",
        "session.usage",
        "session.thread_status_running",
        "session.thread_status_idle",
        "session.thread_status_rescheduled",
        "session.thread_status_terminated",
        "span.model_request_start",
        "span.model_request_end",
        "span.outcome_evaluation_start",
        "span.outcome_evaluation_ongoing",
    }
)
_CALLS = ("agent.tool_use", "agent.mcp_tool_use", "agent.custom_tool_use")
_RESULTS = {
    "agent.tool_result": "tool_use_id",
    "agent.mcp_tool_result": "mcp_tool_use_id",
    "user.custom_tool_result": "custom_tool_use_id",
    "user.tool_result": "tool_use_id",
}
_OUTCOMES: dict[str, Any] = {
    "satisfied": "success",
    "max_iterations_reached": "failure",
    "failed": "failure",
}


def record(
    session: Mapping[str, Any],
    events: Iterable[Event],
    threads: Mapping[str, Sequence[Event]] | None = None,
    *,
    read: Mapping[str, int] | None = None,
) -> Record:
    """One session as a record; ``threads`` are its subagents' events by agent's name.

    Events that are queued, or arrive twice, are left out.
    """
    steps = Steps()
    for name, event in _in_order(events, threads or {}):
        steps.add(event, name)
    agent = words.mapping(session.get("agent"))
    return Record(
        external_id=str(session.get("id") or ""),
        steps=steps.steps,
        format=NAME,
        person=_person(session),
        model=str(words.mapping(agent.get("model")).get("id") or ""),
        started_at=str(session.get("created_at") or ""),
        outcome=_OUTCOMES.get(steps.verdict, ""),
        task=str(words.mapping(session.get("metadata")).get("task") or ""),
        title=str(session.get("title") or ""),
        cost=_cost(session),
        read=dict(read or {}),
        extra=_extra(session, agent, steps.unknown),
    )


class Steps:
    """Events becoming steps, one after the other."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.unknown: Counter[str] = Counter()
        self.verdict = ""
        self._tools: dict[str, str] = {}
        self._denied: set[str] = set()

    def add(self, event: Event, agent: str = "") -> None:
        """Append the step of one event, if it is one."""
        kind = str(event.get("type") or "")
        if kind in _CALLS:
            self._call(event, agent)
        elif kind in _RESULTS:
            self._result(event, str(event.get(_RESULTS[kind]) or ""), agent)
        elif made := self._said(kind, event, agent):
            self._step(event, agent, *made)
        elif kind == "user.tool_confirmation":
            self._confirmation(event, agent)
        elif kind == "span.model_request_end":
            self._spent(event)
        elif kind not in _QUIET:
            self.unknown[kind or "(none)"] += 1

    def _said(
        self, kind: str, event: Event, agent: str
    ) -> tuple[Kind, Actor, str] | None:
        """What an event says, for those that are a step by themselves."""
        match kind:
            case "user.message":
                # What starts a subagent's thread was said by the agent above it.
                who: Actor = "agent" if agent else "person"
                return "message", who, words.text(event)
            case "system.message":
                return "message", "system", words.text(event)
            case "agent.message":
                return "message", "agent", words.text(event)
            case "agent.thinking":
                return "thinking", "agent", ""
            case "user.interrupt":
                return "stop", "person", ""
            case "agent.thread_message_sent":
                return "message", "agent", words.addressed("to", event)
            case "agent.thread_message_received":
                return "message", "agent", words.addressed("from", event)
            case "user.define_outcome":
                return "status", "person", words.goal(event)
            case "span.outcome_evaluation_end":
                return self._verdict(event)
            case "session.error":
                return "error", "system", words.error(event)
            case "session.status_idle":
                return words.waiting(event)
            case _:
                return words.marker(kind, event)

    def _verdict(self, event: Event) -> tuple[Kind, Actor, str]:
        self.verdict = str(event.get("result") or "")
        said = f"{self.verdict}: {event.get('explanation') or ''}".strip(": ")
        return "evaluation", "system", said

    def _call(self, event: Event, agent: str) -> None:
        name, call = str(event.get("name") or ""), str(event.get("id") or "")
        server = str(event.get("mcp_server_name") or "")
        tool = f"mcp__{server}__{name}" if server else name
        self._tools[call] = tool
        text = msgspec.json.encode(event.get("input") or {}).decode()
        self._step(event, agent, "tool_call", "agent", text, tool=tool, call=call)

    def _result(self, event: Event, call: str, agent: str) -> None:
        tool = self._tools.get(call, "")
        if call in self._denied:
            self._step(event, agent, "status", "tool", words.text(event), tool=tool)
            return
        web = any(part in tool for part in _WEB)
        failed = bool(event.get("is_error"))
        self._step(
            event,
            agent,
            "tool_result",
            "tool",
            words.text(event),
            tool=tool,
            call=call,
            error=failed,
            web=web,
        )

    def _confirmation(self, event: Event, agent: str) -> None:
        """A person let a call happen, or stopped it and perhaps said why."""
        call = str(event.get("tool_use_id") or "")
        tool = self._tools.get(call, "")
        if event.get("result") == "deny":
            self._denied.add(call)
            why = str(event.get("deny_message") or "")
            self._step(event, agent, "stop", "person", why, tool=tool, call=call)
        else:
            self._step(event, agent, "status", "person", "allowed", tool=tool)

    def _spent(self, event: Event) -> None:
        """Tokens of a request go to the last step that came of it."""
        usage = words.mapping(event.get("model_usage"))
        spent = sum(
            _number(usage.get(name))
            for name in ("input_tokens", "output_tokens", "cache_creation_input_tokens")
        )
        if spent and self.steps:
            last = self.steps[-1]
            self.steps[-1] = msgspec.structs.replace(last, tokens=last.tokens + spent)

    def _step(
        self,
        event: Event,
        agent: str,
        kind: Kind,
        actor: Actor,
        text: str,
        **more: Any,
    ) -> None:
        at = str(event.get("processed_at") or "")
        step = Step(len(self.steps), kind, actor, text, at=at, agent=agent, **more)
        self.steps.append(step)


def _in_order(
    events: Iterable[Event], threads: Mapping[str, Sequence[Event]]
) -> list[tuple[str, Event]]:
    """Processed events of all threads by time, each once; the main thread's first."""
    seen: set[str] = set()
    found: list[tuple[str, Event]] = []
    named = [("", list(events)), *((name, list(e)) for name, e in threads.items())]
    for name, thread in named:
        for event in thread:
            key = str(event.get("id") or "")
            if not event.get("processed_at") or (key and key in seen):
                continue
            seen.add(key)
            found.append((name, event))
    return sorted(found, key=lambda one: _moment(str(one[1]["processed_at"])))


def _moment(at: str) -> datetime:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _person(session: Mapping[str, Any]) -> str:
    """Whom the agent worked for, where the metadata says it."""
    metadata = words.mapping(session.get("metadata"))
    names = ("person", "user", "user_id")
    return next((str(metadata[name]) for name in names if metadata.get(name)), "")


def _cost(session: Mapping[str, Any]) -> float | None:
    """In dollars; the list price is a string of cents."""
    price = words.mapping(words.mapping(session.get("usage")).get("list_cost"))
    try:
        return float(price["amount"]) / 100
    except (KeyError, TypeError, ValueError):
        return None


def _extra(
    session: Mapping[str, Any], agent: Mapping[str, Any], unknown: Counter[str]
) -> dict[str, object]:
    """What no column holds: which stores were attached, and how; what we do not know."""
    stores = [
        {
            name: r.get(name)
            for name in ("memory_store_id", "access", "mount_path", "name")
        }
        for r in session.get("resources") or []
        if isinstance(r, dict) and r.get("type") == "memory_store"
    ]
    about = {name: agent.get(name) for name in ("id", "name", "version")}
    kept: dict[str, object] = {
        "agent": {name: value for name, value in about.items() if value is not None},
        "stores": stores,
        "usage": dict(words.mapping(session.get("usage"))),
        "outcomes": list(session.get("outcome_evaluations") or []),
        "metadata": dict(words.mapping(session.get("metadata"))),
    }
    if unknown:
        kept["unknown"] = dict(unknown)
    return {name: value for name, value in kept.items() if value}


def _number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
