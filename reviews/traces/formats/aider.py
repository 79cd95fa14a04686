"""Aider's chat log: Markdown, one trace a chat.

``# aider chat started at …`` opens a chat, ``#### `` is what a person typed, ``> `` what the
program said, the rest is the model's. An edit and a commit become tool calls; ``/undo``,
which takes back the last commit, is a person stopping that call. Times are those of the
machine it ran on, without a zone: they are taken as UTC.
"""

import codecs
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from reviews.traces import documents
from reviews.traces.documents import Unreadable
from reviews.traces.formats.source import Source
from reviews.traces.steps import Record, Step

NAME = "aider"
# What its log is called; other Markdown below a folder is no log.
NAMES = (".aider.chat.history.md", "chat-history.md")
_START = re.compile(r"# aider chat started at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s*$")
_BEGINNING = re.compile(rb"\s*# aider chat started at \d{4}-")
_TYPED, _SAID = "#### ", ">"
_MODEL = re.compile(r"(?:Main model|Models?): (\S+)")
_COST = re.compile(r"Cost: \$(\d{1,6}(?:\.\d{1,12})?) (?:request|message)")
# Bounded on every side, thus linear on hostile lines.
_RECEIVED = re.compile(
    r"Tokens: [^\n]{0,80}?(?<![\d.,])(\d[\d,]{0,8}(?:\.\d{1,3})?)(k?) received"
)
_EDIT = re.compile(r"Applied edit to (.+)")
_COMMIT = re.compile(r"Commit ([0-9a-f]{7,40}) (.+)")
_FAILED = re.compile(
    r"The LLM did not conform to the edit format|# \d+ SEARCH/REPLACE blocks? failed"
)
_BROKEN = re.compile(r"Unexpected error: |Traceback \(most recent call last\)")
# A log has no limit of its own; beyond it a chat is cut and says so.
_LONGEST_CHAT = 20_000  # lines
_LONGEST_LINE = 1 << 20

Voice = Literal["person", "tool", "agent"]


def recognises(value: dict[str, Any]) -> bool:
    """No JSON object is of this format: it is told by how the file begins."""
    del value
    return False


def is_log(file: Path) -> bool:
    """Whether a file begins as such a log does."""
    try:
        head = next(documents.chunks_of(file), b"")
    except (OSError, EOFError, zlib.error):
        return False
    return _BEGINNING.match(head) is not None


def records(source: Source) -> Iterator[Record | Unreadable]:
    """Read each chat as one run; a chat in which nobody said anything is left out."""
    seen: Counter[str] = Counter()
    for found in _chats(source):
        if isinstance(found, Unreadable):
            yield found
            continue
        number, lines, cut = found
        started = _START.match(lines[0])
        if started is None:
            if any(line.strip() for line in lines):
                yield source.unreadable(number, "stands before the first chat")
            continue
        try:
            chat = _Chat(started.group(1), lines[1:], cut)
        except ValueError:
            yield source.unreadable(number, "begins at a time that there never was")
            continue
        record = chat.record(seen)
        if record is not None:
            yield record


