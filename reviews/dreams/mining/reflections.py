"""What went wrong in a run, where, and what would have avoided it: only where that shows.

The way out is the run's own (the call that worked, the value that the error offered, what
the person said), or an approved rule's. Where neither shows any, "instead" stays empty.
"""

from collections import Counter
from collections.abc import Iterator

import msgspec

from reviews.dreams.mining import excerpts, ways
from reviews.dreams.mining.digests import Fault
from reviews.dreams.mining.runs import RuleInForce, Run
from reviews.dreams.mining.scores import Score
from reviews.dreams.mining.subjects import mark
from reviews.dreams.mining.summaries import step_at

MOST = 8
_SAID, _REASON = 18, 24


class Item(msgspec.Struct, frozen=True):
    """One thing that went wrong: at which step, and what would have avoided it."""

    step: int
    wrong: str
    instead: str = ""


def reflection(run: Run, found: list[Score]) -> list[Item]:
    """The gravest items, in the order of their steps."""
    items = [*_failures(run), *_loops(run), *_stops(run), *_turns(run)]
    items += _endings(run, found)
    # Those that say what to do instead teach more.
    kept = sorted(items, key=lambda one: (not one.instead, one.step))[:MOST]
    return sorted(kept, key=lambda one: one.step)


def _failures(run: Run) -> Iterator[Item]:
    """One item for each kind of failure, at its first place."""
    times = Counter((one.tool, one.template) for one in run.faults)
    seen: set[tuple[int, int]] = set()
    for fault in run.faults:
        kind = fault.tool, fault.template
        if kind in seen:
            continue
        seen.add(kind)
        yield Item(
            fault.answer.step, _wrong(run, fault, times[kind]), _instead(run, fault)
        )


def _wrong(run: Run, fault: Fault, times: int) -> str:
    tool = excerpts.code(run.word(fault.tool))
    step = step_at(run, fault.answer.step)
    text = step.text[fault.answer.start : fault.answer.end] if step else ""
    said = f": {excerpts.quoted(text, _SAID)}" if text.strip() else ""
    often = f" {times} times" if times > 1 else ""
    made_up = [
        one
        for one in run.signals.get("unheard-value", ())
        if one.step == fault.call.step
    ]
    more = ""
    if fault.blind:
        more = " It was repeated unchanged and failed again."
    elif made_up:
        name = excerpts.code(made_up[0].key.rsplit(".", 1)[-1])
        more = f" Nobody had mentioned its {name}."
    return excerpts.closed(f"{tool} failed{often}{said}") + more


def _instead(run: Run, fault: Fault) -> str:
    """An approved rule about this very failure, else the run's own way out."""
    rule = next((one for one in run.rules if _is_about(run, one, fault)), None)
    if rule is not None:
        return f"{rule.name} says: {rule.statement}"
    # The same kind of failure may have been overcome at another of its places.
    alike = (
        one
        for one in run.faults
        if (one.tool, one.template) == (fault.tool, fault.template)
    )
    overcome = next((one for one in alike if one.fix is not None), None)
    return ways.advised(run, overcome) if overcome else ""


def _is_about(run: Run, rule: RuleInForce, fault: Fault) -> bool:
    marks = rule.trigger.get("marks", "")
    return (
        bool(marks)
        and mark(run.word(fault.tool), run.word(fault.template)) in marks.split()
    )


def _loops(run: Run) -> Iterator[Item]:
    for loop in run.digest.loops:
        if loop.failing:
            continue  # its failure is an item already
        tool = excerpts.code(run.word(loop.tool))
        wrong = f"The same call of {tool} was made {loop.times} times and answered the same."
        yield Item(
            loop.call.step, wrong, "The first answer held all that the others did."
        )


def _stops(run: Run) -> Iterator[Item]:
    for halt in run.digest.halts:
        reason = run.word(halt.reason)
        told = (
            excerpts.closed(f"They said: {excerpts.quoted(reason, _REASON)}")
            if reason
            else ""
        )
        yield Item(
            halt.said.step,
            f"A person stopped {excerpts.code(run.word(halt.tool))}.",
            told,
        )


def _turns(run: Run) -> Iterator[Item]:
    """What the person had to set right, in their words; of one turn only the first."""
    heard = {halt.said.step for halt in run.digest.halts}
    for signal in run.set_right:
        step = step_at(run, signal.step)
        if step is None or signal.step in heard:
            continue
        heard.add(signal.step)
        text = step.text[signal.start : signal.end] or step.text
        said = excerpts.closed(f"They said: {excerpts.quoted(text, _REASON)}")
        yield Item(signal.step, "The person set the agent right.", said)


def _endings(run: Run, found: list[Score]) -> Iterator[Item]:
    for score in found:
        if score.name == "gave_up" and score.value:
            yield Item(
                score.steps[0], "The agent's last words say that it did not get there."
            )
        for name, verdict in score.rules:
            if verdict == "ignored":
                rule = next(one for one in run.rules if one.name == name)
                step = score.steps[0] if score.steps else run.steps[-1].index
                yield Item(step, f"{name} was read and not followed.", rule.statement)
