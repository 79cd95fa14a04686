"""A step: one thing that happened within a trace. A value, never a row.

A trace's steps are stored as one compressed document and read whole or not at all.
Offsets of evidence are code points into ``Step.text`` as it is stored here, after
redaction; nothing later may normalise it.
"""

from typing import Literal

import msgspec

Kind = Literal[
    "message",
    "tool_call",
    "tool_result",
    "thinking",
    "error",
    "evaluation",
    "status",
    "stop",
]
Actor = Literal["person", "agent", "tool", "system"]
Provenance = Literal["operator", "person", "agent", "tool", "web"]


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step: who did what, in the words that were recorded."""

    index: int
    kind: Kind
    actor: Actor
    # What was said; for a tool call its arguments as JSON, in the serialisation received;
    # for a stop the whole feedback that the agent saw.
    text: str = ""
    tool: str = ""
    # Pairs a call with its result. Importers make it unique within the trace.
    call: str = ""
    error: bool = False
    # ISO 8601 with offset, or empty where the source has no times.
    at: str = ""
    tokens: int = 0
    # A named subagent; empty for the trace's own agent.
    agent: str = ""
    model: str = ""
    # The result was fetched from outside (web page, mail): weaker than a tool's own word.
    web: bool = False

    @property
    def provenance(self) -> Provenance:
        """Whose word the text is; nothing downstream may upgrade it."""
        if self.actor == "system":
            return "operator"
        if self.actor == "tool":
            return "web" if self.web else "tool"
        return self.actor


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a digest needs to know of a trace beside its steps."""

    trace: str
    """The external id: stable across databases, so that dreams are reproducible."""
    agent: str
    group: str
    person: str = ""
    team: str = ""
    outcome: Literal["", "success", "failure"] = ""
    reward: float | None = None
    started_at: str = ""
    day: str = ""
    tags: tuple[str, ...] = ()
    # Number of the store's version that the run read, by store name.
    read: dict[str, int] = msgspec.field(default_factory=dict)


class Record(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One trace as a format reads it, before redaction and storing."""

    external_id: str
    steps: list[Step]
    format: str
    person: str = ""
    model: str = ""
    started_at: str = ""
    ended_at: str = ""
    outcome: Literal["", "success", "failure"] = ""
    reward: float | None = None
    # The task that several runs share, where the source names one.
    task: str = ""
    title: str = ""
    tags: tuple[str, ...] = ()
    cost: float | None = None
    # Version numbers that the run says it read, by store name.
    read: dict[str, int] = msgspec.field(default_factory=dict)
    # What the format did not understand, kept as it was.
    extra: dict[str, object] = msgspec.field(default_factory=dict)
