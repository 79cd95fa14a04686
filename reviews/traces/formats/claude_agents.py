"""Subagents of a Claude Code session: their names, and where their steps belong."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from reviews.traces.formats.claude_lines import Block, Draft, Entry, TaskInput

if TYPE_CHECKING:
    from reviews.traces.formats.claude_session import Session

_STARTERS = ("Task", "Agent")


class Subagents:
    """Knows who was started by which call, and nests what they left."""

    def __init__(self) -> None:
        self._tasks: dict[str, TaskInput] = {}
        self._started_by: dict[str, str] = {}
        # Names along the chains of lines within the file, by the line's uuid.
        self._chains: dict[str, str] = {}
        self._nested: list[tuple[int, list[Draft]]] = []
        # Where the result of a call stands, and how many steps each line had before it.
        self._result_at: dict[str, int] = {}
        self._after: dict[str, int] = {}
        # Told by progress lines only, unless their own file turns up.
        self.told: dict[str, Session] = {}

    def called(self, block: Block) -> None:
        """Remember a call that may start a subagent."""
        if block.name not in _STARTERS:
            return
        try:
            self._tasks[block.id] = msgspec.json.decode(block.input, type=TaskInput)
        except msgspec.ValidationError:
            # Another tool of that name.
            return

    def answered(self, call: str, entry: Entry, place: int) -> None:
        """Remember where a call's result stands, and whom it says it had started."""
        self._result_at.setdefault(call, place)
        if call in self._tasks and (agent := _agent_named(entry.tool_use_result)):
            self.started(agent, call)

    def started(self, agent: str, call: str) -> None:
        """Join a subagent with the call that started it; the first word counts."""
        self._started_by.setdefault(agent, call)

    def passed(self, uuid: str, place: int) -> None:
        """Remember how many steps there were after a line."""
        self._after[uuid] = place

    def follow(self, entry: Entry, blocks: list[Block]) -> None:
        """Name the subagent of a sidechain's line, by its id or the line before."""
        name = self._chains.get(entry.parent_uuid or "")
        if entry.agent_id:
            name = self._name(entry.agent_id, self._started_by.get(entry.agent_id, ""))
        if not name:
            prompt = next((block.text for block in blocks if block.text), "")
            name = self._name("", self._task_asking(prompt))
        self._chains[entry.uuid] = name

    def name_of(self, entry: Entry) -> str:
        """Tell whose line it is; empty for the session's own agent."""
        return self._chains.get(entry.uuid, "")

    def adopt(self, other: "Session", end: int) -> None:
        """Take a subagent's steps in where it was started, under its name."""
        first = next((d.text for d in other.drafts if d.kind == "message"), "")
        call = self._started_by.get(other.agent, "") or self._task_asking(first)
        for draft in other.drafts:
            draft.agent = self._name(other.agent, call)
        place = self._result_at.get(call, self._after.get(other.root or "", end))
        self._nested.append((place, other.drafts))

    def in_order(self, drafts: list[Draft]) -> Iterator[Draft]:
        """Go through a session's steps with those of its subagents in their places."""
        done = 0
        for place, nested in sorted(self._nested, key=lambda nested: nested[0]):
            yield from drafts[done:place]
            yield from nested
            done = place
        yield from drafts[done:]

    def _task_asking(self, prompt: str) -> str:
        asked = prompt.strip()
        calls = [c for c, task in self._tasks.items() if task.prompt.strip() == asked]
        return calls[-1] if asked and calls else ""

    def _name(self, agent: str, call: str) -> str:
        task = self._tasks.get(call)
        if task and task.subagent_type:
            return task.subagent_type
        return "compaction" if agent.startswith("acompact") else "subagent"


def _agent_named(result: msgspec.Raw) -> str:
    value = msgspec.json.decode(result)
    agent = value.get("agentId") if isinstance(value, dict) else None
    return agent if isinstance(agent, str) else ""
