"""A small honest engine: it counts failing tools, and proposes to mind the ones that fail.

It keeps what engines promise: pure, deterministic, indifferent to the order of digests,
quotes by exact offsets. It stands in where a test is about the pipeline.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from reviews.dreams.engines import Evaluation, Head, Outcome, Refusal, SignalValue
from reviews.proposals.drafts import Draft, DraftOperation, Quote
from reviews.traces.steps import Facts, Step


class Fault(msgspec.Struct, frozen=True, array_like=True, order=True):
    tool: str
    agent: str
    trace: str
    group: str
    person: str
    step: int
    end: int
    sha256: str


class Counting:
    name = "counting"
    version = "1"
    evaluator = "counting/1"

    def settings(self) -> dict[str, Any]:
        return {"groups": 2}

    def evaluate(self, facts: Facts, steps: Sequence[Step]) -> Evaluation:
        faults = [fault_of(facts, step) for step in steps if step.error and step.text]
        return Evaluation(
            digest=msgspec.msgpack.encode(faults),
            signals=tuple(
                SignalValue(kind="error", key=one.tool, step=one.step, end=one.end)
                for one in faults
            ),
        )

    def reduce(self, digests: Iterable[bytes]) -> list[Fault]:
        decode = msgspec.msgpack.Decoder(list[Fault]).decode
        return sorted(fault for digest in digests for fault in decode(digest))

    def propose(
        self, state: list[Fault], head: Head, settings: Mapping[str, Any]
    ) -> Outcome:
        drafts, refused = [], []
        for tool in sorted({fault.tool for fault in state}):
            faults = [fault for fault in state if fault.tool == tool]
            made = _proposed(tool, faults, head, settings["groups"])
            (drafts if isinstance(made, Draft) else refused).append(made)
        return Outcome(
            drafts=tuple(drafts),
            refused=tuple(refused),
            coverage={"faults": len(state)},
        )


def fault_of(facts: Facts, step: Step) -> Fault:
    return Fault(
        step.tool,
        facts.agent,
        facts.trace,
        facts.group,
        facts.person,
        step.index,
        len(step.text),
        hashlib.sha256(step.text.encode()).hexdigest(),
    )


def rule_of(tool: str) -> str:
    return f"`{tool}` fails: look at its arguments first."


def _proposed(
    tool: str, faults: list[Fault], head: Head, least: int
) -> Draft | Refusal:
    groups = sorted({fault.group for fault in faults})
    counts = {
        "groups": len(groups),
        "runs": len({fault.trace for fault in faults}),
        "people": len({fault.person for fault in faults}),
    }
    fingerprint = hashlib.sha256(tool.encode()).hexdigest()
    if any(rule_of(tool) in text for text in head.texts.values()):
        code, reason = "covered", "Memory says so already."
    elif len(groups) < least:
        code, reason = "too-few-groups", f"Seen in {len(groups)} groups only."
    else:
        return Draft(
            fingerprint=fingerprint,
            family="mistake",
            kind="constraint",
            title=rule_of(tool),
            operations=(
                DraftOperation(kind="add", path="/tools.md", after=rule_of(tool)),
            ),
            quotes=tuple(_quote(fault) for fault in faults[:5]),
            counts=counts,
            groups=tuple(groups),
            engine=Counting.name,
            engine_version=Counting.version,
        )
    return Refusal(
        statement=rule_of(tool),
        code=code,
        reason=reason,
        fingerprint=fingerprint,
        counts=counts,
    )


def _quote(fault: Fault) -> Quote:
    return Quote(
        agent=fault.agent,
        trace=fault.trace,
        step=fault.step,
        start=0,
        end=fault.end,
        sha256=fault.sha256,
    )
