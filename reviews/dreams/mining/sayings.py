"""Sentences in which a person says what they want of agents, with their places.

Cheap and generous: what is only about this case is left out where that can be seen;
whether the rest means anything is decided by how many people say it.
"""

import re
from collections.abc import Iterator, Sequence

import msgspec

from reviews.dreams.mining import cues
from reviews.dreams.mining.cues import Cues
from reviews.dreams.mining.speech import Sentence
from reviews.dreams.mining.stems import key_of
from reviews.traces.steps import Step

_SHORTEST, _LONGEST = 3, 32  # words
# Codes, numbers, addresses, paths, code: one case's, unless it is said for good.
_PARTICULAR = re.compile(r"\d{3,}|[A-Z]\w*\d|\w@\w|://|[\w.-]+/[\w.-]+|[{}<>=;]|\w\(\)")
# A thing with a name of its own: in backticks, or written like one.
_NAMED = re.compile(
    r"`([^`\n]{3,60})`|\b(?:\w+[-_.])+\w+\b|\b[a-z]+[A-Z]\w+\b|\b[A-Z][a-z]+[A-Z]\w+\b"
)
_CLAUSE = re.compile("[,;:\u3001]")


class Said(msgspec.Struct, frozen=True):
    """One sentence: where it stands, what it is about, whether it is meant for good."""

    step: Step
    start: int
    end: int
    # Stems of what it is about, in order of the alphabet.
    key: tuple[str, ...]
    standing: bool
    # 1 wants it, -1 does not want it, 0 says both.
    wants: int
    # Stems that stand behind a negation.
    not_wanted: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.step.text[self.start : self.end]


def said(sentences: Sequence[Sentence]) -> Iterator[Said]:
    """Every sentence of a run in which a person may be asking for a habit."""
    for sentence in sentences:
        one = None if sentence.is_stop else _read(sentence)
        if one is not None:
            yield one


def gone(sentences: Sequence[Sentence]) -> Iterator[tuple[str, Sentence]]:
    """Every named thing of which a person says that it is no more, with the sentence."""
    for one in sentences:
        if one.is_stop or one.is_question or one.words > _LONGEST:
            continue
        if "obsolete" in one.possible and one.language.obsolete.search(one.text):
            for name in named(one.text):
                yield name, one


def named(text: str) -> tuple[str, ...]:
    """The things that a text calls by a name of their own, each once."""
    found = (one.group(1) or one.group() for one in _NAMED.finditer(text))
    return tuple(dict.fromkeys(found))


def rule_of(sentence: str) -> str:
    """A sentence as a rule: without what was said to get a word in."""
    text = " ".join(sentence.split()).rstrip(" .!,;:\u3002\uff01")
    its = cues.of(sentence)
    for _ in range(3):
        text = its.lead_out.sub("", its.lead_in.sub("", text)).strip(" ,;:\u3001")
    end = "\u3002" if its.name == "ja" else "."
    return f"{text[:1].upper()}{text[1:]}{end}" if text else ""


def _read(sentence: Sentence) -> Said | None:
    text, its = sentence.text, sentence.language
    # What has a name of its own can be asked for in two words.
    shortest = _SHORTEST - bool(named(text))
    if sentence.is_question or not shortest <= sentence.words <= _LONGEST:
        return None
    possible = sentence.possible
    standing = "standing" in possible and its.standing.search(text) is not None
    if not standing and "directive" not in possible:
        return None
    passing = "passing" in possible and its.passing.search(text)
    if passing and not (standing and _is_firm(its, text)):
        return None
    if not standing and (_PARTICULAR.search(text) or not its.directive.search(text)):
        return None
    key = key_of(text, its)
    if not key:
        return None
    leaning = _leaning(its, text)
    return Said(sentence.step, sentence.start, sentence.end, key, standing, *leaning)


def _is_firm(its: Cues, text: str) -> bool:
    """Whether a lead-in alone made it look as if it were said in passing."""
    bare = its.lead_in.sub("", text)
    return bare != text and not its.passing.search(bare)


def _leaning(its: Cues, text: str) -> tuple[int, tuple[str, ...]]:
    """Whether it is wanted (1), not wanted (-1) or both (0), and what is not."""
    turns = list(its.negation.finditer(text))
    if not turns:
        return 1, ()
    if len(turns) > 1 or its.softening.search(text):
        return 0, ()
    rest = _CLAUSE.split(text[turns[0].end() :])[0]
    clauses = _CLAUSE.split(text.rstrip(" .!\u3002"))
    return (-1 if len(clauses) == 1 else 0), key_of(rest, its)
