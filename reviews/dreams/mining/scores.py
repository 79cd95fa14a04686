"""What code can say of one run: a score per evaluator, and the steps that it rests on.

A score that does not apply to a run is not there: a run without a failure has not
"recovered" with nought. Nothing here decides anything: it is shown, and counted over time.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import msgspec

from reviews.dreams.mining import adherence, phrases
from reviews.dreams.mining.runs import LONGEST_TURN, Run, is_coding, is_write
from reviews.traces.steps import Step

# Steps that a score names; its value counts them all.
MOST_STEPS = 20


class Score(msgspec.Struct, frozen=True):
    """What one evaluator says of one run."""

    name: str
    # A share from 0 to 1, or how often.
    value: float
    steps: tuple[int, ...] = ()
    # Part and whole of a share; for what either happens or not, 1 or 0 of 1.
    part: int = 0
    of: int = 1
    # By rule, for adherence: {"P-12": "followed"}.
    rules: tuple[tuple[str, str], ...] = ()


class Evaluator(msgspec.Struct, frozen=True):
    """A score in words: what it is called, and what it means."""

    words: str
    meaning: str
    # "share" of calls or rules, or the "times" that it happened in a run.
    kind: str = "times"
    # More of it is better: of these only what is missing asks for a look.
    good: bool = False


EVALUATORS: dict[str, Evaluator] = {
    "outcome": Evaluator("success", "The outcome that the run was given; never guessed.", "share", good=True),
    "tool_error": Evaluator("failed calls", "Calls that were answered with an error, of all that were answered.", "share"),
    "recovered": Evaluator("recovered failures", "Failed calls whose tool worked again within eight calls.", "share", good=True),
    "wasted_calls": Evaluator("calls lost to failures", "Calls between a failure and the call that worked."),
    "blind_retry": Evaluator("blind retries", "Failed calls that were repeated unchanged and failed again."),
    "loop": Evaluator("loops", "The same call with the same answer, three times or more."),
    "stop": Evaluator("stops by a person", "Calls that a person stopped, and interruptions."),
    "correction": Evaluator("corrections", "Turns in which the person corrects the agent or takes its work back; a weak sign by itself."),
    "rephrase": Evaluator("rephrased requests", "Turns that say nearly the same as an earlier one of the person."),
    "invented_value": Evaluator("made-up values", "Values in failed calls that nobody had mentioned."),
    "unconfirmed_write": Evaluator("writes without a yes", "Calls that change something although the person's last turn holds no yes, where one is asked for."),
    "gave_up": Evaluator("given up", "The agent's last words say that it did not get there."),
    "rule_adherence": Evaluator("rules followed", "Rules of the version that the run read, where the run met their occasion.", "share", good=True),
    "suspicious_content": Evaluator("suspicious content", "Answers that give orders to a model, hide characters, or held a secret."),
}  # fmt: skip
# They are said elsewhere: nobody looks for runs by them.
_QUIET = frozenset({"outcome", "wasted_calls"})


def scores(run: Run) -> list[Score]:
    """Every score that applies, in the order of ``EVALUATORS``."""
    found = {one.name: one for ask in _ASKED for one in ask(run)}
    return [found[name] for name in EVALUATORS if name in found]


def shown(found: Iterable[Score]) -> list[str]:
    """The names of those that ask for a look."""
    return [one.name for one in found if one.name not in _QUIET and _asks(one)]


def _asks(score: Score) -> bool:
    good = EVALUATORS[score.name].good
    return score.value < 1 if good else score.value > 0


def _outcome(run: Run) -> Iterator[Score]:
    if run.facts.outcome:
        good = run.facts.outcome == "success"
        yield _share("outcome", int(good), 1, ())


def _failures(run: Run) -> Iterator[Score]:
    if not run.answered:
        return
    failed = run.faults
    yield _share(
        "tool_error", run.failed, run.answered, (one.answer.step for one in failed)
    )
    yield _times("loop", (one.call.step for one in run.digest.loops))
    if not failed:
        return
    out = [one for one in failed if one.distance]
    yield _share(
        "recovered", len(out), len(failed), (one.fix.step for one in out if one.fix)
    )
    yield _times("blind_retry", (one.call.step for one in failed if one.blind))
    if out:
        lost = sorted(_lost(run))
        steps = _some(run.calls[place].index for place in lost)
        yield Score("wasted_calls", len(lost), steps, len(lost), 1)


def _lost(run: Run) -> set[int]:
    """Positions of the calls from a failure up to the call that worked."""
    lost: set[int] = set()
    for one in run.faults:
        if one.fix:
            start, end = run.place.get(one.call.step), run.place.get(one.fix.step)
            if start is not None and end is not None:
                lost.update(range(start, end))
    return lost


def _values(run: Run) -> Iterator[Score]:
    if run.answered:
        yield _times("invented_value", sorted(steps_of(run, "unheard-value")))


def _stops(run: Run) -> Iterator[Score]:
    if run.turns and run.calls:
        yield _times("stop", sorted(run.stops))


def _turns(run: Run) -> Iterator[Score]:
    if len(run.turns) < 2:
        return
    yield _times("correction", sorted({one.step for one in run.set_right}))
    yield _times("rephrase", sorted(steps_of(run, "rephrase")))
    written = _writes(run)
    if written:
        unasked = [call.index for call, turn in written if not _agrees(turn)]
        yield _times("unconfirmed_write", unasked)


def steps_of(run: Run, *kinds: str) -> set[int]:
    """Steps that carry a signal of one of these kinds."""
    return {one.step for kind in kinds for one in run.signals.get(kind, ())}


def _writes(run: Run) -> list[tuple[Step, Step]]:
    """Calls that changed something, each with the person's turn before it.

    Only where somebody wants a yes at all: the operator, or the agent by asking. A coding
    agent's client asks before its hands move, so there the turns say nothing.
    """
    if any(map(is_coding, run.calls)) or not run.wants_a_yes:
        return []
    refused = {one.call.step for one in run.faults}
    refused.update(one.said.step - 1 for one in run.digest.halts)
    found = []
    turns = iter([*pairwise(run.turns), (run.turns[-1], None)])
    turn, following = next(turns)
    for call in run.calls:
        while following is not None and following.index < call.index:
            turn, following = next(turns)
        if call.index > turn.index and call.index not in refused and is_write(call):
            found.append((call, turn))
    return found


def _agrees(turn: Step) -> bool:
    return phrases.known().affirming.search(turn.text[:LONGEST_TURN]) is not None


def _endings(run: Run) -> Iterator[Score]:
    if run.gave_up is not None and run.last_said is not None:
        yield _times("gave_up", [run.last_said.index] if run.gave_up else [])


def _suspicions(run: Run) -> Iterator[Score]:
    if any(step.actor == "tool" for step in run.steps[:200]) or run.calls:
        steps = steps_of(run, "injection", "invisible")
        yield _times("suspicious_content", sorted(steps | set(run.hides_secrets)))


def _rules(run: Run) -> Iterator[Score]:
    judged = [
        (one.name, adherence.judge(one, run.digest)) for one in run.rules if one.read
    ]
    met = [(name, verdict) for name, verdict in judged if verdict is not None]
    if met:
        followed = sum(kept for _, (kept, _) in met)
        ignored = [step for _, (kept, step) in met if not kept and step is not None]
        rules = tuple(
            (name, "followed" if kept else "ignored") for name, (kept, _) in met
        )
        share = _share("rule_adherence", followed, len(met), ignored)
        yield msgspec.structs.replace(share, rules=rules)


_ASKED: tuple[Callable[[Run], Iterator[Score]], ...] = (
    _outcome, _failures, _values, _stops, _turns, _endings, _rules, _suspicions,
)  # fmt: skip


def _share(name: str, part: int, of: int, steps: Iterable[int]) -> Score:
    return Score(name, round(part / of, 4), _some(steps), part, of)


def _times(name: str, steps: Iterable[int]) -> Score:
    found = tuple(steps)
    return Score(name, len(found), _some(found), int(bool(found)), 1)


def _some(steps: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(dict.fromkeys(steps)))[:MOST_STEPS]
