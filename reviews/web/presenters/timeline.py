"""A trace as people read it: steps in order, quotes marked, long and quiet ones folded."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.safestring import SafeString, mark_safe

from reviews.dreams.models import Signal
from reviews.proposals.models import Evidence
from reviews.traces import hits
from reviews.traces.hits import Found
from reviews.traces.steps import Step
from reviews.web.presenters import passages
from reviews.web.presenters.passages import Passage, Quoted

# Longer bodies are folded; on a long page they come only when they are opened.
FOLD_LINES, FOLD_SIZE = 12, 2_000
# What people and agents say is what a reader came for: it is folded later.
FOLD_SAID = 40
LONG_TRACE = 300
# However short the trace, a body of this size is never sent unasked.
LAZY_SIZE = 20_000
# So much of what a search found is sent with the page, each mark counted as some
# letters; the rest comes when it is opened.
HITS_SIZE, MARK_SIZE = 150_000, 60
PREVIEW = 80
NOTHING = Found()

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
# What is said beside the run: one line each, until somebody wants more.
QUIET = ("thinking", "evaluation", "status")
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


@dataclass
class Row:
    """One step on the page."""

    step: Step
    text: str
    passages: tuple[Passage, ...] = ()
    signals: list[Signal] = field(default_factory=list)
    quotes: list[Quoted] = field(default_factory=list)
    folded: bool = False
    lazy: bool = False
    lines: int = 0
    # The step that was asked for stands open.
    asked: bool = False
    hit: bool = False
    # It is a patch: its lines have colours.
    patch: bool = False
    # How long the call took, in seconds, where both ends say when.
    took: float | None = None
    # The call that this answers, where it does not stand right above.
    answers: int | None = None
    unanswered: bool = False
    # Calls made at once: how many, and whether this is the first or the last of them.
    together: int = 0
    edge: str = ""
    # Equal calls with equal answers that follow, and are folded into this one.
    repeats: list["Row"] = field(default_factory=list)
    times: int = 1

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
    def failed(self) -> bool:
        return self.step.error or self.step.kind == "error"

    @property
    def quiet(self) -> bool:
        return self.step.kind in QUIET

    @property
    def attributes(self) -> SafeString:
        """Its state, for the stylesheet."""
        states = {
            ' data-kind="call"': self.step.kind == "tool_call",
            " data-quiet": self.quiet and not self.opened,
            " data-error": self.failed,
            " data-evidence": bool(self.quotes),
            f' data-together="{self.edge}"': bool(self.together),
        }
        return mark_safe("".join(name for name, on in states.items() if on))  # noqa: S308 - constants

    @property
    def marked(self) -> bool:
        """Whether there is anything to say of it beside its title."""
        step = self.step
        facts = step.error, step.web, step.tokens, step.at, self.unanswered
        more = self.took is not None, self.answers is not None, self.edge == "first"
        return any(facts + more) or bool(self.signals or self.quotes)

    @property
    def opened(self) -> bool:
        return self.asked or self.hit or bool(self.quotes)

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

    @property
    def lasted(self) -> str:
        """How long it took, in words."""
        return lasting(self.took or 0)

    @property
    def span(self) -> int:
        """How long it took, from 1 to 5: each bar is some four times the one before."""
        edges = (1, 4, 15, 60)
        return 1 + sum((self.took or 0) >= edge for edge in edges)


@dataclass(frozen=True)
class Reader:
    """How a trace is looked at: from where, for what, and which step was asked for."""

    # The quote that was followed here.
    lit: int | None = None
    step: int | None = None
    found: Found = field(default_factory=Found)


# Nobody in particular, who looks for nothing.
READER = Reader()


def rows(
    steps: Sequence[Step],
    quotes: Iterable[Quoted],
    signals: Iterable[Signal],
    reader: Reader = READER,
    *,
    total: int = 0,
) -> list[Row]:
    """Every step with its quotes and signals; ``total`` when these are some of many."""
    cited: dict[int, list[Quoted]] = defaultdict(list)
    for quote in quotes:
        cited[quote.evidence.step].append(quote)
    judged: dict[int, list[Signal]] = defaultdict(list)
    for signal in signals:
        judged[signal.step].append(signal)
    long = max(len(steps), total) > LONG_TRACE
    room, said = HITS_SIZE, {hit.step: hit.count for hit in reader.found.hits}
    made = []
    for step in steps:
        asked = step.index == reader.step
        hit = step.index in said and room > 0
        room -= len(step.text) + MARK_SIZE * said[step.index] if hit else 0
        of_step = cited.get(step.index, [])
        lazy = not (of_step or asked or hit) and _is_lazy(step, long=long)
        row = _unread(step) if lazy else row_of(step, of_step, reader.found)
        row.asked, row.hit = asked, hit
        row.signals = judged.get(step.index, [])
        row.folded = row.quiet or (not row.opened and _is_long(row))
        made.append(row)
    return made


def row_of(
    step: Step,
    quotes: Sequence[Quoted] = (),
    found: Found = NOTHING,
) -> Row:
    """One step with its whole text, ready to be shown."""
    intact = [one for one in quotes if one.intact]
    text, tones = step.text, passages.tones_of(step.text)
    if not intact:
        text, tones = passages.laid_out(step)
    marks = hits.spans(text, found.pattern if step.index in found.steps else None)
    return Row(
        step=step,
        text=text,
        passages=tuple(passages.passages(text, intact, tones, marks)),
        quotes=list(quotes),
        lines=text.count("\n") + 1,
        patch=bool(tones),
    )


def quoted(
    steps: Sequence[Step],
    quotes: Iterable[Evidence],
    *,
    lit: int | None = None,
    proposal: int | None = None,
) -> list[Quoted]:
    """Check each quote against the step that it cites, and count them through the run.

    ``proposal`` is where the reader came from, if not told by the quote they followed:
    the quotes of others stand back.
    """
    found = list(quotes)
    if proposal is None:
        of = [q.operation.proposal_id for q in found if q.pk == lit]
        proposal = of[0] if of else None
    return [
        Quoted(
            quote,
            _intact(steps, quote),
            number,
            ours=proposal in (None, quote.operation.proposal_id),
            lit=quote.pk == lit,
        )
        for number, quote in enumerate(found, 1)
    ]


def by_proposal(found: Iterable[Quoted]) -> Mapping[str, list[Quoted]]:
    """Quotes under the name of the proposal that uses them, the reader's own first."""
    grouped: dict[str, list[Quoted]] = defaultdict(list)
    for one in sorted(found, key=lambda quote: not quote.ours):
        grouped[one.evidence.operation.proposal.name].append(one)
    return dict(grouped)


def icons(made: Iterable[Row]) -> list[str]:
    """The drawings that the rows use."""
    return sorted({row.icon for row in made})


def lasting(seconds: float) -> str:
    """A duration as people say it: 0.4 s, 12 s, 3 min, 2 h."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"


def _is_lazy(step: Step, *, long: bool) -> bool:
    return len(step.text) > (FOLD_SIZE if long else LAZY_SIZE)


def _is_long(row: Row) -> bool:
    most = FOLD_SAID if row.said else FOLD_LINES
    return (
        row.lazy
        or row.lines > most
        or len(row.text) > FOLD_SIZE * (2 if row.said else 1)
    )


def _unread(step: Step) -> Row:
    """A step whose text comes when it is opened; counted as it is stored."""
    return Row(step, step.text, lazy=True, lines=step.text.count("\n") + 1)


def _intact(steps: Sequence[Step], quote: Evidence) -> bool:
    if quote.step >= len(steps):
        return False
    text = steps[quote.step].text[quote.start : quote.end]
    return hashlib.sha256(text.encode()).hexdigest() == quote.sha256
