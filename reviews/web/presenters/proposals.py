"""Proposals as pages show them: rows of the queue, operations with their diffs, what it takes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reviews.memory import diffs, versions
from reviews.memory.blame import Authored
from reviews.memory.summaries import summary
from reviews.proposals import bindings, flags, inbox, verdicts, wordings
from reviews.proposals.bindings import Binding, Block, Outcome
from reviews.proposals.models import (
    Evidence,
    Operation,
    Proposal,
    Verdict,
    Wording,
)
from reviews.proposals.policies import BARS
from reviews.web.presenters.diffs import Change, present


@dataclass(frozen=True)
class QueueRow:
    """One proposal in a list, in words."""

    proposal: Proposal
    kind: str
    where: str
    support: str
    against: int
    approvals: int


@dataclass(frozen=True)
class Card:
    """One operation: its diff against the head, and the evidence for and against it."""

    block: Block
    operation: Operation
    change: Change
    says: str
    included: bool
    supporting: list[Evidence]
    contradicting: list[Evidence]
    # From the words that it came with to those of a person; None: they are the same.
    reworded: Change | None = None


@dataclass(frozen=True)
class Flagged:
    """A risk flag with its sentence."""

    name: str
    sentence: str
    risk: str
    barred: bool


def queue(rows: Sequence[Proposal]) -> list[QueueRow]:
    """Rows of a list, with all that they need in two more queries."""
    sizes = inbox.sizes(rows)
    return [_queue_row(proposal, sizes.get(proposal.pk, {})) for proposal in rows]


def _queue_row(proposal: Proposal, sizes: Mapping[str, int]) -> QueueRow:
    operations = list(proposal.operations.all())
    kinds = {operation.kind for operation in operations}
    paths = sorted({operation.path for operation in operations})
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return QueueRow(
        proposal=proposal,
        kind=kinds.pop() if len(kinds) == 1 else "mixed",
        where=f"{proposal.store.name}{paths[0]}{more}" if paths else "",
        support=support(proposal),
        against=int(proposal.counts.get("against", 0)),
        approvals=sizes.get("approvals", 0),
    )


def support(proposal: Proposal) -> str:
    """What stands behind it: 7 runs, 3 groups, 2 people."""
    units = {"runs": "run", "groups": "group", "people": "person"}
    several = {"person": "people"}
    parts = []
    for name, unit in units.items():
        count = int(proposal.counts.get(name, 0))
        if count:
            word = unit if count == 1 else several.get(unit, f"{unit}s")
            parts.append(f"{count} {word}")
    return ", ".join(parts)


@dataclass(frozen=True)
class Laid:
    """A proposal laid out: its operations and wordings, bound to the head as it is."""

    operations: list[Operation]
    # Oldest first.
    wordings: list[Wording]
    memories: Mapping[str, Authored]
    binding: Binding


def lay_out(proposal: Proposal) -> Laid:
    """Fetch what a page shows of a proposal, each thing once."""
    operations = proposal.operations.order_by("position").prefetch_related("evidence")
    found = list(operations)
    written = list(proposal.wordings.order_by("number"))
    paths = {operation.path for operation in found}
    memories = versions.authored_head(proposal.store, paths)
    binding = bindings.bind(written[-1], found, memories, proposal.store.head)
    return Laid(found, written, memories, binding)


def cards(laid: Laid, included: Collection[int] | None) -> list[Card]:
    """Every operation of a proposal, in order."""
    return [
        _card(block, operation, laid.wordings, included)
        for block, operation in zip(laid.binding.blocks, laid.operations, strict=True)
    ]


def _card(
    block: Block,
    operation: Operation,
    written: Sequence[Wording],
    included: Collection[int] | None,
) -> Card:
    before, after = block.before or "", block.after
    stored = written[-1].diffs.get(str(block.position))
    # The card says the path already.
    change = present(
        before, after, stored=stored if block.standing == "fresh" else None
    )
    evidence = sorted(operation.evidence.all(), key=lambda each: each.position)
    return Card(
        block=block,
        operation=operation,
        change=change,
        says=_says(block, before, after),
        included=included is None or block.position in included,
        supporting=[one for one in evidence if one.stance == Evidence.Stance.FOR],
        contradicting=[one for one in evidence if one.stance != Evidence.Stance.FOR],
        reworded=_reworded(operation, written),
    )


def _reworded(operation: Operation, written: Sequence[Wording]) -> Change | None:
    first, last = (
        wordings.said(one, operation).after for one in (written[0], written[-1])
    )
    return present(first, last) if first != last else None


def _says(block: Block, before: str, after: str) -> str:
    if block.kind == Operation.Kind.EDIT:
        return summary(diffs.compare(before, after), before, after)
    under = " / ".join(block.heading)
    place = f" under “{under}”" if under else ""
    return {
        "add": f"Adds a rule{place}.",
        "delete": f"Deletes a rule{place}.",
        "rename": f"Moves it to {block.new_path}.",
    }[block.kind]


def changes(outcomes: Iterable[Outcome]) -> list[Change]:
    """Whole memories before and after."""
    return [
        present(outcome.before or "", outcome.after or "", path=_path(outcome))
        for outcome in outcomes
    ]


def _path(outcome: Outcome) -> str:
    renamed = outcome.new_path and outcome.new_path != outcome.path
    return f"{outcome.path} → {outcome.new_path}" if renamed else outcome.path


def flagged(proposal: Proposal) -> list[Flagged]:
    """Its risk flags in sentences, gravest first."""
    found = [
        Flagged(
            name,
            flags.FLAGS[name].sentence,
            flags.FLAGS[name].risk,
            flags.FLAGS[name].barred,
        )
        for name in proposal.flags
        if name in flags.FLAGS
    ]
    return sorted(found, key=lambda flag: (flag.risk != "high", flag.name))


@dataclass(frozen=True)
class Judged:
    """What the policies said, once a person has decided."""

    verdict: Verdict
    bars: list[str]


def judged(proposal: Proposal) -> Judged | None:
    """The shadow verdict; hidden from whoever has still to decide."""
    verdict = verdicts.shown(proposal)
    if verdict is None:
        return None
    return Judged(verdict, [BARS.get(bar, bar) for bar in verdict.bars])


def preview(laid: Laid, included: Collection[int] | None) -> list[Change]:
    """Whole memories as agents would read them after it."""
    blocks = [
        block
        for block in laid.binding.blocks
        if block.applies and (included is None or block.position in included)
    ]
    return changes(bindings.outcomes(laid.memories, blocks)) if blocks else []
