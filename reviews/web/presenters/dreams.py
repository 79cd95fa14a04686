"""A dream for people: its stages with counts and times, what it refused by reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from django.utils import timezone

from reviews.dreams import notes
from reviews.dreams.models import Dream, Finding

Stage = Dream.Stage

_NAMES = {
    Stage.READ: "Read",
    Stage.EVALUATE: "Evaluate",
    Stage.EXTRACT: "Extract",
    Stage.DRAFT: "Draft",
    Stage.CHECK: "Check",
    Stage.SUBMIT: "Submit",
}
# What a stage's count counts.
_COUNTED = {
    Stage.READ: "trace",
    Stage.EVALUATE: "new trace",
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


@dataclass(frozen=True)
class Refused:
    """Everything that was refused for one reason."""

    reason: str
    findings: Sequence[Finding]


def steps(dream: Dream, evaluated: int, wanted: int) -> list[Step]:
    """The stages in order; ``evaluated`` of ``wanted`` new traces are digested by now."""
    return [_step(dream, Stage(stage), evaluated, wanted) for stage in Stage.values]


def refused(findings: Iterable[Finding]) -> list[Refused]:
    """Refusals by reason, the commonest first."""
    by_code = sorted(
        (one for one in findings if one.result == Finding.Result.REFUSED),
        key=lambda one: (one.code, one.position),
    )
    groups = [
        Refused(notes.reason(code), list(found))
        for code, found in groupby(by_code, key=lambda one: one.code)
    ]
    return sorted(groups, key=lambda group: -len(group.findings))


def came(dream: Dream, proposed: int) -> str:
    """What came of it, for a list; empty while it is not known."""
    if new := dream.counts.get("new", 0):
        refusals = dream.counts.get("refused", 0)
        return ", ".join(
            [
                notes.many(new, "new trace"),
                notes.many(proposed, "proposal"),
                f"{refusals:,} not proposed",
            ]
        )
    return "nothing new" if dream.state == Dream.State.COMPLETED else ""


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
    named = sorted({**settings, **thresholds}.items())
    return [*known, *((name.replace("_", " "), value) for name, value in named)]


def coverage(dream: Dream) -> list[tuple[str, str]]:
    """How much of what it read it could make something of."""
    return [
        (name.replace("_", " "), _share(value))
        for name, value in sorted(dream.coverage.items())
    ]


def _step(dream: Dream, stage: Stage, evaluated: int, wanted: int) -> Step:
    known = dream.stages.get(stage, {})
    state = _state(dream, stage, known)
    count = ""
    if stage == Stage.EVALUATE and state == "running":
        count = f"{evaluated:,} of {notes.many(wanted, 'trace')}"
    elif "count" in known:
        count = notes.many(known["count"], _COUNTED[stage])
    return Step(_NAMES[stage], state, count, _took(known))


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


def _share(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.0%}"
