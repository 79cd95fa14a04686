"""What a person does not have, or an agent says that it cannot get at, and who could tell it.

A tool's answers may hold the very thing: then the agent should have looked, not asked.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import msgspec

from reviews.dreams.mining.cues import Cues
from reviews.dreams.mining.speech import MESSAGE_READ, Sentence, straight
from reviews.traces.steps import Step

_LONGEST_ANSWER, _MOST_NAMES = 8_000, 40
_CLAUSE = re.compile(
    "[,;:\u3001\u3002]|\\b(?:but|though|however|aber|mais|pero)\\b", re.IGNORECASE
)
_IT = re.compile(r"\s*(?:it|them|that|those|any|es|sie|das|lo|la|los)\b", re.IGNORECASE)
# A name of more than one word: one word alone stands in any sentence.
# Each part ends where the next one begins, so that nothing is tried twice.
_NAME = re.compile(
    r'"([a-z]++(?=[A-Z0-9_])'
    r'(?:(?:[A-Z][a-z0-9]++){1,3}+|[a-z0-9]*+(?:_[a-z][a-z0-9]*+){1,3}+))"'
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SENTENCE = re.compile("[^.!?\n\u3002\uff01\uff1f]+[.!?\u3002\uff01\uff1f]*")
# What stands before a name of which one says that it would help.
_GIVEN = re.compile(
    r"\b(?:without|using|with|by|from|provide me|give me|need)(?: \w+){0,2}$"
)
# Words of a name.
_SIZES = (2, 3, 4)
_NOT_A_LETTER = re.compile(r"[\W_]+")


class Lack(msgspec.Struct, frozen=True):
    """A sentence that says that something is not there, and the part that says what."""

    step: Step
    start: int
    end: int
    about: str


def of_people(sentences: Sequence[Sentence]) -> Iterator[Lack]:
    """Where a person says that they do not have or know something."""
    for one in sentences:
        if one.is_stop or "lacking" not in one.possible:
            continue
        found = one.language.lacking.search(one.text)
        if found:
            yield Lack(one.step, one.start, one.end, _about(one.text, found))


def of_agents(steps: Sequence[Step], language: Cues) -> Iterator[Lack]:
    """Where the agent tells the person that it cannot get at something."""
    for step in steps:
        if step.kind != "message" or step.actor != "agent":
            continue
        text = straight(step.text[:MESSAGE_READ])
        if not language.denying.search(text):
            continue
        for sentence in _SENTENCE.finditer(text):
            said = sentence.group()
            found = language.denying.search(said)
            if found:
                start = sentence.end() - len(said.lstrip())
                yield Lack(step, start, sentence.end(), _about(said, found))


def _about(text: str, found: "re.Match[str]") -> str:
    """What is missing: what follows in the same clause, or what "it" stands for."""
    rest = _CLAUSE.split(text[found.end() :], maxsplit=1)[0]
    return text[: found.start()] if _IT.match(rest) else rest


def names_in(answer: str) -> tuple[str, ...]:
    """The names of more than one word that a structured answer uses: keys and choices."""
    if answer.lstrip()[:1] not in {"{", "["}:
        return ()
    names: dict[str, None] = {}
    for word in dict.fromkeys(_NAME.findall(answer[:_LONGEST_ANSWER])):
        names.setdefault(plain(word))
        if len(names) >= _MOST_NAMES:
            break
    return tuple(sorted(names))


def speaks_of(text: str, name: str) -> bool:
    """Whether a sentence says in plain words that this is what is missing."""
    return plain(name) in named_in(text)


@lru_cache(maxsize=8_192)
def named_in(text: str) -> frozenset[str]:
    """All that a sentence may say is missing, as names of two to four words.

    "Without your user ID" and "using just the user ID" say what there would be to go by.
    """
    words = _NOT_A_LETTER.sub(" ", text.lower()).split()
    found: set[str] = set()
    for start in range(len(words)):
        if _GIVEN.search(" ".join(words[max(0, start - 5) : start])):
            continue
        for size in _SIZES:
            name = "_".join(words[start : start + size])
            if start + size <= len(words):
                found.update((name, name.removesuffix("s")))
    return frozenset(found)


def plain(name: str) -> str:
    """A name in small letters, its words apart: ``reservationId`` is ``reservation_id``."""
    return _HUMP.sub("_", name).lower()
