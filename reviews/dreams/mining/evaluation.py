"""One trace, read once: its digest for extraction and its signals for people.

Pure and linear: no clock, no chance, no database; the same steps give the same bytes.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from reviews.dreams.engines import Evaluation, SignalValue
from reviews.dreams.mining import (
    arguments,
    calls,
    diagnostics,
    lacks,
    masking,
    normalisation,
    signals,
    spans,
)
from reviews.dreams.mining.digests import (
    Digest,
    Fault,
    Row,
    Sample,
    encode,
)
from reviews.dreams.mining.hearing import Hearing, Words
from reviews.dreams.mining.normalisation import Call
from reviews.dreams.mining.outcomes import Outcomes
from reviews.dreams.mining.recoveries import Recovery, recovery
from reviews.dreams.mining.thresholds import DEFAULTS, Thresholds
from reviews.traces.steps import Facts, Step

# What one trace can contribute: beyond, it only repeats itself.
_MOST_ROWS, _MOST_FAULTS, _MOST_SIGNALS = 2_000, 500, 1_000
_MOST_SOURCES, _MOST_ANSWERING, _ANSWERS_READ = 100, 40, 3


class Evaluator:
    """The reading of one trace; used once."""

    def __init__(
        self, facts: Facts, steps: Sequence[Step], thresholds: Thresholds
    ) -> None:
        self.facts = facts
        self.steps = steps
        self.limits = thresholds
        self.words = Words()
        self.calls = normalisation.calls(steps)
        self.rows: list[Row] = []
        self.faults: list[Fault] = []
        self.samples: list[Sample] = []
        self.sampled: set[str] = set()
        # How many rows there were when the calls had reached a step.
        self.reached: list[tuple[int, int]] = []
        self.sources: dict[tuple[str, str], None] = {}
        self.answers: dict[str, dict[str, None]] = {}
        self.answered: Counter[str] = Counter()
        self.signals: list[SignalValue] = []

    def evaluate(self) -> Evaluation:
        """Read the trace."""
        heard = arguments.Heard()
        good: dict[str, set[str]] = {}
        answered = {call.result.index: call for call in self.calls if call.result}
        position = 0
        for index, call in enumerate(self.calls):
            while (
                position < len(self.steps)
                and self.steps[position].index < call.step.index
            ):
                self._hear(heard, self.steps[position], answered)
                position += 1
            self.reached.append((call.step.index, len(self.rows)))
            self._read(index, call, heard, good)
        for step in self.steps[position:]:
            self._hear(heard, step, answered)
        self.signals.extend(signals.suspicions(self.steps))
        digest = self._digest()
        self.signals.sort(key=lambda one: (one.step, one.kind, one.key, one.start))
        shown = tuple(self.signals[:_MOST_SIGNALS])
        return Evaluation(digest=encode(digest), signals=shown)

    def _digest(self) -> Digest:
        answered = sum(call.result is not None for call in self.calls)
        signed = sum(fault.answer.end > fault.answer.start for fault in self.faults)
        came_to = Outcomes(
            self.steps, self.calls, self.words, self._signal, self.limits.loop_calls
        )
        loops, halts, checks = came_to.loops(), came_to.halts(), came_to.checks()
        hearing = Hearing(
            self.steps, self.words, self._signal, self._rows_before, self._tool_of
        )
        said, gone = hearing.sayings(), hearing.obsolete()
        remarked, lacking = hearing.remarks(), hearing.lacks()
        hearing.guesses()
        sources = tuple((self.words(a), self.words(b)) for a, b in self.sources)
        answers = tuple(
            (self.words(tool), self.words(" ".join(sorted(names))))
            for tool, names in sorted(self.answers.items())
        )
        facts = self.facts
        return Digest(
            facts.trace, facts.agent, facts.group, facts.person, facts.outcome, facts.day,
            tuple(self.words.numbers), tuple(self.rows), tuple(self.faults),
            tuple(self.samples), loops, halts, checks,
            (len(self.calls), answered, signed, len(self.steps)), said, gone,
            remarked, lacking, sources, answers, tuple(sorted(facts.read.items())),
            calls.names(tuple(self.words.numbers), self.faults, self.rows),
        )  # fmt: skip

    # One call after another

    def _read(
        self, index: int, call: Call, heard: arguments.Heard, good: dict[str, set[str]]
    ) -> None:
        if call.stop is not None or call.result is None or call.idle:
            return
        named = _telling(call)
        features = (
            ()
            if call.shell
            else tuple(sorted(self._features(call, named, heard, good)))
        )
        if call.failed:
            if len(self.faults) >= _MOST_FAULTS:
                return
            name = call.blamed
            self.faults.append(self._fault(index, call, call.result, name))
            self._row(call, name, len(self.faults) - 1, features)
            return
        for name in call.names:
            self._row(call, name, -1, features)
            if name not in self.sampled and len(self.rows) <= _MOST_ROWS:
                self.sampled.add(name)
                self.samples.append(Sample(len(self.rows) - 1, spans.of(call.step, 0)))
        for value in named:
            good.setdefault(value, set()).update(call.names)

    def _row(
        self, call: Call, name: str, fault: int, features: tuple[str, ...]
    ) -> None:
        if len(self.rows) < _MOST_ROWS:
            given = "" if call.shell else ",".join(sorted(call.arguments)[:20])
            self.rows.append(
                Row(
                    self.words(name),
                    fault,
                    self.words(given),
                    tuple(map(self.words, features)),
                )
            )

    def _features(
        self,
        call: Call,
        named: Sequence[str],
        heard: arguments.Heard,
        good: dict[str, set[str]],
    ) -> Iterator[str]:
        for name, value in call.arguments.items():
            unheard = [one for one in arguments.leaves(value) if heard.unheard(one)]
            if unheard:
                yield f"src:{name}"
                if call.failed:  # a new name is no mistake where it works
                    self._signal(
                        "unheard-value", f"{call.tool}.{name}", call.step, 0, 0
                    )
            choice = arguments.enum(value)
            if choice:
                yield f"val:{name}={choice}"
            if not call.failed and len(self.sources) < _MOST_SOURCES:
                self._note_sources(name, value, heard)
            for shape in arguments.shapes(value):
                yield f"shape:{name}={shape}"
        before = {tool for value in named for tool in good.get(value, ())}
        yield from (f"did:{tool}" for tool in before)

    def _note_sources(self, name: str, value: object, heard: arguments.Heard) -> None:
        """From which tool's answer a good call had its argument."""
        for leaf in arguments.leaves(value):
            for tool in heard.source(leaf):
                self.sources.setdefault((name, tool))

    def _hear(
        self, heard: arguments.Heard, step: Step, answered: dict[int, Call]
    ) -> None:
        """What people, operators and good answers said; what the agent said proves nothing."""
        if step.actor == "agent" or step.error or step.kind == "tool_call":
            return
        if step.kind != "tool_result":
            heard.add(step.text)
        elif not diagnostics.looks_failed(step.text):
            call = answered.get(step.index)
            heard.add(step.text, call.names if call else ())
            if call and not call.shell:
                self._note_names(call.tool, step.text)

    def _note_names(self, tool: str, answer: str) -> None:
        """What a tool's answers are about: its first ones tell."""
        self.answered[tool] += 1
        if self.answered[tool] <= _ANSWERS_READ and len(self.answers) < _MOST_ANSWERING:
            names = self.answers.setdefault(tool, {})
            names.update(dict.fromkeys(lacks.names_in(answer)))

    def _fault(self, index: int, call: Call, result: Step, name: str) -> Fault:
        start, end = diagnostics.signature(result.text)
        line = result.text[start:end]
        template = masking.mask(
            line, {} if call.shell else arguments.texts(call.arguments)
        )
        slots = [
            (self.words(kind), self.words(value[:80])) for kind, value in template.slots
        ]
        raising = diagnostics.raising_call(result.text)
        if raising:
            slots.append((self.words("callee"), self.words(raising)))
        found = recovery(self.calls, index, name, self.limits.recovery_window)
        transient = diagnostics.is_transient(line)
        self._signal("error", f"{name}: {template.text}"[:300], result, start, end)
        blind = self._repeats_blindly(index, call)
        if blind:
            self._signal("blind-retry", name, call.step, 0, 0)
        fault = Fault(
            self.words(name), self.words(template.text), tuple(slots),
            spans.of(result, start, end), spans.of(call.step, 0), transient, blind=blind,
            checked=next(diagnostics.findings(result.text), None) is not None,
            suspicious=signals.gives_orders(line),
        )  # fmt: skip
        return self._with_recovery(fault, call, found) if found else fault

    def _with_recovery(self, fault: Fault, call: Call, found: Recovery) -> Fault:
        changed = next((one.split(":")[1] for one in found.changes), "")
        return msgspec.structs.replace(
            fault,
            distance=found.distance,
            changes=tuple(map(self.words, found.changes)),
            between=tuple(map(self.words, found.between)),
            fix=spans.of(found.call.step, spans.place(found.call.step.text, changed)),
        )

    def _repeats_blindly(self, index: int, call: Call) -> bool:
        return any(
            later.failed
            and later.tool == call.tool
            and later.arguments == call.arguments
            for later in self.calls[index + 1 : index + 4]
        )

    def _rows_before(self, step: Step) -> int:
        """How many rows came before a step."""
        later = bisect_left(self.reached, (step.index, 0))
        return self.reached[later][1] if later < len(self.reached) else len(self.rows)

    def _tool_of(self, row: int) -> str:
        return self.words.name(self.rows[row].tool)

    def _signal(
        self, kind: str, key: str, step: Step, start: int, end: int, note: str = ""
    ) -> None:
        self.signals.append(
            SignalValue(
                kind=kind,
                key=key[:300],
                step=step.index,
                start=start,
                end=end,
                note=note[:300],
            )
        )


def evaluate(
    facts: Facts, steps: Sequence[Step], thresholds: Thresholds = DEFAULTS
) -> Evaluation:
    """Digest one trace and name its signals."""
    return Evaluator(facts, steps, thresholds).evaluate()


def _telling(call: Call) -> list[str]:
    """The values of a call that name one thing, for asking what was done to it before."""
    if call.shell:
        return []
    leaves = (
        leaf for value in call.arguments.values() for leaf in arguments.leaves(value)
    )
    values = [
        leaf.lstrip("#").lower()
        for leaf in leaves
        if isinstance(leaf, str)
        and (arguments.is_identifier(leaf) or arguments.is_path(leaf))
    ]
    return values[:20]
