"""A dream for people: its stages with counts and times, what came of it, how it was set."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Max
from django.utils import timezone

from reviews.dreams import notes
from reviews.dreams.models import Dream

Stage = Dream.Stage

_NAMES = {
    Stage.READ: "Read",
    Stage.EVALUATE: "Evaluate",
    Stage.EXTRACT: "Extract",
    Stage.DRAFT: "Draft",
    Stage.CHECK: "Check",
    Stage.SUBMIT: "Submit",
}
# A stage that moved nothing for so long is worth a look.
STUCK = timedelta(minutes=10)
# What a stage's count counts.
_COUNTED = {
    Stage.READ: "trace",
    Stage.EVALUATE: "trace",
    Stage.EXTRACT: "digest",
    Stage.DRAFT: "draft",
    Stage.CHECK: "draft",
    Stage.SUBMIT: "proposal",
}


@dataclass(frozen=True)
class Step:
    """One stage of the stepper."""

    name: str
    # done, running, failed or waiting.
    state: str
    count: str = ""
    took: str = ""
    # US dollars, where it cost any.
    cost: float = 0.0
    # What somebody else's machine is doing for it.
    waits: str = ""
    # Since when, and when the dream gives it up.
    since: datetime | None = None
    ends: datetime | None = None


def steps(dream: Dream, evaluated: int, wanted: int) -> list[Step]:
    """The stages in order; ``evaluated`` of ``wanted`` new traces are digested by now."""
    return [_step(dream, Stage(stage), evaluated, wanted) for stage in Stage.values]


def came(dream: Dream, results: Mapping[str, int]) -> str:
    """What came of it, for a list; empty while it is not known."""
    if not dream.counts.get("digests", 0):
        return "nothing new" if dream.state == Dream.State.COMPLETED else ""
    said = []
    if dream.dry:
        said.append(f"would propose {results.get('would', 0):,}")
    else:
        said.append(notes.many(results.get("proposed", 0), "proposal"))
    if updated := results.get("updated", 0):
        said.append(f"{updated:,} updated")
    if confirmed := results.get("confirmed", 0):
        said.append(f"{confirmed:,} confirmed")
    said.append(f"{dream.counts.get('refused', 0):,} not proposed")
    return ", ".join(said)


def read(dream: Dream) -> str:
    """How much it read, for a list."""
    if "traces" not in dream.counts:
        return ""
    traces, new = dream.counts["traces"], dream.counts.get("new", 0)
    return f"{traces:,} ({new:,} new)" if traces else "none"


def took(dream: Dream) -> str:
    """How long it ran, or has been running."""
    if dream.started_at is None:
        return ""
    return duration((dream.ended_at or timezone.now()) - dream.started_at)


def duration(span: timedelta) -> str:
    """A time in the units in which it is felt: 0.4 s, 12 s, 3 min 20 s."""
    seconds = span.total_seconds()
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def configuration(dream: Dream) -> list[tuple[str, Any]]:
    """What was frozen at its start, by name."""
    settings = dict(dream.settings)
    thresholds = settings.pop("thresholds", {})
    known = [
        ("engine", f"{dream.engine}/{dream.engine_version}"),
        ("base", f"v{dream.base}"),
        ("window", _window(dream)),
    ]
    named = sorted(_flat({**settings, **thresholds}))
    return [*known, *((name.replace("_", " "), value) for name, value in named)]


def _flat(settings: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Every setting by its whole name, tables within tables too."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name} ")
        else:
            yield f"{before}{name}", str(value)


def usage(dream: Dream) -> list[tuple[str, str]]:
    """What a model's bill counts, by its own names."""
    return [
        (name.replace("_", " "), f"{value:,}")
        for name, value in dream.usage.items()
        if isinstance(value, int | float) and value
    ]


def stuck(dream: Dream) -> str:
    """How long the stage that is under way has moved nothing; empty if that is not long.

    Whoever waits for another machine, or has just finished a shard, is not stuck.
    """
    started = dream.stages.get(dream.stage, {}).get("started")
    if dream.state != Dream.State.RUNNING or dream.wakes_at or not started:
        return ""
    moved = datetime.fromisoformat(started)
    if dream.stage == Stage.EVALUATE:
        moved = max(moved, dream.shards.aggregate(at=Max("done_at"))["at"] or moved)
    still = timezone.now() - moved
    return duration(still) if still > STUCK else ""


def _step(dream: Dream, stage: Stage, evaluated: int, wanted: int) -> Step:
    known = dream.stages.get(stage, {})
    state = _state(dream, stage, known)
    count = ""
    if stage == Stage.EVALUATE and state == "running":
        count = f"{evaluated:,} of {notes.many(wanted, 'trace')}"
    elif "count" in known:
        count = _counted(dream, stage, known["count"])
    asleep = dream.wakes_at is not None and dream.stage == stage
    waits = known.get("waiting", "an answer") if asleep else ""
    # Only an engine that drafts asks anybody who is paid.
    cost = dream.cost if stage == Stage.DRAFT else 0.0
    since, ends = (
        datetime.fromisoformat(known[at]) if waits and known.get(at) else None
        for at in ("awaited_since", "given_up")
    )
    return Step(_NAMES[stage], state, count, _took(known), cost, waits, since, ends)


def _counted(dream: Dream, stage: Stage, number: int) -> str:
    """What a stage did, in words that hold where it had nothing to do, or was dry."""
    if stage == Stage.EVALUATE and not number and dream.counts.get("traces"):
        return "all known already"
    if stage == Stage.SUBMIT and dream.dry:
        return f"would propose {number:,}"
    return notes.many(number, _COUNTED[stage])


def _state(dream: Dream, stage: Stage, known: dict[str, Any]) -> str:
    if dream.stage == stage and dream.state in ("failed", "canceled"):
        return "failed"
    if "ended" in known:
        return "done"
    if "started" in known:
        return "running"
    return "waiting"


def _took(known: dict[str, Any]) -> str:
    if "started" not in known or "ended" not in known:
        return ""
    started, ended = (datetime.fromisoformat(known[at]) for at in ("started", "ended"))
    return duration(ended - started)


def _window(dream: Dream) -> str:
    if dream.window_start is None or dream.watermark is None:
        return "not read yet"
    start, end = (
        at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        for at in (dream.window_start, dream.watermark)
    )
    return f"received from {start} to {end}"
