"""Rolling back in words: what the button does, and how long what is undone stays quiet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reviews.memory.models import Store
from reviews.proposals import mutes, returns
from reviews.proposals.models import Mute, Proposal
from reviews.proposals.previews import Preview
from reviews.web.presenters.diffs import Change, totals


@dataclass(frozen=True)
class Quiet:
    """What it takes for an undone proposal to come back, in a sentence."""

    proposal: Proposal
    sentence: str


def effect(preview: Preview, changes: Sequence[Change]) -> str:
    """What happens when it is done: takes 1 line away, writes support v4."""
    come, gone = totals(changes)
    does = [
        f"brings {_lines(come)} back" if come else "",
        f"takes {_lines(gone)} away" if gone else "",
        f"keeps {len(preview.kept)}" if preview.kept else "",
        f"writes {preview.store.name} v{preview.next}",
    ]
    return ", ".join(each for each in does if each)


def quiet(store: Store, undone: Sequence[Proposal]) -> list[Quiet]:
    """How each fingerprint is kept from coming back, in one query."""
    wanted = {proposal.fingerprint for proposal in undone}
    standing = {
        mute.fingerprint: mute
        for mute in Mute.objects.filter(
            store=store, fingerprint__in=wanted, lifted_at__isnull=True
        )
    }
    return list(_sentences(undone, standing))


def _sentences(
    undone: Sequence[Proposal], standing: dict[str, Mute]
) -> Iterator[Quiet]:
    for proposal in undone:
        mute = standing.get(proposal.fingerprint)
        times = mute.times + 1 if mute else 1
        groups = {*(mute.groups if mute else ()), *proposal.groups}
        if times >= mutes.FOR_GOOD:
            said = "stays quiet for good: it is the third time it is turned down"
        else:
            needed = mutes.needed(sorted(groups))
            said = (
                f"stays quiet for {returns.silence(times).days} days and comes back only "
                f"with {needed} new independent groups of evidence ({len(groups)} are "
                "known) and somebody new who shows it, or half as strong again; as "
                "“returned”, and never by a policy alone"
            )
        yield Quiet(proposal, f"{said}.")


def _lines(count: int) -> str:
    return f"{count:,} line{'' if count == 1 else 's'}"
