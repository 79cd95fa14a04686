"""What stays quiet, in words: why, until when, and what it takes to come back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from reviews.proposals import mutes, requirements, returns
from reviews.proposals.models import Mute

# How far a mute reaches, by why it was turned down.
REACH = {
    "wrong": "another way out of the same may be proposed",
    "false-pattern": "nothing else is made of it either",
    "unsafe": "whatever is like it is flagged",
}


@dataclass(frozen=True)
class Row:
    """One mute as the list shows it."""

    mute: Mute
    because: str
    # Until when it is waited for; None for good, or until somebody lifts it.
    until: datetime | None
    takes: str


def rows(found: Iterable[Mute], now: datetime) -> list[Row]:
    """The list, in the order given."""
    return [_row(mute, now) for mute in found]


def _row(mute: Mute, now: datetime) -> Row:
    known = mutes.known(mute)
    because = requirements.GROUNDS.get(mute.ground, "")
    if reach := REACH.get(mute.ground):
        because = f"{because}: {reach}"
    for_good = known.times >= returns.FOR_GOOD or known.ground == "duplicate"
    return Row(
        mute=mute,
        because=because,
        until=None if for_good else max(known.until, now),
        takes=_takes(known, for_good=for_good),
    )


def _takes(known: returns.Known, *, for_good: bool) -> str:
    if known.times >= returns.FOR_GOOD:
        return "Turned down three times: only a person brings it back."
    if for_good:
        return "Said to be there already: it comes back once somebody lifts it."
    least = returns.needed(known.groups)
    who = (
        "twice the effect"
        if known.ground == "not-worth-it"
        else "somebody new, or half as strong again"
    )
    return f"Then it takes {least} new groups beside the {len(known.groups)} known, and {who}."
