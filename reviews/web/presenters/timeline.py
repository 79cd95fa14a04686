"""A trace as people read it: steps in order, quotes marked, long bodies folded."""

import hashlib
import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from reviews.dreams.models import Signal
from reviews.proposals.models import Evidence
from reviews.traces.steps import Step
from reviews.web.presenters.diffs import Piece, pieces

# Longer bodies are folded; on a long page they come only when they are opened.
FOLD_LINES, FOLD_SIZE = 12, 2_000
LONG_TRACE = 300
# However short the trace, a body of this size is never sent unasked.
LAZY_SIZE = 20_000
PREVIEW = 80
REPEATS = 3

KINDS = {
    "message": "Message",
    "tool_call": "Call",
    "tool_result": "Result",
    "thinking": "Thinking",
    "error": "Error",
    "evaluation": "Evaluation",
    "status": "Status",
    "stop": "Stopped by a person",
}
ICONS = {
    "tool_call": "wrench",
    "tool_result": "reply",
    "thinking": "sparkles",
    "error": "circle-x",
    "evaluation": "chart-line",
    "status": "info",
    "stop": "ban",
}
ACTORS = {"person": "user", "agent": "bot", "tool": "terminal", "system": "cog"}


@dataclass(frozen=True)
class Part:
    """A stretch of a step's text, and the quotes that it belongs to."""

    pieces: tuple[Piece, ...]
    quotes: tuple[int, ...] = ()
    # The quotes that begin here: their marks carry the anchors.
    begins: tuple[int, ...] = ()
    lit: bool = False


@dataclass
class Row:
    """One step on the page."""

    step: Step
    text: str
    parts: tuple[Part, ...] = ()
    signals: list[Signal] = field(default_factory=list)
    quotes: list["Quoted"] = field(default_factory=list)
    folded: bool = False
    lazy: bool = False
    lines: int = 0
    # The step that was asked for stands open.
    asked: bool = False
    # Equal calls with equal answers that follow, and are folded into this one.
    repeats: list["Row"] = field(default_factory=list)

    @property
    def no(self) -> str:
        return str(self.step.index)

    @property
    def title(self) -> str:
        """Who or what speaks."""
        if self.step.kind in ("message", "status") or not self.step.tool:
            speaker = self.step.agent or self.step.actor
            return speaker if self.step.kind == "message" else KINDS[self.step.kind]
        return self.step.tool

    @property
    def kind(self) -> str:
        return KINDS[self.step.kind]

    @property
    def called(self) -> str:
        """What it is, where its title does not say so."""
        plain = self.step.kind == "message" or self.title == self.kind
        return "" if plain else self.kind.lower()

    @property
    def icon(self) -> str:
        return ICONS.get(self.step.kind) or ACTORS[self.step.actor]

    @property
    def attributes(self) -> SafeString:
        """Its state, for the stylesheet."""
        states = {
            ' data-kind="call"': self.step.kind == "tool_call",
            " data-error": self.step.error,
            " data-evidence": bool(self.quotes),
            " data-nested": bool(self.step.agent),
        }
        return mark_safe("".join(name for name, on in states.items() if on))  # noqa: S308 - constants

    @property
    def marked(self) -> bool:
        """Whether there is anything to say of it beside its title."""
        step = self.step
        facts = step.error, step.web, step.agent, step.tokens, step.at
        return any(facts) or bool(self.signals or self.quotes)

    @property
    def opened(self) -> bool:
        return self.asked or bool(self.quotes)

    @property
    def said(self) -> bool:
        """Whether it is prose rather than data."""
        return self.step.kind in ("message", "thinking", "stop")

    @property
    def preview(self) -> str:
        start = " ".join(self.text[: PREVIEW * 2].split())
        return f"{start[:PREVIEW]}…" if len(start) > PREVIEW else start

    @property
    def size(self) -> str:
        return "1 line" if self.lines == 1 else f"{self.lines} lines"


@dataclass(frozen=True)
class Quoted:
    """A quote of a proposal in this trace, and whether the text still says it."""

    evidence: Evidence
    intact: bool


def rows(
    steps: Sequence[Step],
    quotes: Iterable[Quoted],
    signals: Iterable[Signal],
    *,
    lit: int | None = None,
    opened: int | None = None,
) -> list[Row]:
    """Every step, with its quotes and signals.

    ``lit`` is the quote that was followed here, ``opened`` a step to show whole.
    """
    cited = _by_step(quotes)
    judged: dict[int, list[Signal]] = defaultdict(list)
    for signal in signals:
        judged[signal.step].append(signal)
    long = len(steps) > LONG_TRACE
    made = []
    for step in steps:
        found = cited.get(step.index, [])
        row = row_of(step, found, lit=lit)
        row.signals = judged.get(step.index, [])
        row.asked = step.index == opened
        row.folded = step.kind == "thinking"
        if not found and not row.asked:
            row.folded |= row.lines > FOLD_LINES or len(row.text) > FOLD_SIZE
            row.lazy = len(row.text) > (FOLD_SIZE if long else LAZY_SIZE)
            if row.lazy:
                row.parts = ()
        made.append(row)
    return list(_repeats_folded(made))


