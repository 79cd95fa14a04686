"""What has moved beside a proposal since it was written, or since somebody approved it.

Where the head changed only far away, a proposal is carried over and approvals stay.
Where something within three lines of its rule changed, whoever approved saw another
place: their approval is void, and the page shows what changed there.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.memory import merges, revisions
from reviews.memory.blame import Authored
from reviews.memory.models import Store
from reviews.memory.rules import Rule
from reviews.proposals import turns
from reviews.proposals.bindings import Binding
from reviews.proposals.blocks import Block
from reviews.proposals.models import Approval, Proposal


class Beside(NamedTuple):
    """A rule with the lines around it, as they were and as they are."""

    position: int
    before: str
    now: str


def authored_at(store: Store, number: int, paths: Iterable[str]) -> dict[str, Authored]:
    """The memories at these paths as a version had them."""
    found = revisions.at(store, number).filter(path__in=set(paths))
    return {revision.path: revisions.authored(revision) for revision in found}


def beside(
    blocks: Iterable[Block],
    then: Mapping[str, Authored],
    now: Mapping[str, Authored],
) -> list[Beside]:
    """For each block whose rule or neighbourhood changed, both states of the place.

    Additions go where others have been added too; nothing moves under them.
    """
    found = []
    for block in blocks:
        old, new = then.get(block.path), now.get(block.path)
        if not block.rule or old is None or new is None or old.text == new.text:
            continue
        place = _rule(old, block.rule)
        if place and merges.near(old.text, new.text, [(place.start, place.end)]):
            here = _rule(new, block.rule) or place
            found.append(
                Beside(
                    block.position,
                    merges.surroundings(old.text, place.start, place.end),
                    merges.surroundings(new.text, here.start, here.end),
                )
            )
    return found


def reset(
    store: Store,
    since: int,
    waiting: Sequence[Proposal],
    bound: Mapping[int, Binding],
) -> None:
    """Void the approvals of proposals whose place has changed since a version.

    Whoever writes a version calls this, with the proposals locked.
    """
    standing = Approval.objects.filter(proposal__in=waiting, void_at__isnull=True)
    approved = set(standing.values_list("proposal", flat=True))
    if not approved:
        return
    kept = [proposal for proposal in waiting if proposal.pk in approved]
    paths = {block.path for one in kept for block in bound[one.pk].blocks}
    then = authored_at(store, since, paths)
    now = revisions.authored_head(store, paths)
    for proposal in kept:
        if beside(bound[proposal.pk].blocks, then, now):
            _void(proposal)


def _void(proposal: Proposal) -> None:
    by = Actor.system("hold")
    turns.reset(proposal, by=by)
    standing = Approval.objects.filter(proposal=proposal, void_at__isnull=True)
    names = list(standing.values_list("by", flat=True))
    standing.update(void_at=timezone.now())
    ledger.record(
        by,
        "proposal.approvals-reset",
        proposal,
        team=proposal.store.team,
        reason="Lines beside it have changed.",
        approvers=names,
        head=proposal.store.head,
    )


def _rule(memory: Authored, key: str) -> Rule | None:
    return next((rule for rule in memory.rules if rule.id == key), None)
