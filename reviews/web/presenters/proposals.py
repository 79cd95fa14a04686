"""Proposals as lists show them, whole memories before and after, and what policies said."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reviews.proposals import inbox, verdicts
from reviews.proposals.bindings import Outcome
from reviews.proposals.models import Proposal, Verdict
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


def changes(outcomes: Iterable[Outcome]) -> list[Change]:
    """Whole memories before and after."""
    return [
        present(outcome.before or "", outcome.after or "", path=_path(outcome))
        for outcome in outcomes
    ]


def _path(outcome: Outcome) -> str:
    renamed = outcome.new_path and outcome.new_path != outcome.path
    return f"{outcome.path} → {outcome.new_path}" if renamed else outcome.path


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
