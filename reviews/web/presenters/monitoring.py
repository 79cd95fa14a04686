"""An agent's weeks in tiles, lines and rows."""

from collections.abc import Sequence

import msgspec

from reviews.dreams.mining.signals import KINDS as MEANINGS
from reviews.dreams.rates import Seen, Week
from reviews.web.presenters.charts import Chart, shares

# What the columns say of a run: kinds of signals in plain words.
KINDS = {
    "error": "a failed call",
    "loop": "a repeated call",
    "unheard-value": "a made-up value",
    "stop": "a stop by a person",
    "check": "a broken lint rule",
    "injection": "orders from outside",
}


class Tile(msgspec.Struct, frozen=True):
    """One number of the last four weeks, beside that of the four before."""

    label: str
    number: str
    before: str


class Row(msgspec.Struct, frozen=True):
    """One week of the table."""

    week: Week
    cells: tuple[int, ...]


class Recurring(msgspec.Struct, frozen=True):
    """A signal that came back, in words."""

    seen: Seen
    meaning: str


def tiles(weeks: Sequence[Week]) -> list[Tile]:
    """The last four weeks against the four before."""
    now, before = weeks[-4:], weeks[-8:-4]
    return [
        Tile("runs", str(_runs(now)), f"{_runs(before)} before"),
        _share("runs rated bad", now, before, "failed", "rated"),
        _share("calls that failed", now, before, "errors", "calls"),
        Tile("runs that a person stopped", *_stopped(now, before)),
    ]


def charts(weeks: Sequence[Week]) -> list[tuple[str, Chart]]:
    """How runs end, and what shows in them."""
    labels = [f"week of {week.start:%d %b}" for week in weeks]
    ends = [("rated bad", [(week.failed, week.rated) for week in weeks])]
    shown = [
        (words, [(week.runs_with.get(kind, 0), week.runs) for week in weeks])
        for kind, words in KINDS.items()
        if any(week.runs_with.get(kind) for week in weeks)
    ]
    drawn = []
    if any(week.rated for week in weeks):
        drawn.append(
            ("Of rated runs, the share that was rated bad", shares(labels, ends))
        )
    if shown:
        drawn.append(("Of all runs, the share with", shares(labels, shown)))
    return drawn


def rows(weeks: Sequence[Week]) -> list[Row]:
    """The table behind the lines, newest week first."""
    return [
        Row(week, tuple(week.runs_with.get(kind, 0) for kind in KINDS))
        for week in reversed(weeks)
        if week.runs
    ]


def patterns(found: Sequence[Seen]) -> list[Recurring]:
    """What came back, with what such a signal means."""
    return [Recurring(one, MEANINGS.get(one.kind, "")) for one in found]


def _runs(weeks: Sequence[Week]) -> int:
    return sum(week.runs for week in weeks)


def _share(
    label: str, now: Sequence[Week], before: Sequence[Week], part: str, whole: str
) -> Tile:
    def said(weeks: Sequence[Week]) -> str:
        total = sum(getattr(week, whole) for week in weeks)
        if not total:
            return "none"
        return f"{sum(getattr(week, part) for week in weeks)} of {total}"

    return Tile(label, said(now), f"{said(before)} before")


def _stopped(now: Sequence[Week], before: Sequence[Week]) -> tuple[str, str]:
    def said(weeks: Sequence[Week]) -> str:
        stopped = sum(week.runs_with.get("stop", 0) for week in weeks)
        return f"{stopped} of {_runs(weeks)}"

    return said(now), f"{said(before)} before"
