"""What has moved since a proposal was written: nothing near it, beside it, or against it."""

from collections.abc import Sequence
from dataclasses import dataclass

from reviews.proposals import panels, rebases
from reviews.proposals.models import Proposal, Wording
from reviews.proposals.panels import Head
from reviews.proposals.rebases import Beside
from reviews.web.dossiers import Dossier, Since
from reviews.web.presenters.operations import Laid


@dataclass(frozen=True)
class Staleness:
    """How a proposal stands to a head that has moved on."""

    head: Head
    over: tuple[Since, ...] = ()
    beside: tuple[Beside, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The versions that came in between."""
        return tuple(one.number for one in self.over)

    @property
    def words(self) -> str:
        """The same in words."""
        return panels.in_words(self.numbers)


def of(proposal: Proposal, laid: Laid, dossier: Dossier) -> Staleness:
    """Where nothing has moved nothing is asked; else the memories as they were, once."""
    base = _base(proposal, laid.wordings[-1], dossier.since)
    over = tuple(one for one in dossier.since if one.number > base)
    if any(not block.applies for block in laid.binding.blocks):
        return Staleness("conflict", over)
    if not over:
        return Staleness("unmoved")
    paths = [block.path for block in laid.binding.blocks]
    then = rebases.authored_at(proposal.store, base, paths)
    found = tuple(rebases.beside(laid.binding.blocks, then, laid.memories))
    return Staleness("near" if found else "clean", over, found)


def _base(proposal: Proposal, newest: Wording, since: Sequence[Since]) -> int:
    """The head that the newest wording was written against.

    The first one knows it; a later one was written when it was written.
    """
    if newest.number == 1:
        return proposal.base
    before = [one.number for one in since if one.at <= newest.at]
    return max(before, default=proposal.base)
