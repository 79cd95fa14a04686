"""Evidence that came all at once: within one hour, or from people whom nobody knew before.

A rule that several people seem to want may be one person's work. So it is asked when the
supporting runs happened, and since when their people are known. Where nearly everything in
the window happened in that hour, as after an import, that says nothing.

An archive differs from a flood by its times, and where it has none nobody can tell: a run
that does not say when it was happened some time before it came. So it counts among the
runs and people of the evidence, never as one of those that came all at once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from django.db.models import Min, QuerySet

from reviews.dreams.mining.counterfactuals import Run, Tried
from reviews.proposals.drafts import Draft
from reviews.teams.models import Team
from reviews.traces.models import Trace

HOUR = timedelta(hours=1)
# People are new for so long.
NEW = timedelta(days=7)
# More than this share makes it a burst, and fewer runs make none.
SHARE, LEAST = 0.5, 4


def mark(
    team: Team, drafts: Sequence[Draft], tried: Mapping[str, Tried], now: datetime
) -> list[Draft]:
    """Flag the drafts whose evidence came all at once."""
    sighted = {
        draft.fingerprint: tried[draft.fingerprint].sighted
        for draft in drafts
        if draft.fingerprint in tried
    }
    times = _times(team, {run.trace for runs in sighted.values() for run in runs})
    since = _known_since(
        team, {run.person for runs in sighted.values() for run in runs}
    )
    first = _timed(team).aggregate(at=Min("happened_at"))["at"]
    return [
        msgspec.structs.replace(
            draft, flags=tuple(dict.fromkeys((*draft.flags, "burst")))
        )
        if _is_hasty(team, sighted.get(draft.fingerprint, ()), times)
        or _is_strange(sighted.get(draft.fingerprint, ()), since, first, now)
        else draft
        for draft in drafts
    ]


def densest(times: Sequence[datetime]) -> tuple[datetime | None, int]:
    """The hour with the most of these times in it: when it begins, and how many; pure."""
    ordered = sorted(times)
    best: tuple[datetime | None, int] = (None, 0)
    last = 0
    for first, start in enumerate(ordered):
        while last < len(ordered) and ordered[last] - start <= HOUR:
            last += 1
        if last - first > best[1]:
            best = (start, last - first)
    return best


def _is_hasty(
    team: Team, runs: Sequence[Run], times: Mapping[tuple[str, str], datetime]
) -> bool:
    known = [
        times[run.agent, run.trace] for run in runs if (run.agent, run.trace) in times
    ]
    if len(known) < LEAST:
        return False
    start, most = densest(known)
    if start is None or most <= SHARE * len(runs):
        return False
    # The days around it: was everybody at it then?
    around = _timed(team).filter(
        happened_at__range=(min(known) - NEW, max(known) + NEW)
    )
    within = around.filter(happened_at__range=(start - HOUR, start + HOUR)).count()
    return within <= SHARE * around.count()


def _is_strange(
    runs: Sequence[Run],
    since: Mapping[str, datetime],
    first: datetime | None,
    now: datetime,
) -> bool:
    """Whether most of the people are new, in a team that is not."""
    people = {run.person for run in runs if run.person}
    if len(people) < 2 or first is None or first > now - 2 * NEW:
        return False
    new = sum(person in since and since[person] > now - NEW for person in people)
    return new > SHARE * len(people)


def _times(team: Team, names: set[str]) -> dict[tuple[str, str], datetime]:
    rows = _timed(team).filter(external_id__in=names)
    return {
        (agent, name): at
        for agent, name, at in rows.values_list(
            "agent__name", "external_id", "happened_at"
        )
    }


def _known_since(team: Team, people: set[str]) -> dict[str, datetime]:
    rows = _timed(team).filter(person__in=people - {""})
    return dict(rows.values_list("person").annotate(at=Min("happened_at")))


def _timed(team: Team) -> QuerySet[Trace]:
    """Runs that say when they were; of the others only the receipt is known."""
    return Trace.objects.filter(team=team, started_at__isnull=False)
