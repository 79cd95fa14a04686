"""Where an agent guesses: it says that it looked and no call is recorded, or that it could not.

Shown, never learnt from. Whether a guess is right nobody can tell here: words are held
against calls, and a call that failed was a look, too.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from reviews.dreams.mining.cues import Cues
from reviews.dreams.mining.speech import MESSAGE_READ, straight
from reviews.traces.steps import Step

# What one run can show of each: beyond, it only repeats itself.
_MOST = 10
# Behind a cue, so much is quoted if the sentence goes on.
_REST = 120
_END = re.compile("[.!?](?!\\w)|[\n\u3002\uff01\uff1f]")


class Guess(msgspec.Struct, frozen=True):
    """A sentence that gives a guess away, from its cue on; as a signal it has kind and key."""

    kind: str
    key: str
    step: Step
    start: int
    end: int


def guesses(steps: Sequence[Step], language: Cues) -> Iterator[Guess]:
    """Every guess of a run; of each kind the first in a message, and a few in all."""
    yield from islice(_unbacked(steps, language), _MOST)
    yield from islice(_without(steps, language), _MOST)


def _unbacked(steps: Sequence[Step], language: Cues) -> Iterator[Guess]:
    """Where an agent says that it looked, and nothing was called since somebody else spoke."""
    called = heard = last = -1
    speaker = ""
    for position, step in enumerate(steps):
        if step.kind in {"tool_call", "tool_result"}:
            called = position
        elif step.kind == "message" and step.actor in {"agent", "person"}:
            speaks = f"{step.actor} {step.agent}"
            if speaks != speaker:
                speaker, heard = speaks, last
            last = position
            if step.actor == "agent" and called <= heard:
                yield from _found("unbacked", "no-call", language.looked, step)


def _without(steps: Sequence[Step], language: Cues) -> Iterator[Guess]:
    """Where an agent cannot get at something, says so, and takes it to be as usual."""
    for step in steps:
        if step.kind == "message" and step.actor == "agent":
            yield from _found("went-without", "not-at-hand", language.without, step)


def _found(kind: str, key: str, cue: "re.Pattern[str]", step: Step) -> Iterator[Guess]:
    text = straight(step.text[:MESSAGE_READ])
    found = cue.search(text)
    if found:
        start, end = found.span()
        # A cue may begin with what ends the sentence before.
        start = next(place for place in range(start, end) if text[place].isalnum())
        rest = _END.search(text, end, end + _REST)
        end = rest.start() if rest else min(len(text), end + _REST)
        yield Guess(kind, key, step, start, end)