class _Chat:
    """The lines of one chat becoming steps."""

    def __init__(self, started: str, lines: list[str], cut: int) -> None:
        self.started = datetime.fromisoformat(started + "+00:00").isoformat()
        self.lines, self.cut = lines, cut
        self.steps: list[Step] = []
        self.model = ""
        self.cost = 0.0
        # Commits that may still be taken back: the place of each call, newest last.
        self.commits: list[int] = []

    def record(self, seen: Counter[str]) -> Record | None:
        """The run, if a person said anything in it; ``seen`` tells equal times apart."""
        for voice, text in _turns(self.lines):
            if voice == "person":
                self._typed(text)
            elif voice == "tool":
                self._said(text)
            else:
                self._step("message", "agent", text, model=self.model)
        if not any(step.actor == "person" for step in self.steps):
            return None
        seen[self.started] += 1
        again = seen[self.started]
        return Record(
            external_id=self.started + (f"#{again}" if again > 1 else ""),
            steps=self._answered(),
            format=NAME,
            model=self.model,
            started_at=self.started,
            cost=round(self.cost, 6) or None,
            extra={"lines left out": self.cut} if self.cut else {},
        )

    def _typed(self, text: str) -> None:
        word, _, rest = text.partition(" ")
        if word == "/undo" and self.commits:
            call = self.steps[self.commits.pop()]
            self._step("stop", "person", text, tool="commit", call=call.call)
        elif word == "/ask" and rest:
            self._step("message", "person", rest)
        elif word.startswith("/"):
            self._step("status", "person", text)
        else:
            self._step("message", "person", text)

    def _said(self, text: str) -> None:
        """What the program printed in a row: edits and commits are calls, the rest is status."""
        self.model = next((m.group(1) for m in [_MODEL.search(text)] if m), self.model)
        self.cost += sum(float(cost) for cost in _COST.findall(text))
        for line in text.splitlines():
            if _EDIT.fullmatch(line):
                self._call("edit", {}, line)
            elif commit := _COMMIT.fullmatch(line):
                given = {"hash": commit.group(1), "subject": commit.group(2)}
                self.commits.append(self._call("commit", given, ""))
        if failed := _FAILED.search(text):
            self._call("edit", {}, text[failed.start() :], error=True)
        elif _BROKEN.search(text):
            self._step("error", "tool", text, error=True)
        elif not (_EDIT.search(text) or _COMMIT.search(text)):
            self._step("status", "tool", text, tokens=_tokens(text))

    def _call(
        self, tool: str, given: dict[str, str], answer: str, *, error: bool = False
    ) -> int:
        """A call and, where there is one, its answer; the place of the call."""
        place = len(self.steps)
        call = f"{tool}-{place}"
        text = msgspec.json.encode(given).decode()
        self._step("tool_call", "agent", text, tool=tool, call=call)
        if answer:
            self._step("tool_result", "tool", answer, tool=tool, call=call, error=error)
        return place

    def _answered(self) -> list[Step]:
        """Every commit that nobody took back was a good one: its answer comes after it."""
        kept = set(self.commits)
        steps: list[Step] = []
        for place, step in enumerate(self.steps):
            steps.append(step)
            if place in kept:
                steps.append(
                    Step(0, "tool_result", "tool", "Committed.", step.tool, step.call)
                )
        return [
            msgspec.structs.replace(step, index=index)
            for index, step in enumerate(steps)
        ]

    def _step(self, kind: Any, actor: Any, text: str, **more: Any) -> None:
        self.steps.append(Step(len(self.steps), kind, actor, text, **more))


def _turns(lines: Iterable[str]) -> Iterator[tuple[Voice, str]]:
    """Lines in a row of one voice, as one text each."""
    voice: Voice = "agent"
    held: list[str] = []
    fenced = False
    for line in lines:
        speaks = _voice(line, fenced=fenced)
        if speaks == "agent":
            fenced ^= line.lstrip().startswith("```")
        elif speaks == "person":
            fenced = False
        if speaks != voice:
            yield from _turn(voice, held)
            voice, held = speaks, []
        held.append(line)
    yield from _turn(voice, held)


def _voice(line: str, *, fenced: bool) -> Voice:
    if line.startswith(_TYPED):
        return "person"
    # Within the model's code a line may begin like the program's own.
    return "tool" if line.startswith(_SAID) and not fenced else "agent"


def _turn(voice: Voice, lines: list[str]) -> Iterator[tuple[Voice, str]]:
    mark = {"person": _TYPED, "tool": _SAID, "agent": ""}[voice]
    bare = (
        line.removeprefix(mark).removeprefix(" ") if mark else line for line in lines
    )
    text = "\n".join(line.rstrip() for line in bare).strip("\n")
    if text.strip():
        yield voice, text


def _chats(source: Source) -> Iterator[tuple[int, list[str], int] | Unreadable]:
    """Each chat's lines with the number of its first, and how many more there were."""
    number, lines, cut = 1, [""], 0
    for place, line in enumerate(_lines(source.path), 1):
        if isinstance(line, Unreadable):
            yield line
            continue
        if _START.match(line):
            yield number, lines, cut
            number, lines, cut = place, [], 0
        if len(lines) <= _LONGEST_CHAT:
            lines.append(line)
        else:
            cut += 1
    yield number, lines, cut


def _lines(file: Path) -> Iterator[str | Unreadable]:
    """The lines of a file, read piece by piece; what is no UTF-8 is replaced.

    Of a damaged file what can be read, and that it is damaged; of a line without an end
    its beginning.
    """
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    rest = ""
    for chunk in documents.guarded(documents.chunks_of(file), str(file)):
        if isinstance(chunk, Unreadable):
            yield chunk
            continue
        *whole, rest = (rest + decode(chunk)).split("\n")
        yield from (line[:_LONGEST_LINE].rstrip("\r") for line in whole)
        rest = rest[:_LONGEST_LINE]
    yield rest


def _tokens(text: str) -> int:
    found = _RECEIVED.search(text)
    if found is None:
        return 0
    number = float(found.group(1).replace(",", ""))
    return int(number * (1_000 if found.group(2) else 1))
