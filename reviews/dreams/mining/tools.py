"""What a tool's name tells: whether it changes something, whether it is bookkeeping."""

import re
from functools import lru_cache

_FIRST_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*|[A-Z]+(?![a-z])")
_READS = frozenset({
    "get", "list", "search", "find", "read", "look", "lookup", "view", "fetch",
    "query", "check", "show", "describe", "calculate", "compute", "think", "grep",
    "glob", "ls", "cat", "count", "verify", "validate", "browse",
    "inspect", "retrieve", "load", "select", "head", "tail", "status", "log",
    "diff", "web", "todo", "task", "ask", "preview", "estimate", "compare",
})  # fmt: skip
_DELIVERS = frozenset(
    ["read", "fetch", "open", "browse", "view", "cat", "download", "web", "visit"]
)
_META = frozenset({
    "think", "todowrite", "task", "taskoutput", "taskcreate", "taskupdate",
    "exitplanmode", "enterplanmode", "askuserquestion", "agent", "toolsearch",
    "finish", "submit", "respond",
})  # fmt: skip
# An agent's hands: they take part in whatever it does, and tell nothing about how.
_HANDS = frozenset({
    "read", "edit", "write", "multiedit", "notebookedit", "grep", "glob", "ls", "bash",
    "webfetch", "websearch", "str_replace_editor", "view", "create", "str_replace",
})  # fmt: skip


def writes(tool: str) -> bool:
    """Whether a tool changes something; an unknown verb counts as changing."""
    return _verb(tool) not in _READS


def delivers(tool: str) -> bool:
    """Whether a tool answers with what others wrote: a page, a mail, a file."""
    return _verb(tool) in _DELIVERS


def is_meta(tool: str) -> bool:
    """Whether a tool serves the agent's own bookkeeping."""
    return tool.lower() in _META


def is_hand(tool: str) -> bool:
    """Whether a tool is one that every coding agent has, whatever it does."""
    return tool.lower() in _HANDS


@lru_cache(maxsize=4_096)
def _verb(tool: str) -> str:
    """The first word of a tool's own name, without the server that it comes from."""
    bare = tool.rsplit("__", 1)[-1].rsplit(".", 1)[-1]
    verb = _FIRST_WORD.search(bare)
    return verb.group().lower() if verb else ""
