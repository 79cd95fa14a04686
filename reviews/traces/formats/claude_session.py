"""One Claude Code session while it is read: lines go in, a record comes out."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from reviews.traces.formats import claude_lines
from reviews.traces.formats.claude_agents import Subagents
from reviews.traces.formats.claude_lines import (
    Block,
    Draft,
    Entry,
    Message,
    Progress,
    Usage,
)
from reviews.traces.steps import Actor, Kind, Record, Step

# How much of what was not understood is kept as it was, in characters; all is counted.
_KEPT, _KEPT_LINE = 200_000, 20_000
_CALLS = ("tool_use", "server_tool_use", "mcp_tool_use")


class Session:
    """Collects the lines of one file; a subagent's file is a session to be adopted."""

    def __init__(self, agent: str = "") -> None:
        self.agent = agent
        self.id = ""
        self.drafts: list[Draft] = []
        # The line that the first line answers to: a subagent's hangs on its parent's.
        self.root: str | None = None
        self.seen: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.kept: list[str] = []
        self.usage: dict[str, Usage] = {}
        self._room = _KEPT
        self._models: Counter[str] = Counter()
        self._people: Counter[str] = Counter()
        self._titles: dict[str, str] = {}
        self._about: dict[str, object] = {}
        self._uuids: set[str] = set()
        # The name and the unique id of each call.
        self._calls: dict[str, tuple[str, str]] = {}
        self._subagents = Subagents()
        # Lines that a person has answered; a second answer is another branch.
        self._answered: set[str] = set()
        self._branches = 0

    def add(self, entry: Entry, raw: bytes) -> None:
        """Take one line in."""
        self.id = self.id or entry.session_id
        if entry.uuid in self._uuids:
            self.seen["repeated"] += 1
            return
        if entry.type == "progress":
            self._progress(entry, raw)
        else:
            self.seen[claude_lines.label(entry)] += 1
            self._line(entry, raw)
        if entry.uuid:
            if not self._uuids:
                self.root = entry.parent_uuid
            self._uuids.add(entry.uuid)
            self._subagents.passed(entry.uuid, len(self.drafts))
        if person := claude_lines.person_of(entry.cwd):
            self._people[person] += 1

    def adopt(self, other: "Session") -> None:
        """Nest a subagent's steps where it was started, under its name."""
        if self._subagents.told.pop(other.agent, None) is not other:
            self.seen.update({f"subagent/{k}": n for k, n in other.seen.items()})
        self._subagents.adopt(other, len(self.drafts))
        self.usage.update(other.usage)
        self.unknown.update(other.unknown)
        for line in other.kept:
            self._keep(line)

    def record(self, name: str, *, lines: int) -> Record:
        """Finish: put everything in order and number it."""
        for told in list(self._subagents.told.values()):
            self.adopt(told)
        model = _commonest(self._models)
        steps = list(self._steps(model))
        times = [step.at for step in steps if step.at]
        # A summary may belong to another session: its leaf is not among our lines then.
        titles = [text for leaf, text in self._titles.items() if leaf in self._uuids]
        return Record(
            external_id=f"{self.id}.{self.agent}"
            if self.agent and self.id
            else self.id,
            steps=steps,
            format=name,
            person=_commonest(self._people),
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
            self._about["pull_request"] = entry.pr_url
        elif entry.type not in claude_lines.BOOKKEEPING:
            self._not_understood(claude_lines.label(entry), raw)

    def _progress(self, entry: Entry, raw: bytes) -> None:
        """Count noise; keep what a subagent said, for its file may be missing."""
        try:
            told = msgspec.json.decode(entry.data, type=Progress)
        except msgspec.ValidationError:
            self.seen["progress"] += 1
            self._not_understood("progress", raw)
            return
        self.seen[f"progress/{told.type}"] += 1
        if not (told.agent_id and told.message):
            return
        if entry.parent_tool_use_id:
            self._subagents.started(told.agent_id, entry.parent_tool_use_id)
        agent = self._subagents.told.setdefault(told.agent_id, Session(told.agent_id))
        told.message.is_sidechain = True
        agent.add(told.message, raw)

    def _system(self, entry: Entry, raw: bytes) -> None:
        text = claude_lines.content_text(entry.content)
        if entry.subtype == "api_error":
            self._add(entry, "error", "tool", text or "API error", error=True)
        elif entry.subtype == "informational":
            self._add(entry, "status", "tool", text)
        elif entry.subtype == "compact_boundary":
            self._add(entry, "status", "system", text)
        elif entry.subtype and entry.subtype not in claude_lines.QUIET_SYSTEM:
            self._not_understood(claude_lines.label(entry), raw)

    def _message(self, entry: Entry, raw: bytes) -> None:
        message = entry.message or Message()
        blocks = message.content or []
        if isinstance(blocks, str):
            blocks = [Block(type="text", text=blocks)]
        if entry.is_sidechain and not self.agent:
            self._subagents.follow(entry, blocks)
        if message.usage:
            self._count(message.id or entry.uuid, message.usage)
        if message.model not in ("", "<synthetic>") and not entry.is_sidechain:
            self._models[message.model] += 1
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
        self._subagents.called(block)

    def _result(self, entry: Entry, block: Block) -> None:
        name, unique = self._calls.get(block.tool_use_id, ("", block.tool_use_id))
        text = claude_lines.content_text(block.content)
        self._subagents.answered(block.tool_use_id, entry, len(self.drafts))
        if stop := claude_lines.stop_of(block, name):
            actor, words = stop
            self._add(entry, "stop", actor, words, tool=name, call=unique)
            return
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
        draft = Draft(kind, actor, text, entry.timestamp, **more)
        draft.agent = self._subagents.name_of(entry)
        if entry.type == "assistant" and entry.message:
            draft.model = entry.message.model
            draft.message = entry.message.id or entry.uuid
        self.drafts.append(draft)

    def _count(self, message: str, usage: Usage) -> None:
        """Keep a message's last word on its usage: earlier lines repeat or lag."""
        before = self.usage.get(message)
        if before is None or usage.output_tokens >= before.output_tokens:
            self.usage[message] = usage

    def _branch(self, parent: str | None) -> None:
        if parent and parent in self._answered:
            self._branches += 1
        elif parent:
            self._answered.add(parent)

    def _not_understood(self, what: str, raw: bytes) -> None:
        self.unknown[what] += 1
        self._keep(raw[:_KEPT_LINE].decode("utf-8", "replace"))

    def _keep(self, line: str) -> None:
        if len(line) <= self._room:
            self._room -= len(line)
            self.kept.append(line)

    # The end

    def _steps(self, model: str) -> Iterator[Step]:
        counted: set[str] = set()
        for index, draft in enumerate(self._subagents.in_order(self.drafts)):
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
            **self._about,
        }
        if self._branches:
            extra["branches"] = self._branches
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


def _commonest(counts: Counter[str]) -> str:
    return counts.most_common(1)[0][0] if counts else ""
