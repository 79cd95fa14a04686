"""The words of a Managed Agents event, by its type."""

from collections.abc import Mapping
from typing import Any

from reviews.traces.steps import Actor, Kind

# What an idle session waits for, when it is not simply done.
ENDED = "end_turn"

type Event = Mapping[str, Any]


def marker(kind: str, event: Event) -> tuple[Kind, Actor, str] | None:
    """Turns in a session's life that are worth a line of their own."""
    name = str(event.get("agent_name") or event.get("name") or "")
    said = {
        "agent.thread_context_compacted": "The context was compacted.",
        "session.status_terminated": "The session was terminated.",
        "session.thread_created": f"Started the subagent {name}.".replace(" .", "."),
        "workflow_run.created": f"Started the workflow {name}.".replace(" .", "."),
        "workflow_run.status_ended": "The workflow ended.",
    }.get(kind)
    return ("status", "system", said) if said else None


def waiting(event: Event) -> tuple[Kind, Actor, str] | None:
    """Why a session came to rest, unless its turn was simply over."""
    reason = str(mapping(event.get("stop_reason")).get("type") or "")
    if reason in ("", ENDED):
        return "status", "system", "The turn ended."
    details = str(mapping(event.get("stop_details")).get("explanation") or "")
    said = reason.replace("_", " ")
    return "status", "system", f"Stopped: {said}. {details}".strip()


def goal(event: Event) -> str:
    """What a person defined as the outcome, with its rubric."""
    rubric = mapping(event.get("rubric"))
    said = str(rubric.get("content") or rubric.get("file_id") or "")
    return f"{event.get('description') or ''}\n{said}".strip()


def error(event: Event) -> str:
    """An error of the session: its type and its message."""
    told = mapping(event.get("error"))
    return f"{told.get('type') or 'error'}: {told.get('message') or ''}".strip(": ")


def addressed(way: str, event: Event) -> str:
    """What went to, or came from, a subagent."""
    name = event.get(f"{way}_agent_name") or event.get(f"{way}_session_thread_id")
    return f"[{way} {name or 'a subagent'}] {text(event)}"


def text(event: Event) -> str:
    """The text of a content; what is no text is named in brackets."""
    content = event.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "\n".join(
        part["text"]
        if isinstance(part, dict) and isinstance(part.get("text"), str)
        else f"[{mapping(part).get('type') or 'part'}]"
        for part in content
    )


def mapping(value: object) -> Mapping[str, Any]:
    """The value, if it is an object; else an empty one."""
    return value if isinstance(value, Mapping) else {}
