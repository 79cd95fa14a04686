"""What stands behind a proposal, whole memories before and after, and what policies said."""

from collections.abc import Iterable
from dataclasses import dataclass

from reviews.proposals import policies, verdicts
from reviews.proposals.bindings import Outcome
from reviews.proposals.models import Proposal, Verdict
from reviews.proposals.policies import BARS
from reviews.web.presenters import evidence
from reviews.web.presenters.diffs import Change, present


def support(proposal: Proposal) -> str:
    """What stands behind it: 7 runs, 3 groups, 2 people."""
    told = ("runs", "groups", "people")
    known = [name for name in told if proposal.counts.get(name)]
    return ", ".join(evidence.plural(proposal.counts, name) for name in known)


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
    # Each policy that was asked, in order: its name, and why it did or did not match.
    because: list[tuple[str, str]]


def judged(proposal: Proposal) -> Judged | None:
    """The shadow verdict; hidden from whoever has still to decide."""
    verdict = verdicts.shown(proposal)
    if verdict is None:
        return None
    bars = [BARS.get(bar, bar) for bar in verdict.bars]
    because = [
        (one["name"], one.get("why_not") or "All of its conditions hold.")
        for one in verdict.explanation
        if one["name"] != policies.MANUAL
    ]
    return Judged(verdict, bars, because)
