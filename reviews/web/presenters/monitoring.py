"""An agent's weeks in lines and rows; every number leads to the runs behind it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from urllib.parse import urlencode

import msgspec
from django.urls import reverse

from reviews.dreams import notes
from reviews.dreams.mining.scores import EVALUATORS
from reviews.dreams.rates import PATTERN_DAYS, Seen, Week
from reviews.web.presenters import charts, kinds
from reviews.web.presenters.charts import Chart

# Scores that are shown as shares over time, in words that go on from "3 of 41".
SHOWN = {
    "tool_error": "calls failed",
    "recovered": "failures recovered",
    "blind_retry": "runs with a blind retry",
    "loop": "runs with a loop",
    "stop": "runs stopped by a person",
    "correction": "runs corrected by a person",
    "rephrase": "runs in which a person asked again",
    "invented_value": "runs with a made-up value",
    "unconfirmed_write": "runs with a write without a yes",
    "gave_up": "runs that gave up",
    "rule_adherence": "rules followed",
    "suspicious_content": "runs with suspicious content",
}
# The score under which the runs of a signal are found.
_SCORES = {
    "error": "tool_error",
    "loop": "loop",
    "unheard-value": "invented_value",
    "stop": "stop",
    "injection": "suspicious_content",
    "invisible": "suspicious_content",
    "correction": "correction",
    "fault": "correction",
    "undo": "correction",
    "rephrase": "rephrase",
}


class Rate(msgspec.Struct, frozen=True):
    """One score over the weeks: its title, the last four weeks in numbers, its line."""

    name: str
    words: str
    meaning: str
    now: str
    before: str
    url: str
    chart: Chart


class Cell(msgspec.Struct, frozen=True):
    """One score of one week; empty where it applied to nothing."""

    said: str = ""
    url: str = ""


class Row(msgspec.Struct, frozen=True):
    """One week of the table."""

    week: Week
    url: str
    cells: tuple[Cell, ...]


class Recurring(msgspec.Struct, frozen=True):
    """A signal that came back, and where its runs are."""

    seen: Seen
    # What it was about; empty where what it means says it all.
    about: str
    url: str


class Came(msgspec.Struct, frozen=True):
    """What a kind of signal means, and what came back of it."""

    meaning: str
    signals: list[Recurring]


def runs(weeks: Sequence[Week]) -> str:
    """How many runs the last four weeks had, beside the four before."""
    now, before = (
        sum(week.runs for week in part) for part in (weeks[-4:], weeks[-8:-4])
    )
    return f"{notes.many(now, 'run')} in the last four weeks, {before:,} before"


def rates(weeks: Sequence[Week], agent: str) -> list[Rate]:
    """A small chart for how runs end, and for each score that ever asked for a look."""
    found = [
        _rate(name, words, weeks, agent)
        for name, words in SHOWN.items()
        if any(_tells(name, week) for week in weeks)
    ]
    return [*_ends(weeks, agent), *found]


def _ends(weeks: Sequence[Week], agent: str) -> Iterator[Rate]:
    if any(week.rated for week in weeks):
        yield _drawn(
            "outcome", "rated runs were rated bad", "Outcomes as they were given.",
            weeks, [(week.failed, week.rated) for week in weeks], agent,
        )  # fmt: skip


def quiet(weeks: Sequence[Week]) -> list[str]:
    """Scores that applied and never asked for a look, in words."""
    return [
        EVALUATORS[name].words
        for name in SHOWN
        if not EVALUATORS[name].good
        and any(name in week.scores for week in weeks)
        and not any(_tells(name, week) for week in weeks)
    ]


def rows(weeks: Sequence[Week], found: Sequence[Rate], agent: str) -> list[Row]:
    """The table behind the lines, newest week first."""
    return [
        Row(
            week,
            runs_url(agent, week),
            tuple(_cell(one.name, week, agent) for one in found if one.name in SHOWN),
        )
        for week in reversed(weeks)
        if week.runs
    ]


def patterns(found: Sequence[Seen], agent: str, weeks: Sequence[Week]) -> list[Came]:
    """What came back by what it means, the commonest first."""
    since = weeks[-1].start.date() + timedelta(days=6 - PATTERN_DAYS)
    by_kind: dict[str, list[Recurring]] = {}
    for one in found:
        url = _signal_url(one.kind, agent, since)
        by_kind.setdefault(one.kind, []).append(Recurring(one, kinds.about(one), url))
    return [Came(kinds.meaning(kind), signals) for kind, signals in by_kind.items()]


def runs_url(agent: str, week: Week, score: str = "") -> str:
    """The list of an agent's runs of one week, with one score."""
    start = week.start.date()
    days = {"from": f"{start}", "to": f"{start + timedelta(days=6)}"}
    return _listed({"agent": agent, **(_asked(score) if score else {}), **days})


def _signal_url(kind: str, agent: str, since: object) -> str:
    score = _SCORES.get(kind)
    return (
        _listed({"agent": agent, "score": score, "from": str(since)}) if score else ""
    )


def _listed(asked: dict[str, str]) -> str:
    told = {name: value for name, value in asked.items() if value}
    return f"{reverse('web:traces')}?{urlencode(told)}"


def _rate(name: str, words: str, weeks: Sequence[Week], agent: str) -> Rate:
    pairs = [week.scores.get(name, (0, 0)) for week in weeks]
    return _drawn(name, words, EVALUATORS[name].meaning, weeks, pairs, agent)


def _drawn(
    name: str,
    words: str,
    meaning: str,
    weeks: Sequence[Week],
    pairs: Sequence[tuple[int, int]],
    agent: str,
) -> Rate:
    labels = [f"week of {week.start:%d %b}" for week in weeks]
    links = [runs_url(agent, week, name) for week in weeks]
    first, last = (
        f"{week.start.day} {week.start:%b}" for week in (weeks[0], weeks[-1])
    )
    chart = charts.share(labels, pairs, links, (first, last))
    everything = _listed({"agent": agent, **_asked(name)})
    return Rate(
        name,
        words,
        meaning,
        _summed(pairs[-4:]),
        _summed(pairs[-8:-4]),
        everything,
        chart,
    )


def _asked(name: str) -> dict[str, str]:
    """What the list of runs is asked for, to show what a score counts."""
    return {"outcome": "failure"} if name == "outcome" else {"score": name}


def _tells(name: str, week: Week) -> bool:
    part, whole = week.scores.get(name, (0, 0))
    return bool(whole) if EVALUATORS[name].good else bool(part)


def _cell(name: str, week: Week, agent: str) -> Cell:
    part, whole = week.scores.get(name, (0, 0))
    if not whole:
        return Cell()
    asks = part < whole if EVALUATORS[name].good else part > 0
    return Cell(f"{part:,} of {whole:,}", runs_url(agent, week, name) if asks else "")


def _summed(pairs: Sequence[tuple[int, int]]) -> str:
    """Part of whole of some weeks together."""
    whole = sum(whole for _, whole in pairs)
    return f"{sum(part for part, _ in pairs):,} of {whole:,}" if whole else "none"
