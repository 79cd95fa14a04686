"""Cards: a pattern with its numbers and a few of its runs, small enough to judge.

Some runs that show it, of different people where there are such, the steps around each
quote, and one run in which it went well. Traces are shown under names of their own, so
that an answer can only speak of what it was shown.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from reviews.dreams.claude import plain
from reviews.dreams.claude.runs import Register
from reviews.proposals.drafts import Draft, Quote
from reviews.traces.steps import Provenance, Step

type Steps = Callable[[str, str], Sequence[Step]]

EXEMPLARS = 4
_COUNTERS = 1
_BESIDE = 2
_LONGEST_STEP = 400
# Steps of one excerpt, however many of its quotes there are.
_MOST_STEPS = 9


class Excerpt(msgspec.Struct, frozen=True, kw_only=True):
    """Some steps of one run, under the name that the model knows it by."""

    name: str
    agent: str
    trace: str
    group: str
    person: str
    stance: str
    # The steps that were shown, as they are stored.
    steps: tuple[Step, ...]
    # Ranges worth keeping in sight, by step.
    ranges: dict[int, tuple[int, int]] = {}

    def step(self, index: int) -> Step | None:
        """A step that was shown, by its number."""
        return next((step for step in self.steps if step.index == index), None)


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One pattern as a model is shown it."""

    id: str
    draft: Draft
    excerpts: tuple[Excerpt, ...]
    # Characters that nobody could have seen, and that the model was not shown.
    hidden: int = 0

    def excerpt(self, name: str) -> Excerpt | None:
        """A run of the card by the name that it goes by there."""
        return next((one for one in self.excerpts if one.name == name), None)

    def texts(self, *voices: Provenance) -> Iterable[str]:
        """What was shown, of everybody or of these voices only."""
        for excerpt in self.excerpts:
            for step in excerpt.steps:
                if not voices or step.provenance in voices:
                    yield step.text

    def runs(self) -> Iterable[tuple[str, str]]:
        """The runs whose words it shows."""
        return ((one.agent, one.trace) for one in self.excerpts)

    def tools(self) -> set[str]:
        """The tools that the agent called in what was shown."""
        return {
            step.tool
            for excerpt in self.excerpts
            for step in excerpt.steps
            if step.tool and step.kind == "tool_call"
        }


def card(
    draft: Draft, steps: Steps, register: Register, exemplars: int = EXEMPLARS
) -> Card:
    """The card of a draft, with so many of its runs."""
    shown = [
        *_excerpts(draft.quotes, "for", exemplars, steps, register),
        *_excerpts(draft.quotes, "against", _COUNTERS, steps, register),
    ]
    named = tuple(
        msgspec.structs.replace(one, name=f"t{number}")
        for number, one in enumerate(shown, 1)
    )
    hidden = sum(plain.shown(step.text).hidden for one in named for step in one.steps)
    return Card(id=draft.fingerprint[:16], draft=draft, excerpts=named, hidden=hidden)


def content(one: Card) -> dict[str, Any]:
    """A card as data for a model."""
    draft = one.draft
    return {
        "id": one.id,
        "family": draft.family,
        "kind": draft.kind,
        "worded_by_code": plain.shown(draft.title).text,
        "numbers": draft.because,
        "scope": draft.scope,
        "for": [excerpt_content(each) for each in one.excerpts if each.stance == "for"],
        "against": [
            excerpt_content(each) for each in one.excerpts if each.stance == "against"
        ],
    }


def excerpt_content(one: Excerpt) -> dict[str, Any]:
    """An excerpt as data for a model: who speaks stands in fields, not in the text."""
    return {
        "trace": one.name,
        "steps": [
            step_content(step, *one.ranges.get(step.index, (0, 0)))
            for step in one.steps
        ],
    }


def step_content(
    step: Step, start: int = 0, end: int = 0, most: int = _LONGEST_STEP
) -> dict[str, Any]:
    """A step as data for a model, cut around a range of it."""
    told: dict[str, Any] = {"step": step.index, "role": step.provenance}
    if step.kind not in ("message", "tool_call", "tool_result"):
        told["kind"] = step.kind
    if step.tool:
        told["tool"] = plain.shown(step.tool).text[:120]
        told["kind"] = step.kind
    if step.error:
        told["error"] = True
    told["text"] = plain.shown(plain.around(step.text, start, end, most)).text
    return told


def _excerpts(
    quotes: Sequence[Quote], stance: str, most: int, steps: Steps, register: Register
) -> list[Excerpt]:
    by_run: dict[tuple[str, str], list[Quote]] = {}
    for quote in quotes:
        if quote.stance == stance:
            by_run.setdefault((quote.agent, quote.trace), []).append(quote)
    made: list[Excerpt] = []
    for run in _spread(by_run, register):
        if len(made) == most:
            break
        excerpt = _excerpt(run, by_run[run], stance, steps(*run), register)
        if excerpt is not None:
            made.append(excerpt)
    return made


def _spread(
    by_run: dict[tuple[str, str], list[Quote]], register: Register
) -> list[tuple[str, str]]:
    """Runs of people and groups that have not spoken first, in the order of the quotes."""
    heard: set[str] = set()
    first: list[tuple[str, str]] = []
    rest: list[tuple[str, str]] = []
    for run, quotes in by_run.items():
        voice = quotes[0].person or register.group(*run)
        (rest if voice in heard else first).append(run)
        heard.add(voice)
    return [*first, *rest]


def _excerpt(
    run: tuple[str, str],
    quotes: Sequence[Quote],
    stance: str,
    steps: Sequence[Step],
    register: Register,
) -> Excerpt | None:
    if not steps:
        return None
    wanted: list[int] = []
    for quote in quotes:
        for index in range(quote.step - _BESIDE, quote.step + _BESIDE + 1):
            if 0 <= index < len(steps) and index not in wanted:
                wanted.append(index)
    kept = sorted(wanted[:_MOST_STEPS])
    return Excerpt(
        name="",
        agent=run[0],
        trace=run[1],
        group=register.group(*run),
        person=quotes[0].person,
        stance=stance,
        steps=tuple(steps[index] for index in kept),
        ranges={quote.step: (quote.start, quote.end) for quote in quotes},
    )
