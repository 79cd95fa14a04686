"""A run as scores, summary and reflection look at it: the steps, and what evaluation made of them.

Nothing that the digest holds is worked out again; what is added costs one pass over the steps.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property

import msgspec

from reviews.dreams.engines import Evaluation, SignalValue
from reviews.dreams.mining import digests, phrases, shells, tools
from reviews.dreams.mining.digests import Digest, Fault
from reviews.traces.steps import Facts, Step

# Signals of a person who corrects the agent, or takes its work back.
_SET_RIGHT = ("correction", "undo")
# What a client wraps around a person's words, or puts into their mouth.
_NOT_TYPED = re.compile(
    r"\s*(?:<|\[request interrupted|caveat:|this session is being|\[system|base directory for)",
    re.IGNORECASE,
)
# Tools of agents that work on files: what they change is seen as it happens.
_ON_FILES = re.compile(
    r"(?:^|_)(?:files?|bash|shell|terminal|commands?|patch|code|git|commit|tests?|editor)(?:$|_)",
    re.IGNORECASE,
)
# Turns of a person that are looked at, and how much of each.
MOST_TURNS, LONGEST_TURN = 200, 2_000
# Of the agent's last words, what is looked at: giving up is said first or in short.
_LAST_WORDS = 400
# As many as a digest keeps.
_FAULTS_KEPT = 500
# Of an operator's instructions.
_ORDERS_READ = 20_000


class RuleInForce(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that was approved from a pattern, with the pattern's trigger."""

    # "P-12", and its key.
    name: str
    proposal: int
    statement: str
    trigger: Mapping[str, str]
    scope: str = "team"
    scope_of: str = ""
    # Whether the run read a version that has it.
    read: bool = False


class Run:
    """One trace, its digest, and views on both that several questions share."""

    def __init__(
        self,
        facts: Facts,
        steps: Sequence[Step],
        evaluation: Evaluation,
        rules: Sequence[RuleInForce] = (),
    ) -> None:
        self.facts = facts
        self.steps = steps
        self.digest: Digest = digests.decode(evaluation.digest)
        self.rules = [rule for rule in rules if _is_for(rule, facts)]
        self.signals: dict[str, list[SignalValue]] = {}
        for signal in evaluation.signals:
            self.signals.setdefault(signal.kind, []).append(signal)
        # In one pass: the calls in order, the turns of the person, the agent's last words.
        self.calls: list[Step] = []
        self.turns: list[Step] = []
        self.last_said: Step | None = None
        self.hides_secrets: list[int] = []
        self.stops: set[int] = {one.step for one in self.signals.get("stop", ())}
        for step in steps:
            self._look_at(step)

    def _look_at(self, step: Step) -> None:
        if step.kind == "tool_call":
            self.calls.append(step)
        elif step.kind == "message" and not step.agent:
            if step.actor == "person":
                if len(self.turns) < MOST_TURNS and not _NOT_TYPED.match(step.text):
                    self.turns.append(step)
            elif step.actor == "agent" and step.text.strip():
                self.last_said = step
        elif step.kind == "stop":
            self.stops.add(step.index)
        elif step.actor == "tool" and "[redacted:" in step.text:
            self.hides_secrets.append(step.index)

    @cached_property
    def place(self) -> dict[int, int]:
        """The position of each call among the calls, by its step."""
        return {step.index: number for number, step in enumerate(self.calls)}

    @cached_property
    def answered(self) -> int:
        """Calls that got an answer; those that a person stopped did not."""
        return self.digest.coverage[1]

    @cached_property
    def set_right(self) -> list[SignalValue]:
        """Where the person corrects the agent or takes something back, and is not just parting."""
        found = [one for kind in _SET_RIGHT for one in self.signals.get(kind, ())]
        turns = {step.index: step.text[:LONGEST_TURN] for step in self.turns}
        parting = phrases.known().parting
        return sorted(
            (one for one in found if not parting.search(turns.get(one.step, ""))),
            key=lambda one: (one.step, one.start),
        )

    @cached_property
    def wants_a_yes(self) -> bool:
        """Whether the operator's words or the agent's ask for a yes before something changes."""
        asking = phrases.known().asking_for_a_yes
        return any(
            asking.search(step.text[:_ORDERS_READ])
            for step in self.steps
            if step.kind == "message" and step.actor in {"system", "agent"}
        )

    @cached_property
    def gave_up(self) -> bool | None:
        """Whether the agent's last words say so; None where it did not end in words."""
        last = self.calls[-1].index if self.calls else -1
        if self.last_said is None or self.last_said.index < last:
            return None
        said = self.last_said.text.strip()[:_LAST_WORDS]
        return phrases.known().giving_up.search(said) is not None

    @property
    def faults(self) -> Sequence[Fault]:
        """Failed calls in order, without stops and without failures that follow from others."""
        return self.digest.faults

    @property
    def failed(self) -> int:
        """How many calls failed: of a run with very many, a digest keeps only the first."""
        kept = len(self.faults)
        if kept < _FAULTS_KEPT:
            return kept
        return max(kept, sum(s.error and s.kind == "tool_result" for s in self.steps))

    def word(self, number: int) -> str:
        """A text of the digest's table."""
        return self.digest.words[number]

    @cached_property
    def used(self) -> Counter[str]:
        """How often each tool was called: by name, a shell command by what it runs."""
        return Counter(name for step in self.calls for name in acts_of(step))


def acts_of(step: Step) -> Sequence[str]:
    """What a call counts as: its tool's name, or the acts of the shell command that it runs."""
    text = step.text
    if '"command"' in text[:4_000] or '"cmd"' in text[:4_000]:
        command = shells.command_of(_arguments(text))
        acts = shells.segments(command) if command else ()
        if acts:
            return acts[:3]
    return (step.tool or "unnamed tool",)


def is_coding(step: Step) -> bool:
    """Whether a call is one of those that coding agents make."""
    return tools.is_hand(step.tool) or _ON_FILES.search(step.tool) is not None


def is_write(step: Step) -> bool:
    """Whether a call changes something for the person, as far as its tool's name tells."""
    tool = step.tool
    return bool(tool) and not (
        not tools.writes(tool)
        or tools.is_meta(tool)
        or is_coding(step)
        or "human" in tool.lower()
        or acts_of(step) != (tool,)
    )


def _arguments(text: str) -> dict[str, object]:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _is_for(rule: RuleInForce, facts: Facts) -> bool:
    if rule.scope == "person":
        return rule.scope_of == facts.person
    return rule.scope != "agent" or rule.scope_of == facts.agent
