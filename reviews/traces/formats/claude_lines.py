"""The vocabulary of Claude Code's session files: lines, blocks, and whose words a text is.

Much of what stands under the role *user* was typed by nobody: output of commands and
hooks, reminders, summaries, plans. Those never count as a person's words.
"""

import re
from typing import Any

import msgspec

from reviews.traces.steps import Actor, Kind

# Kept as counts: they repeat what other lines say, or only describe the program.
BOOKKEEPING = frozenset(
    {"progress", "file-history-snapshot", "queue-operation", "summary", "pr-link"}
)
QUIET_SYSTEM = frozenset(
    {"stop_hook_summary", "turn_duration", "microcompact_boundary", "local_command"}
)
CONVERSATION = frozenset({"user", "assistant", "system"})

_REFUSED = (
    "The user doesn't want to proceed with this tool use",
    "The user doesn't want to take",
)
_SAID = "the user said:"
# The program's own words behind "the user said:", when a person asked to talk first.
_CLARIFY = "The user wants to clarify these questions."
_INTERRUPTED = re.compile(r"\[Request interrupted by user( for tool use)?\]\s*")
# Wrapped text that people did not say: what the program reports, and what tools said.
_WRAPPED: dict[str, Actor] = {
    "<command-name>": "system",
    "<command-message>": "system",
    "<command-args>": "system",
    "<local-command-caveat>": "system",
    "<bash-input>": "system",
    "<ide_opened_file>": "system",
    "<ide_selection>": "system",
    "<local-command-stdout>": "tool",
    "<local-command-stderr>": "tool",
    "<bash-stdout>": "tool",
    "<bash-stderr>": "tool",
    "<system-reminder>": "tool",
    "<task-notification>": "tool",
    "<user-prompt-submit-hook>": "tool",
    "Operation stopped by hook": "tool",
    "Stop hook feedback": "tool",
}
_REMINDS, _REMINDED = "<system-reminder>", "</system-reminder>"
# Tools whose results were fetched from outside.
_WEB = re.compile(
    r"WebFetch|WebSearch|mcp__.*(?:fetch|browser|web_?search|navigate)", re.IGNORECASE
)
_HOME = re.compile(r"(?:/Users|/home|[A-Za-z]:\\Users)[/\\]([^/\\]+)")


class Block(msgspec.Struct):
    """A content block; its input stays in the serialisation in which it was written."""

    type: str = ""
    text: str = ""
    thinking: str = ""
    id: str = ""
    name: str = ""
    input: msgspec.Raw = msgspec.Raw(b"{}")
    tool_use_id: str = ""
    content: Any = None
    is_error: bool | None = None


class Usage(msgspec.Struct):
    """Tokens of one API message."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int | None = 0
    cache_read_input_tokens: int | None = 0


class Message(msgspec.Struct):
    """An API message, or the part of one that stands on this line."""

    content: str | list[Block] | None = None
    id: str = ""
    model: str = ""
    usage: Usage | None = None


class Entry(msgspec.Struct, rename="camel"):
    """One line of a session file."""

    type: str = ""
    uuid: str = ""
    parent_uuid: str | None = None
    session_id: str = ""
    timestamp: str = ""
    cwd: str = ""
    is_sidechain: bool = False
    agent_id: str = ""
    is_meta: bool = False
    is_compact_summary: bool = False
    is_api_error_message: bool = False
    plan_content: str | None = None
    message: Message | None = None
    subtype: str | None = None
    content: Any = None
    summary: str = ""
    leaf_uuid: str = ""
    data: msgspec.Raw = msgspec.Raw(b"{}")
    tool_use_result: msgspec.Raw = msgspec.Raw(b"null")
    parent_tool_use_id: str | None = msgspec.field(default=None, name="parentToolUseID")
    pr_url: str = ""


class Progress(msgspec.Struct, rename="camel"):
    """What a progress line carries; a subagent's holds one of its messages."""

    type: str = ""
    agent_id: str = ""
    message: Entry | None = None


class TaskInput(msgspec.Struct):
    """The arguments of a call that starts a subagent."""

    prompt: str = ""
    subagent_type: str = ""
    description: str = ""


class Draft(msgspec.Struct):
    """A step before its place among the steps is known."""

    kind: Kind
    actor: Actor
    text: str
    at: str
    tool: str = ""
    call: str = ""
    error: bool = False
    web: bool = False
    agent: str = ""
    model: str = ""
    # The API message that it is part of: its usage counts once, on its first step.
    message: str = ""


def label(entry: Entry) -> str:
    """Name the kind of a line for counting: its type, and its subtype if it has one."""
    kind = entry.type or "(none)"
    return f"{kind}/{entry.subtype}" if entry.subtype else kind


def person_of(cwd: str) -> str:
    """Name the developer by the home folder that a session worked in."""
    home = _HOME.match(cwd)
    return home[1] if home else ""


def is_web(tool: str) -> bool:
    """Whether a tool brings text from outside."""
    return bool(_WEB.search(tool))


def spoken(entry: Entry, text: str) -> list[tuple[Kind, Actor, str]]:
    """Tell whose words a text under the role *user* is; a text may hold two voices."""
    if entry.is_meta:
        return [("status", "system", text)]
    if entry.is_compact_summary:
        # The model's own words, even if the program hands them over.
        return [("status", "agent", text)]
    if stopped := _INTERRUPTED.fullmatch(text):
        # After a refused tool the refusal is the stop; this line only repeats it.
        return [("status", "system", text)] if stopped[1] else [("stop", "person", "")]
    start = text.lstrip()
    for mark, actor in _WRAPPED.items():
        if start.startswith(mark):
            return [("status", actor, text)]
    if entry.is_sidechain or entry.plan_content:
        return [("message", "agent", text)]
    words, reminds, reminder = text.rstrip().partition(_REMINDS)
    if reminds and reminder.endswith(_REMINDED):
        said = words.rstrip()
        return [("message", "person", said), ("status", "tool", reminds + reminder)]
    return [("message", "person", text)]


def stop_of(block: Block, tool: str) -> tuple[Actor, str] | None:
    """Read a tool result as a person's stop: the whole feedback, if a person spoke.

    The program writes stops as errors with plain text. What a tool printed may begin
    with the very same words: that must never pass for a person's.
    """
    text = block.content
    if not block.is_error or not isinstance(text, str):
        return None
    if _INTERRUPTED.fullmatch(text):
        return "person", ""
    if not text.startswith(_REFUSED):
        return None
    _, said, words = text.partition(_SAID)
    if not said:
        return "person", ""
    # Servers and pages word their errors as they like.
    foreign = tool.startswith("mcp__") or is_web(tool)
    if foreign or words.strip().startswith(_CLARIFY):
        return "tool", text
    return "person", text


def content_text(content: object) -> str:
    """Join the text of a tool result; what is no text is named in brackets."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return "" if content is None else msgspec.json.encode(content).decode()
    return "\n".join(_part(part) for part in content)


def _part(part: object) -> str:
    if not isinstance(part, dict):
        return str(part)
    text = part.get("text")
    return text if isinstance(text, str) else f"[{part.get('type', 'part')}]"
