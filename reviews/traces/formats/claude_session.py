"""One Claude Code session while it is read: lines go in, a record comes out."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from reviews.traces.formats import claude_lines
from reviews.traces.formats.claude_lines import (
    Block,
    Entry,
    Message,
    Progress,
    TaskInput,
    Usage,
)
from reviews.traces.steps import Actor, Kind, Record, Step

# How much of what was not understood is kept as it was, in characters; all is counted.
_KEPT, _KEPT_LINE = 200_000, 20_000
_STARTS_AGENT = ("Task", "Agent")
_CALLS = ("tool_use", "server_tool_use", "mcp_tool_use")


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


class Session:
    """Collects the lines of one file; a subagent's file is a session to be adopted."""

    def __init__(self, agent: str = "") -> None:
        self.agent = agent
        self.id = self.title = ""
        self.seen: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.kept: list[str] = []
        self._room = _KEPT
        self.drafts: list[Draft] = []
        self.usage: dict[str, Usage] = {}
        self.models: Counter[str] = Counter()
        self.people: Counter[str] = Counter()
        self.about: dict[str, object] = {}
        self.branches = 0
        # The line that a subagent's first line answers to.
        self.root: str | None = None
        # Number of drafts after each line, by its uuid.
        self._after: dict[str, int] = {}
        self._answered: set[str] = set()
        # The name and the unique id of each call; where its result stands.
        self._calls: dict[str, tuple[str, str]] = {}
        self._result_at: dict[str, int] = {}
        self._tasks: dict[str, TaskInput] = {}
        # Subagents: the call that started them; their steps told by progress lines.
        self._started_by: dict[str, str] = {}
        self._told: dict[str, Session] = {}
        self._chains: dict[str, str] = {}
        self._nested: list[tuple[int, list[Draft]]] = []
        self._titles: dict[str, str] = {}

    def add(self, entry: Entry, raw: bytes) -> None:
        """Take one line in."""
        self.id = self.id or entry.session_id
        if entry.uuid in self._after:
            self.seen["repeated"] += 1
            return
        if entry.type == "progress":
            self._progress(entry, raw)
        else:
            self.seen[claude_lines.label(entry)] += 1
            self._line(entry, raw)
        if entry.uuid:
            if not self._after:
                self.root = entry.parent_uuid
            self._after[entry.uuid] = len(self.drafts)
        if entry.cwd and (person := claude_lines.person_of(entry.cwd)):
            self.people[person] += 1

    def adopt(self, other: "Session") -> None:
        """Nest a subagent's steps where it was started, under its name."""
        if self._told.pop(other.agent, None) is not other:
            self.seen.update({f"subagent/{k}": n for k, n in other.seen.items()})
        call = self._started_by.get(other.agent, "") or self._task_like(other)
        name = self._name(other.agent, call)
        for draft in other.drafts:
            draft.agent = draft.agent or name
        self._nested.append((self._place(call, other.root), other.drafts))
        self.usage.update(other.usage)
        self.unknown.update(other.unknown)
        for line in other.kept:
            self._keep(line)

    def record(self, name: str, *, lines: int) -> Record:
        """Finish: put everything in order and number it."""
        for told in list(self._told.values()):
            self.adopt(told)
        model = self.models.most_common(1)[0][0] if self.models else ""
        steps = list(self._steps(model))
        times = [step.at for step in steps if step.at]
        person = self.people.most_common(1)[0][0] if self.people else ""
        titles = [t for leaf, t in self._titles.items() if leaf in self._after]
        return Record(
            external_id=f"{self.id}.{self.agent}" if self.agent else self.id,
            steps=steps,
            format=name,
            person=person,
            model=model,
            started_at=min(times, default=""),
            ended_at=max(times, default=""),
            title=titles[-1] if titles else "",
            extra=self._extra(lines),
        )

    # Lines

    def _line(self, entry: Entry, raw: bytes) -> None:
        if entry.type in ("user", "assistant"):
            self._message(entry, raw)
        elif entry.type == "system":
            self._system(entry, raw)
        elif entry.type == "summary":
            self._titles[entry.leaf_uuid] = entry.summary
        elif entry.type == "pr-link":
            self.about["pull_request"] = entry.pr_url
        elif entry.type not in claude_lines.BOOKKEEPING:
            self._not_understood(claude_lines.label(entry), raw)

    def _progress(self, entry: Entry, raw: bytes) -> None:
        """Count noise; keep what a subagent said, for its file may be missing."""
        try:
            told = msgspec.json.decode(entry.data, type=Progress)
        except msgspec.ValidationError:
            self._not_understood("progress", raw)
            return
        self.seen[f"progress/{told.type}"] += 1
        if not (told.agent_id and told.message):
            return
        if entry.parent_tool_use_id:
            self._started_by.setdefault(told.agent_id, entry.parent_tool_use_id)
        agent = self._told.setdefault(told.agent_id, Session(told.agent_id))
        told.message.is_sidechain = True
        agent.add(told.message, raw)

    def _system(self, entry: Entry, raw: bytes) -> None:
        text = claude_lines.content_text(entry.content)
        if entry.subtype == "api_error" or entry.subtype == "informational":
            kind: Kind = "error" if entry.subtype == "api_error" else "status"
            self._add(entry, kind, "tool", text or str(entry.subtype))
        elif entry.subtype == "compact_boundary":
            self._add(entry, "status", "system", text)
        elif entry.subtype not in claude_lines.QUIET_SYSTEM:
            self._not_understood(claude_lines.label(entry), raw)

    def _message(self, entry: Entry, raw: bytes) -> None:
        message = entry.message or Message()
        blocks = message.content or []
        if isinstance(blocks, str):
            blocks = [Block(type="text", text=blocks)]
        if entry.is_sidechain:
            self._follow(entry, blocks)
        if message.usage:
            self._count(message.id or entry.uuid, message.usage)
        if message.model and message.model != "<synthetic>" and not entry.is_sidechain:
            self.models[message.model] += 1
        take = self._assistant_block if entry.type == "assistant" else self._user_block
        for block in blocks:
            if not take(entry, block):
                self._not_understood(f"block/{block.type}", raw)

    def _assistant_block(self, entry: Entry, block: Block) -> bool:
        if block.type == "text":
            if entry.is_api_error_message:
                self._add(entry, "error", "tool", block.text, error=True)
            elif block.text.strip():
                self._add(entry, "message", "agent", block.text)
        elif block.type == "thinking":
            if block.thinking:
                self._add(entry, "thinking", "agent", block.thinking)
        elif block.type in _CALLS:
            self._call(entry, block)
        elif block.type.endswith("tool_result"):
            self._result(entry, block)
        else:
            return False
        return True

    def _user_block(self, entry: Entry, block: Block) -> bool:
        if block.type == "text":
            for kind, actor, text in claude_lines.spoken(entry, block.text):
                if kind == "message" and actor == "person":
                    self._branch(entry.parent_uuid)
                if text.strip() or kind == "stop":
                    self._add(entry, kind, actor, text)
        elif block.type == "tool_result":
            self._result(entry, block)
        elif block.type in ("image", "document"):
            self._add(entry, "message", "person", f"[{block.type}]")
        else:
            return False
        return True

    def _call(self, entry: Entry, block: Block) -> None:
        again = block.id in self._calls
        unique = f"{block.id}:{len(self.drafts)}" if again else block.id
        self._calls[block.id] = (block.name, unique)
        arguments = bytes(block.input).decode()
        self._add(entry, "tool_call", "agent", arguments, tool=block.name, call=unique)
        if block.name in _STARTS_AGENT:
            try:
                task = msgspec.json.decode(block.input, type=TaskInput)
            except msgspec.ValidationError:
                return
            self._tasks[block.id] = task

    def _result(self, entry: Entry, block: Block) -> None:
        name, unique = self._calls.get(block.tool_use_id, ("", block.tool_use_id))
        text = claude_lines.content_text(block.content)
        self._result_at.setdefault(block.tool_use_id, len(self.drafts))
        if stop := claude_lines.stop_of(text):
            actor, words = stop
            self._add(entry, "stop", actor, words, tool=name, call=unique)
            return
        if name in _STARTS_AGENT and (agent := _agent_named(entry.tool_use_result)):
            self._started_by.setdefault(agent, block.tool_use_id)
        self._add(
            entry,
            "tool_result",
            "tool",
            text,
            tool=name,
            call=unique,
            error=bool(block.is_error),
            web=claude_lines.is_web(name),
        )

    def _add(
        self, entry: Entry, kind: Kind, actor: Actor, text: str, **more: Any
    ) -> None:
        message = entry.message
        own = entry.type == "assistant" and message is not None
        self.drafts.append(
            Draft(
                kind,
                actor,
                text,
                entry.timestamp,
                agent=self._chains.get(entry.uuid, ""),
                model=message.model if own and message else "",
                message=(message.id or entry.uuid) if own and message else "",
                **more,
            )
        )

    def _count(self, message: str, usage: Usage) -> None:
        """Keep a message's last word on its usage: earlier lines repeat or lag."""
        before = self.usage.get(message)
        if before is None or usage.output_tokens >= before.output_tokens:
            self.usage[message] = usage

    def _branch(self, parent: str | None) -> None:
        if parent and parent in self._answered:
            self.branches += 1
        elif parent:
            self._answered.add(parent)

    def _not_understood(self, what: str, raw: bytes) -> None:
        self.unknown[what] += 1
        self._keep(raw[:_KEPT_LINE].decode("utf-8", "replace"))

    def _keep(self, line: str) -> None:
        if len(line) <= self._room:
            self._room -= len(line)
            self.kept.append(line)

    # Subagents

    def _follow(self, entry: Entry, blocks: list[Block]) -> None:
        """Name the subagent of a sidechain's line, by its id or the line before."""
        name = self._chains.get(entry.parent_uuid or "")
        if entry.agent_id and not self.agent:
            name = self._name(entry.agent_id, self._started_by.get(entry.agent_id, ""))
        if not name and not self.agent:
            prompt = next((block.text for block in blocks if block.text), "")
            name = self._name("", self._task_asking(prompt))
        if name:
            self._chains[entry.uuid] = name

    def _task_like(self, other: "Session") -> str:
        first = next((d.text for d in other.drafts if d.kind == "message"), "")
        return self._task_asking(first)

    def _task_asking(self, prompt: str) -> str:
        asked = prompt.strip()
        calls = [c for c, task in self._tasks.items() if task.prompt.strip() == asked]
        return calls[-1] if asked and calls else ""

    def _name(self, agent: str, call: str) -> str:
        task = self._tasks.get(call)
        if task and task.subagent_type:
            return task.subagent_type
        return "compaction" if agent.startswith("acompact") else "subagent"

    def _place(self, call: str, root: str | None) -> int:
        """Find where a subagent's steps belong: before its result, or after its root."""
        if call in self._result_at:
            return self._result_at[call]
        return self._after.get(root or "", len(self.drafts))

    # The end

    def _steps(self, model: str) -> Iterator[Step]:
        counted: set[str] = set()
        for index, draft in enumerate(self._in_order()):
            tokens = 0
            if draft.message and draft.message not in counted:
                counted.add(draft.message)
                tokens = _fresh(self.usage.get(draft.message))
            yield Step(
                index,
                draft.kind,
                draft.actor,
                draft.text,
                tool=draft.tool,
                call=draft.call,
                error=draft.error,
                at=draft.at,
                tokens=tokens,
                agent=draft.agent,
                model="" if draft.model in (model, "<synthetic>") else draft.model,
                web=draft.web,
            )

    def _in_order(self) -> Iterator[Draft]:
        done = 0
        for place, drafts in sorted(self._nested, key=lambda nested: nested[0]):
            yield from self.drafts[done:place]
            yield from drafts
            done = place
        yield from self.drafts[done:]

    def _extra(self, lines: int) -> dict[str, object]:
        usage = self.usage.values()
        extra: dict[str, object] = {
            "lines": lines,
            "seen": dict(self.seen),
            "usage": {
                "input": sum(u.input_tokens for u in usage),
                "output": sum(u.output_tokens for u in usage),
                "cache_write": sum(u.cache_creation_input_tokens or 0 for u in usage),
                "cache_read": sum(u.cache_read_input_tokens or 0 for u in usage),
            },
            **self.about,
        }
        if self.branches:
            extra["branches"] = self.branches
        if self.unknown:
            extra["unknown"] = dict(self.unknown)
            extra["unknown_lines"] = self.kept
        return extra


def _fresh(usage: Usage | None) -> int:
    """Count what a message cost anew: what was read from the cache is no new work."""
    if usage is None:
        return 0
    written = usage.cache_creation_input_tokens or 0
    return usage.input_tokens + written + usage.output_tokens


def _agent_named(result: msgspec.Raw) -> str:
    value = msgspec.json.decode(result)
    agent = value.get("agentId") if isinstance(value, dict) else None
    return agent if isinstance(agent, str) else ""
