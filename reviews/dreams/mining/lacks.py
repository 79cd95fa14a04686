"""What a person does not have, or an agent says that it cannot get at, and who could tell it.

A tool's answers may hold the very thing: then the agent should have looked, not asked.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from reviews.dreams.mining import arguments, cues
from reviews.dreams.mining.speech import Sentence
from reviews.traces.steps import Step

_LONGEST_ANSWER = 20_000
_MOST_NAMES, _MOST_LEAVES = 40, 400
_LONGEST_MESSAGE = 4_000
# A name of more than one word: one word alone stands in any sentence.
_NAME = re.compile(r"^[a-z][a-z0-9]*(?:_[a-z][a-z0-9]*){1,3}$")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SENTENCE = re.compile("[^.!?\n\u3002\uff01\uff1f]+[.!?\u3002\uff01\uff1f]*")
_NOT_A_LETTER = re.compile(r"[\W_]+")


class Lack(msgspec.Struct, frozen=True):
    """A sentence that says that something is not there."""

    step: Step
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.step.text[self.start : self.end]


def of_people(sentences: Sequence[Sentence]) -> Iterator[Lack]:
    """Where a person says that they do not have or know something."""
    for one in sentences:
        if not one.is_stop and one.language.lacking.search(one.text):
            yield Lack(one.step, one.start, one.end)


def of_agents(steps: Sequence[Step]) -> Iterator[Lack]:
    """Where the agent tells the person that it cannot get at something."""
    for step in steps:
        if step.kind != "message" or step.actor != "agent":
            continue
        text = step.text[:_LONGEST_MESSAGE].replace(
            "\N{RIGHT SINGLE QUOTATION MARK}", "'"
        )
        its = cues.of(text)
        if not its.denying.search(text):
            continue
        for found in _SENTENCE.finditer(text):
            if its.denying.search(found.group()):
                start = found.end() - len(found.group().lstrip())
                yield Lack(step, start, found.end())


def names_in(answer: str) -> tuple[str, ...]:
    """The names of more than one word that a structured answer uses: keys and choices."""
    if answer.lstrip()[:1] not in {"{", "["} or len(answer) > _LONGEST_ANSWER:
        return ()
    try:
        value = msgspec.json.decode(answer)
    except (msgspec.DecodeError, ValueError):
        return ()
    names: dict[str, None] = {}
    for count, word in enumerate(_words(value)):
        name = _HUMP.sub("_", word).lower()
        if _NAME.match(name):
            names.setdefault(name)
        if count >= _MOST_LEAVES or len(names) >= _MOST_NAMES:
            break
    return tuple(sorted(names))


def speaks_of(text: str, name: str) -> bool:
    """Whether a sentence names something in plain words: "my reservation IDs"."""
    said = f" {_NOT_A_LETTER.sub(' ', text.lower())} "
    words = _HUMP.sub("_", name).lower().replace("_", " ")
    return f" {words} " in said or f" {words}s " in said


def _words(value: Any, depth: int = 0) -> Iterator[str]:
    """Every key and every choice within an answer."""
    if depth > 6:
        return
    if isinstance(value, dict):
        for key, part in value.items():
            yield str(key)
            yield from _words(part, depth + 1)
    elif isinstance(value, list):
        for part in value[:20]:
            yield from _words(part, depth + 1)
    elif isinstance(value, str) and arguments.enum(value):
        yield value
