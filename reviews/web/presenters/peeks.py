"""A proposal looked into from a list: its changes in full, and the first quotes."""

from collections.abc import Iterable
from dataclasses import dataclass

from reviews.proposals import bindings, states
from reviews.proposals.bindings import Binding, Block
from reviews.proposals.models import Evidence, Proposal
from reviews.web.presenters.diffs import Change, present

QUOTES = 2


@dataclass(frozen=True)
class Shown:
    """One operation with its diff against the head as it is."""

    block: Block
    path: str
    change: Change


@dataclass(frozen=True)
class Peek:
    """What deciding from a list relies on, and is bound to."""

    proposal: Proposal
    binding: Binding
    shown: list[Shown]

    @property
    def decidable(self) -> bool:
        """Whether little can go wrong, and nothing stands in the way."""
        return (
            self.proposal.state in states.TO_DECIDE
            and self.proposal.risk == Proposal.Risk.LOW
            and not self.binding.faults
        )

    @property
    def effect(self) -> str:
        """What approving it does."""
        count = len(self.shown)
        changes = f"{count} change{'s' if count > 1 else ''}"
        return f"{changes} to {self.proposal.store.name} at v{self.binding.head}"


def of(proposal: Proposal) -> Peek:
    """Everything that is shown of one."""
    binding = bindings.of(proposal)
    return Peek(proposal, binding, [_shown(block) for block in binding.blocks])


def of_many(proposals: list[Proposal]) -> list[Peek]:
    """The same of several, in as many queries for twenty as for two."""
    if not proposals:
        return []
    found = bindings.of_many(proposals)
    return [
        Peek(one, found[one.pk], [_shown(block) for block in found[one.pk].blocks])
        for one in proposals
    ]


def quotes(proposal: Proposal) -> Iterable[Evidence]:
    """The first things that were said for it."""
    rows = Evidence.objects.filter(operation__proposal=proposal, stance="for")
    return rows.order_by("operation__position", "position")[:QUOTES]


def _shown(block: Block) -> Shown:
    under = " / ".join(block.heading)
    path = f"{block.path} → {block.new_path}" if block.new_path else block.path
    change = present(block.before or "", block.after)
    return Shown(block, f"{path} · {under}" if under else path, change)
