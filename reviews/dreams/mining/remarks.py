"""Remarks: a person finds fault with the agent's work, says it again, or takes the work back.

A remark is a sentence of the person's after the agent did or said something, with a cue,
and not the answer to a question of the agent's. Many faults are known by name (a class of
the cue files); what is only a correction is counted by what it is about.
"""

import re
from collections.abc import Iterator, Sequence, Set
from functools import cache

import msgspec
from rapidfuzz import fuzz

from reviews.dreams.mining import cues
from reviews.dreams.mining.cues import Cues
from reviews.dreams.mining.speech import MESSAGE_READ, Sentence
from reviews.dreams.mining.stems import key_of
from reviews.traces.steps import Step

CORRECTION, REPHRASE, UNDO = "correction", "rephrase", "undo"
_LONGEST = 45  # words of a sentence
_MOST_TURNS = 60
# Two turns of a person so much alike say the same; shorter ones are often said twice.
_SAME_TURN, _LEAST_SAME = 75, 5  # of a hundred; words
_UNDO = re.compile(r"^\s*/(?:undo|rewind|revert)\b")
_QUESTION = re.compile("[?\uff1f]\\W*$")
# Characters around an agent's cue that are quoted.
_AROUND = 100
# Only what the agent wrote last is looked at for a question.
_TAIL = 400


class Remark(msgspec.Struct, frozen=True):
    """One remark, with where it stands and what it is about."""

    kind: str
    step: Step
    start: int
    end: int
    # Position of its step among the run's steps.
    position: int
    key: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.step.text[self.start : self.end]


def remarks(steps: Sequence[Step], sentences: Sequence[Sentence]) -> Iterator[Remark]:
    """Every remark of a run, in order; of one class in one message only the first."""
    yield from _undone(steps)
    yield from _said_again(sentences)
    told: set[tuple[int, str]] = set()
    for one in sentences:
        if one.words > _LONGEST:
            continue
        for kind in _kinds(one, steps):
            if (one.position, kind) not in told:
                told.add((one.position, kind))
                yield Remark(
                    kind, one.step, one.start, one.end, one.position,
                    key_of(one.text, one.language),
                )  # fmt: skip


def admissions(steps: Sequence[Step], language: Cues) -> Iterator[Remark]:
    """Where an agent says of its own work what nobody should do; once per message."""
    for position, step in enumerate(steps):
        if step.kind != "message" or step.actor != "agent":
            continue
        text = step.text[:MESSAGE_READ]
        for one in language.admissions:
            found = one.cue.search(text)
            if found:
                start = text.rfind("\n", 0, found.start()) + 1
                start = max(start, found.start() - _AROUND)
                end = text.find("\n", found.end())
                end = min(len(text) if end < 0 else end, found.end() + _AROUND)
                yield Remark(one.name, step, start, end, position)


def _kinds(one: Sentence, steps: Sequence[Step]) -> Iterator[str]:
    """The classes of a sentence: those of faults, and whether it corrects."""
    possible = one.possible
    if not possible & _finding(one.language.name):
        return
    text, its = one.text, one.language
    opening = one.turn == 0 and not one.is_stop
    answers = not one.is_stop and _answers(one.position, steps)
    for fault in its.faults:
        if fault.later and (opening or answers):
            continue
        if fault.name in possible and fault.cue.search(text):
            yield fault.name
    if opening or answers or CORRECTION not in possible:
        return
    if its.correction.search(text) and not its.goodbye.search(text):
        yield CORRECTION


@cache
def _finding(name: str) -> Set[str]:
    """What finds fault in a language, by name."""
    return {CORRECTION, *(fault.name for fault in cues.named(name).faults)}


def _answers(position: int, steps: Sequence[Step]) -> bool:
    """Whether a message answers a question that the agent has just asked."""
    for step in reversed(steps[:position]):
        if step.kind == "message" and step.actor == "agent":
            return _QUESTION.search(step.text[-_TAIL:]) is not None
        if step.kind in {"message", "tool_result"}:
            return False
    return False


def _undone(steps: Sequence[Step]) -> Iterator[Remark]:
    """Where a person takes back what the agent has just done."""
    for position, step in enumerate(steps):
        if step.actor == "person" and step.kind in {"message", "stop"}:
            found = _UNDO.match(step.text)
            if found:
                yield Remark(UNDO, step, found.start(), found.end(), position)


def _said_again(sentences: Sequence[Sentence]) -> Iterator[Remark]:
    """Turns in which a person says what they had said before, in nearly the same words."""
    turns: dict[int, list[Sentence]] = {}
    for one in sentences:
        if not one.is_stop:
            turns.setdefault(one.turn, []).append(one)
    before: list[str] = []
    for said in list(turns.values())[:_MOST_TURNS]:
        first, last = said[0], said[-1]
        text = first.step.text[first.start : last.end]
        words = sum(one.words for one in said)
        if words >= _LEAST_SAME and any(
            fuzz.token_sort_ratio(text, earlier) >= _SAME_TURN for earlier in before
        ):
            yield Remark(REPHRASE, first.step, first.start, last.end, first.position)
        before.append(text)
