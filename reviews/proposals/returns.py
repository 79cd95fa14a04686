"""What it takes for something to come back that people turned down; pure.

The time of silence has to be over, and there have to be new independent groups, and
somebody new has to show it, or it has to have become much stronger: all of these.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from math import ceil

import msgspec

# The first silence; each further one lasts twice as long.
DAYS = 14
# Turned down as often as this, it stays quiet for good, until a person lifts the mute.
FOR_GOOD = 3
# So many independent groups must be new, or half of those known when it was muted.
NEW_GROUPS = 3
# Nobody new shows it: then it must be so many times as strong.
STRONGER = 1.5
# It was not worth a rule: then it must be worth so many times as much.
WORTH = 2.0


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What was known of something when it was turned down."""

    groups: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    # Its impact then.
    effect: float = 0.0
    times: int = 1
    ground: str = ""
    until: datetime


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What speaks for it now."""

    groups: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    effect: float = 0.0


def silence(times: int) -> timedelta:
    """How long something stays quiet that was turned down so often."""
    return timedelta(days=DAYS * 2 ** (max(1, times) - 1))


def needed(known: Collection[str]) -> int:
    """How many new groups it takes to come back."""
    return max(NEW_GROUPS, ceil(len(known) / 2))


def missing(known: Known, shown: Shown, now: datetime) -> tuple[str, ...]:
    """What is still missing, in sentences; nothing: it may come back."""
    if known.times >= FOR_GOOD:
        return ("It was the third time, so it stays quiet for good.",)
    if known.ground == "duplicate":
        return ("It is there already, until somebody says that it is not.",)
    return tuple(_missing(known, shown, now))


def _missing(known: Known, shown: Shown, now: datetime) -> Iterator[str]:
    if now < known.until:
        yield f"It stays quiet until {known.until:%-d %B %Y}."
    new, least = len(shown.groups - known.groups), needed(known.groups)
    if new < least:
        yield f"{new} of the {least} new groups it takes are there."
    if known.ground == "not-worth-it":
        if not _is_worth(known, shown, WORTH):
            yield "It would have to help twice as much as when it was not worth a rule."
    elif not (shown.people - known.people or _is_worth(known, shown, STRONGER)):
        yield "Nobody new shows it, and it is no stronger than it was."


def _is_worth(known: Known, shown: Shown, times: float) -> bool:
    # Where nothing was measured, nothing can have grown.
    return known.effect > 0 and shown.effect >= times * known.effect
