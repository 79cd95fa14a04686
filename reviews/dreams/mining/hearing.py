"""What people and agents said in one run, as its digest keeps it."""

from collections.abc import Callable, Sequence
from itertools import islice

from reviews.dreams.mining import (
    cues,
    guesswork,
    lacks,
    remarks,
    sayings,
    spans,
    speech,
)
from reviews.dreams.mining.digests import Lack, Obsolete, Remark, Saying
from reviews.traces.steps import Step

# What one run can contribute of each: beyond, it only repeats itself.
_MOST_SAYINGS, _MOST_ADMISSIONS, _LONGEST_TEXT = 40, 10, 400
# Remarks that the trace's page names by what they are; the others find a fault.
_OWN_SIGNAL = frozenset({remarks.CORRECTION, remarks.REPHRASE, remarks.UNDO})


class Words:
    """A table of texts: each once, by number."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        return self.numbers.setdefault(text, len(self.numbers))

    def name(self, number: int) -> str:
        """The text of a number."""
        return next(islice(self.numbers, number, None))


class Hearing:
    """One run, listened to; each find is noted as a signal, too."""

    def __init__(
        self,
        steps: Sequence[Step],
        words: Words,
        note: Callable[[str, str, Step, int, int], None],
        rows_before: Callable[[Step], int],
        tool_of: Callable[[int], str],
    ) -> None:
        self.steps, self.words = steps, words
        self.said = speech.sentences(steps)
        self.language = self.said[0].language if self.said else cues.named("en")
        # Messages of agents are looked at only where one of them may tell something.
        told, its = speech.of_agents(steps), self.language
        self.telling = steps if speech.may_hold(told, its.telling) else ()
        self.guessing = steps if speech.may_hold(told, its.guessing) else ()
        self._note, self._rows_before, self._tool_of = note, rows_before, tool_of

    def sayings(self) -> tuple[Saying, ...]:
        """What the person asked for; each sentence once, however often it was said."""
        heard: dict[str, Saying] = {}
        for one in sayings.said(self.said):
            if len(heard) >= _MOST_SAYINGS:
                break
            if one.standing:
                self._note("wish", " ".join(one.key), one.step, one.start, one.end)
            heard.setdefault(
                one.text,
                Saying(
                    self.words(one.text), self.words(" ".join(one.key)),
                    spans.of(one.step, one.start, one.end), one.standing, one.wants,
                    tuple(map(self.words, one.not_wanted)),
                ),
            )  # fmt: skip
        return tuple(heard.values())

    def obsolete(self) -> tuple[Obsolete, ...]:
        """What a person says is no more; each name once."""
        heard: dict[str, Obsolete] = {}
        for name, one in sayings.gone(self.said):
            if len(heard) >= _MOST_SAYINGS:
                break
            self._note("obsolete", name, one.step, one.start, one.end)
            text = one.step.text[one.start : one.end]
            span = spans.of(one.step, one.start, one.end)
            heard.setdefault(name, Obsolete(self.words(name), self.words(text), span))
        return tuple(heard.values())

    def remarks(self) -> tuple[Remark, ...]:
        """What the person found wrong, each kind once per message."""
        made: list[Remark] = []
        found = [
            *remarks.remarks(self.steps, self.said),
            *islice(remarks.admissions(self.telling, self.language), _MOST_ADMISSIONS),
        ]
        for one in found[:_MOST_SAYINGS]:
            kind = one.kind if one.kind in _OWN_SIGNAL else "fault"
            if one.step.actor == "agent":
                kind = "made-up"
            self._note(kind, one.kind, one.step, one.start, one.end)
            before = self._rows_before(one.step)
            tool = self._tool_of(before - 1) if before else ""
            made.append(
                Remark(
                    self.words(one.kind), self.words(one.text[:_LONGEST_TEXT]),
                    self.words(" ".join(one.key)), self.words(tool),
                    spans.of(one.step, one.start, one.end),
                )
            )  # fmt: skip
        return tuple(made)

    def lacks(self) -> tuple[Lack, ...]:
        """What the person does not have, and what the agent says it cannot get at."""
        found = [
            *lacks.of_people(self.said),
            *lacks.of_agents(self.telling, self.language),
        ]
        found.sort(key=lambda one: (one.step.index, one.start))
        return tuple(
            Lack(
                self.words(one.about[:_LONGEST_TEXT]), self._rows_before(one.step),
                spans.of(one.step, one.start, one.end),
            )
            for one in found[:_MOST_SAYINGS]
        )  # fmt: skip

    def guesses(self) -> None:
        """Note where the agent guesses; no digest has it."""
        for one in guesswork.guesses(self.guessing, self.language):
            self._note(one.kind, one.key, one.step, one.start, one.end)
