"""What evaluators say of one run, in words: each score with the steps that it rests on."""

from collections.abc import Iterable, Iterator

import msgspec

from reviews.dreams.mining.scores import EVALUATORS, Evaluator
from reviews.dreams.models import Episode
from reviews.traces.models import Trace

# What lists of runs can be narrowed by.
_MISSING = {"recovered": "Not recovered", "rule_adherence": "Rules ignored"}
CHOICES = [
    (name, _MISSING.get(name, one.words.capitalize()))
    for name, one in EVALUATORS.items()
    if name not in {"outcome", "wasted_calls"}
]
# Of a share: part and whole in words.
_PARTS = {
    "tool_error": "{part} of {of} answered calls failed",
    "recovered": "{part} of {of} failures recovered",
    "rule_adherence": "{part} of {of} rules followed",
    "wasted_calls": "{part} of the calls",
}


_NOTHING = {
    "recovered": "failures without recovery",
    "rule_adherence": "ignored rules",
    "gave_up": "giving up",
}


class Line(msgspec.Struct, frozen=True):
    """One score on the page."""

    name: str
    words: str
    said: str
    meaning: str
    steps: tuple[int, ...] = ()
    # Steps that are counted and not listed.
    more: int = 0
    # Whether lists of runs can be narrowed by it.
    narrows: bool = True
    # For rules: each with its verdict and its proposal.
    rules: tuple[tuple[str, str, str], ...] = ()


class Panel(msgspec.Struct, frozen=True):
    """The evaluation of one run."""

    summary: str
    asking: tuple[Line, ...]
    # What was looked for and not found, in a row of words.
    quiet: str
    reflection: tuple[dict[str, str], ...]
    # Whose reflection it is: a model's name, or nothing for the evaluator's.
    model: str
    evaluator: str


def panel(episode: Episode) -> Panel:
    """The panel of one episode."""
    by = episode.reflected_by
    return Panel(
        summary=episode.summary,
        asking=tuple(_asking(episode)),
        quiet=", ".join(_quiet(episode)),
        reflection=tuple(episode.reflection),
        model="" if by == episode.evaluator else by,
        evaluator=episode.evaluator,
    )


def gist(episode: Episode) -> str:
    """What was done and went wrong: the summary without the request that titles a list."""
    before, mark, rest = episode.summary.partition(" The agent")
    return f"{mark}{rest}".strip() if mark else before


def gists(traces: Iterable[Trace]) -> dict[int, str]:
    """The gist of each trace that has been evaluated."""
    told = {trace.pk: getattr(trace, "episode", None) for trace in traces}
    return {key: gist(episode) for key, episode in told.items() if episode}


def _asking(episode: Episode) -> Iterator[Line]:
    for name, score in EVALUATORS.items():
        if name in episode.shows or (name == "wasted_calls" and name in episode.scores):
            yield _line(name, score, episode)


def _line(name: str, score: Evaluator, episode: Episode) -> Line:
    ground = episode.grounds.get(name, {})
    steps = tuple(ground.get("steps", ()))
    times = round(episode.scores[name])
    said = _PARTS[name].format(**ground) if name in _PARTS else _times(times)
    total = ground.get("part", 0) if score.kind == "share" else times
    return Line(
        name=name,
        words=score.words,
        said=said,
        meaning=score.meaning,
        steps=steps,
        more=max(0, total - len(steps)) if steps and not score.good else 0,
        narrows=name in episode.shows,
        rules=tuple(
            (rule, rule.removeprefix("P-"), verdict)
            for rule, verdict in ground.get("rules", {}).items()
        ),
    )


def _quiet(episode: Episode) -> Iterator[str]:
    """What applied to the run and asks for no look."""
    for name, score in EVALUATORS.items():
        if name in episode.scores and name not in episode.shows:
            if name in {"outcome", "wasted_calls"}:
                continue
            yield _NOTHING.get(name, score.words)


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
