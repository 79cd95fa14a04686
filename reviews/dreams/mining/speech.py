"""What people typed in a run, sentence by sentence, each in its language.

Hooks, commands, pasted pages and what a client wraps around them are left out: nobody
says with them what they want.
"""

import re
from collections.abc import Iterator, Sequence, Set

import msgspec

from reviews.dreams.mining import cues
from reviews.dreams.mining.cues import Cues
from reviews.traces.steps import Step

# A longer message is pasted: a plan, a log, a page. People ask for habits in few words.
_LONGEST_MESSAGE = 1_500
# Characters of an agent's message that are looked at.
MESSAGE_READ = 4_000
# The apostrophe of typesetters: cues are written with the other one.
_CURLED = "\N{RIGHT SINGLE QUOTATION MARK}"
_SENTENCE = re.compile(
    "[^.!?\n\u3002\uff01\uff1f]+(?:[.!?](?=\\w)[^.!?\n\u3002\uff01\uff1f]*)*"
    "[.!?\u3002\uff01\uff1f]*"
)
_NOT_TYPED = re.compile(
    r"\s*(?:[</#`|\[{]|caveat:|this session is being)", re.IGNORECASE
)
_THEY_SAID = re.compile(r"the user said:\s*", re.IGNORECASE)
# What stands for a word where words are not set apart: so many characters.
_CHARACTERS_OF_A_WORD = 3


class Sentence(msgspec.Struct, frozen=True):
    """One sentence that a person typed: where it stands, and in which language it is."""

    step: Step
    start: int
    end: int
    language: Cues
    # Position of its step among the run's steps, and of its message among the person's.
    position: int
    turn: int

    @property
    def text(self) -> str:
        """For matching: with plain apostrophes, of the same length as what is stored."""
        return straight(self.step.text[self.start : self.end])

    @property
    def possible(self) -> Set[str]:
        """Names of the cues and faults that it may hold; no other needs to be searched for."""
        return self.language.sieve.possible(self.text)

    @property
    def is_stop(self) -> bool:
        """Said while stopping a call."""
        return self.step.kind == "stop"

    @property
    def is_question(self) -> bool:
        return self.text.endswith(("?", "\uff1f"))

    @property
    def words(self) -> int:
        """How many words it has."""
        if self.language.name == "ja":
            return len(self.text) // _CHARACTERS_OF_A_WORD
        return len(self.text.split())


def sentences(steps: Sequence[Step]) -> tuple[Sentence, ...]:
    """What people typed, sentence by sentence; words with which they stop a call included."""
    parts = list(_typed(steps))
    whole = "\n".join(step.text[start:] for _, step, start in parts)
    usual, mixed = cues.of(whole), cues.is_mixed(whole)
    made = []
    for turn, (position, step, start) in enumerate(parts):
        for place in _places(step.text, start):
            said = step.text[slice(*place)]
            language = cues.of(said, usual.name) if mixed else usual
            made.append(Sentence(step, *place, language, position, turn))
    return tuple(made)


def straight(text: str) -> str:
    """A text with plain apostrophes."""
    return text.replace(_CURLED, "'")


def of_agents(steps: Sequence[Step]) -> str:
    """All that agents say in a run and that is looked at, for one look at the whole."""
    text = "\n".join(
        step.text[:MESSAGE_READ]
        for step in steps
        if step.kind == "message" and step.actor == "agent"
    )
    return f"{text}\n{straight(text)}" if _CURLED in text else text


def may_hold(told: str, cue: "re.Pattern[str] | None") -> bool:
    """Whether a cue may be found in any of the messages; without a cue it always may."""
    return cue is None or cue.search(told) is not None


def _typed(steps: Sequence[Step]) -> Iterator[tuple[int, Step, int]]:
    """Each message with its position and where a person's own words begin."""
    for position, step in enumerate(steps):
        if step.kind == "stop":
            said = _THEY_SAID.search(step.text)
            if said:
                yield position, step, said.end()
        elif (
            step.kind == "message"
            and step.actor == "person"
            and len(step.text) <= _LONGEST_MESSAGE
            and not _NOT_TYPED.match(step.text)
        ):
            yield position, step, 0


def _places(text: str, start: int) -> Iterator[tuple[int, int]]:
    for found in _SENTENCE.finditer(text, start):
        first, end = _trimmed(text, found.start(), found.end())
        if first < end:
            yield first, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start].isspace() or text[start] in "-*•>"):
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