def row_of(step: Step, found: Sequence[Quoted] = (), *, lit: int | None = None) -> Row:
    """One step with its whole text, ready to be shown."""
    intact = [one.evidence for one in found if one.intact]
    text = step.text if intact else _laid_out(step)
    return Row(
        step=step,
        text=text,
        parts=tuple(_parts(text, intact, lit)),
        quotes=list(found),
        lines=text.count("\n") + 1,
    )


def quoted(steps: Sequence[Step], quotes: Iterable[Evidence]) -> list[Quoted]:
    """Check each quote against the step that it cites: offsets, words and hash."""
    return [Quoted(quote, _intact(steps, quote)) for quote in quotes]


def notable(made: Sequence[Row]) -> list[tuple[int, str]]:
    """Where the eye should go on the rail: (step, why), at most one reason a step."""
    found = []
    for row in _flat(made):
        if row.quotes:
            found.append((row.step.index, "evidence"))
        elif row.step.error:
            found.append((row.step.index, "error"))
        elif row.step.actor == "person":
            found.append((row.step.index, "person"))
    return found


def icons(made: Iterable[Row]) -> list[str]:
    """The drawings that the rows use."""
    return sorted({row.icon for row in _flat(made)})


def _flat(made: Iterable[Row]) -> Iterator[Row]:
    for row in made:
        yield row
        yield from _flat(row.repeats)


def _intact(steps: Sequence[Step], quote: Evidence) -> bool:
    if quote.step >= len(steps):
        return False
    text = steps[quote.step].text[quote.start : quote.end]
    return hashlib.sha256(text.encode()).hexdigest() == quote.sha256


def _by_step(found: Iterable[Quoted]) -> dict[int, list[Quoted]]:
    by_step: dict[int, list[Quoted]] = defaultdict(list)
    for one in found:
        by_step[one.evidence.step].append(one)
    return by_step


def _laid_out(step: Step) -> str:
    """JSON indented for reading; whatever else as it is stored."""
    if step.text[:1] not in ("{", "["):
        return step.text
    try:
        value: Any = json.loads(step.text)
    except (ValueError, RecursionError):
        return step.text
    if len(step.text) < 80 and "\n" not in step.text:
        return step.text
    return json.dumps(value, ensure_ascii=False, indent=2)


def _parts(text: str, quotes: Sequence[Evidence], lit: int | None) -> Iterator[Part]:
    """Cut the text where quotes begin and end; overlapping quotes share a part."""
    edges = sorted({0, len(text)} | {e for q in quotes for e in (q.start, q.end)})
    for start, end in itertools.pairwise(edges):
        over = [q.pk for q in quotes if q.start <= start and end <= q.end]
        begins = [q.pk for q in quotes if q.start == start]
        yield Part(
            # Trailing spaces are odd in memory; in a trace they are everyday.
            pieces=tuple(pieces(text[start:end], last=False)),
            quotes=tuple(over),
            begins=tuple(begins),
            lit=lit in over,
        )


def _repeats_folded(made: list[Row]) -> Iterator[Row]:
    """Fold runs of the same call with the same answer into their first."""
    at = 0
    while at < len(made):
        size = _unit(made, at)
        times = 1
        while size and _same(made, at, at + times * size, size):
            times += 1
        if times >= REPEATS:
            first = made[at + size - 1]
            first.repeats = made[at + size : at + times * size]
            yield from made[at : at + size]
            at += times * size
        else:
            yield made[at]
            at += 1


def _unit(made: Sequence[Row], at: int) -> int:
    """A call and its answer are two rows; a call that nobody answered is one."""
    if made[at].step.kind != "tool_call":
        return 0
    follows = at + 1 < len(made) and made[at + 1].step.kind == "tool_result"
    return 2 if follows else 1


def _same(made: Sequence[Row], one: int, other: int, size: int) -> bool:
    if other + size > len(made):
        return False
    return all(
        _alike(made[one + i].step) == _alike(made[other + i].step)
        and not made[other + i].opened
        for i in range(size)
    )


def _alike(step: Step) -> tuple[str, str, str, bool]:
    return (step.kind, step.tool, step.text, step.error)


def by_proposal(found: Iterable[Quoted]) -> Mapping[str, list[Quoted]]:
    """Quotes under the name of the proposal that uses them."""
    grouped: dict[str, list[Quoted]] = defaultdict(list)
    for one in found:
        grouped[one.evidence.operation.proposal.name].append(one)
    return dict(grouped)
