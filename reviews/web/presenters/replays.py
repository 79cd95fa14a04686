"""A replay as its panel shows it: what it tried, what came of it, and how sure that is."""

from collections.abc import Sequence
from typing import Any

import msgspec

from reviews.dreams.models import Replay
from reviews.dreams.replaying import intervals
from reviews.traces.models import Trace

_UNFINISHED = {"pending", "running"}
_LONGEST = 400


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What would be done on one side, and what that is worth."""

    act: str
    worth: str
    reason: str
    by: str


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One situation with both sides."""

    # Key of its trace, or nothing once that is gone.
    trace: int | None
    name: str
    step: int
    failed: bool
    quoted: bool
    verdict: str
    without: Side
    with_rule: Side


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A replay in words."""

    replay: Replay
    unfinished: bool
    # Situations with a verdict.
    counted: int
    unclear: int
    headline: str
    sureness: str
    cases: tuple[Case, ...]
    quoted: int
    # It tried another wording than the one that waits.
    outdated: bool


def present(replay: Replay) -> Shown:
    """Put a replay into words; with n of m and an interval, since there are few."""
    counted = replay.improves + replay.same + replay.breaks
    cases = tuple(_cases(replay))
    return Shown(
        replay=replay,
        unfinished=replay.state in _UNFINISHED,
        counted=counted,
        unclear=len(cases) - counted if replay.results else 0,
        headline=_headline(replay, counted),
        sureness=_sureness(replay, counted) if counted else "",
        cases=cases if replay.results else (),
        quoted=sum(bool(one.get("quoted")) for one in replay.situations),
        outdated=replay.wording != replay.proposal.wording,
    )


def _headline(replay: Replay, counted: int) -> str:
    if not counted:
        return "No situation could be judged."
    return (
        f"With the rule {replay.improves} of {counted} situations go better,"
        f" {replay.same} as before, {replay.breaks} worse."
    )


def _sureness(replay: Replay, counted: int) -> str:
    better = intervals.wilson(replay.improves, counted)
    worse = intervals.wilson(replay.breaks, counted)
    chance = intervals.sign_test(replay.improves, replay.breaks)
    said = (
        f"At 95 %: better in {_percent(better.low)} to {_percent(better.high)} of such"
        f" situations, worse in {_percent(worse.low)} to {_percent(worse.high)}."
    )
    if replay.improves + replay.breaks:
        said += f" Chance alone would tip that far in {100 * chance:.0f} % of trials."
    return said


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _cases(replay: Replay) -> list[Case]:
    keys = _keys(replay)
    results = replay.results or [{}] * len(replay.situations)
    return [
        Case(
            trace=keys.get((row["agent"], row["trace"])),
            name=row["trace"],
            step=row["step"],
            failed=row["failed"],
            quoted=bool(row.get("quoted")),
            verdict=result.get("verdict") or "unclear",
            without=_side(result.get("without", {})),
            with_rule=_side(result.get("with", {})),
        )
        for row, result in zip(replay.situations, results, strict=False)
    ]


def _keys(replay: Replay) -> dict[tuple[str, str], int]:
    """The traces that are still there, by agent and name: one query."""
    names = {row["trace"] for row in replay.situations}
    rows = Trace.objects.filter(
        agent__team=replay.proposal.store.team_id, external_id__in=names
    )
    found: Sequence[tuple[str, str, int]] = list(
        rows.values_list("agent__name", "external_id", "pk")
    )
    return {(agent, name): key for agent, name, key in found}


def _side(told: dict[str, Any]) -> Side:
    return Side(
        act=_act(told.get("act") or {}),
        worth=told.get("worth", ""),
        reason=told.get("reason", ""),
        by=told.get("by", ""),
    )


def _act(act: dict[str, Any]) -> str:
    if not act:
        return "no answer"
    if act["kind"] == "call":
        said = f"{act['tool']} {act['arguments']}".strip()
    else:
        said = act["text"] or "stops"
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"
