"""What calls came to over a whole run: loops, stops by people, linter rules broken."""

from collections.abc import Sequence
from typing import Protocol

from reviews.dreams.mining import diagnostics, masking, spans
from reviews.dreams.mining.digests import Check, Halt, Loop
from reviews.dreams.mining.hearing import Words
from reviews.dreams.mining.normalisation import Call
from reviews.traces.steps import Step


class _Notes(Protocol):
    """Writes down a signal."""

    def __call__(
        self, kind: str, key: str, step: Step, start: int, end: int, note: str = ""
    ) -> None: ...


class Outcomes:
    """One run's calls, looked at together; each find is noted as a signal, too."""

    def __init__(
        self,
        steps: Sequence[Step],
        calls: Sequence[Call],
        words: Words,
        note: _Notes,
        loop_calls: int,
    ) -> None:
        self.steps, self.calls, self.words = steps, calls, words
        self._note, self._loop_calls = note, loop_calls

    def loops(self) -> tuple[Loop, ...]:
        """The same call with the same answer, again and again."""
        runs: dict[tuple[str, str, str], list[int]] = {}
        for index, call in enumerate(self.calls):
            if call.idle or call.result is None:
                continue
            if call.failed or not call.shell:
                runs.setdefault(
                    (call.tool, call.step.text, call.result.text), []
                ).append(index)
        loops = []
        for places in runs.values():
            call = self.calls[places[-1]]
            in_a_row = places[-1] - places[0] == len(places) - 1
            if len(places) < self._loop_calls or call.result is None:
                continue
            if not (call.failed or in_a_row):
                continue
            name = call.blamed if call.failed else call.tool
            self._note("loop", name, call.step, 0, 0, f"{len(places)} times")
            answer = spans.of(call.result, *diagnostics.signature(call.result.text))
            loops.append(
                Loop(
                    self.words(name),
                    len(places),
                    call.failed,
                    spans.of(call.step, 0),
                    answer,
                )
            )
        return tuple(loops)

    def halts(self) -> tuple[Halt, ...]:
        """Calls that people stopped, with their reasons."""
        halts = []
        for call in self.calls:
            if call.stop is None:
                continue
            reason = call.reason
            tool = call.names[-1]
            if reason:
                step = self._step(reason.step)
                said = spans.of(step, reason.start, reason.end)
            else:
                said = spans.of(call.stop, 0)
            text = reason.text if reason else ""
            self._note("stop", tool, call.stop, said.start, said.end, text)
            halts.append(Halt(self.words(tool), self.words(text), said))
        return tuple(halts)

    def checks(self) -> tuple[Check, ...]:
        """Linter rules that new code broke, each once."""
        checks: dict[str, Check] = {}
        for call in self.calls:
            result = call.result
            if result is None or call.idle or not (call.shell or call.failed):
                continue
            for found in diagnostics.findings(result.text):
                template = masking.mask(found.message).text
                self._note("check", found.rule, result, found.start, found.end)
                if found.rule not in checks:
                    checks[found.rule] = Check(
                        self.words(found.rule), self.words(template),
                        self.words(call.blamed), spans.of(result, found.start, found.end),
                    )  # fmt: skip
        return tuple(checks.values())

    def _step(self, index: int) -> Step:
        if index < len(self.steps) and self.steps[index].index == index:
            return self.steps[index]
        return next(step for step in self.steps if step.index == index)
