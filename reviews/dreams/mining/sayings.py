"""Sentences in which a person says what they want of agents, with their places.

Cheap and generous: what is only about this case is left out where that can be seen;
whether the rest means anything is decided by how many people say it.
"""

import re
from collections.abc import Iterator, Sequence

import msgspec

from reviews.dreams.mining.cues import Cues, languages
from reviews.dreams.mining.stems import key_of
from reviews.traces.steps import Step

# A longer message is pasted: a plan, a log, a page. People ask for habits in few words.
_LONGEST_MESSAGE = 1_500
_SHORTEST, _LONGEST = 3, 32  # words
# The apostrophe of typesetters: cues are written with the other one.
_CURLED = "\N{RIGHT SINGLE QUOTATION MARK}"
_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?=\w)[^.!?\n]*)*[.!?]*")
# Hooks, commands and what a client wraps around them: nobody typed it.
_NOT_TYPED = re.compile(
    r"\s*(?:[</#`|\[{]|caveat:|this session is being)", re.IGNORECASE
)
# Codes, numbers, addresses, paths, code: one case's, unless it is said for good.
_PARTICULAR = re.compile(r"\d{3,}|[A-Z]\w*\d|\w@\w|://|[\w.-]+/[\w.-]+|[{}<>=;]|\w\(\)")


# A thing with a name of its own: in backticks, or written like one.
_NAMED = re.compile(
    r"`([^`\n]{3,60})`|\b(?:\w+[-_.])+\w+\b|\b[a-z]+[A-Z]\w+\b|\b[A-Z][a-z]+[A-Z]\w+\b"
)


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


def said(steps: Sequence[Step]) -> Iterator[Said]:
    """Every sentence of a run in which a person may be asking for a habit."""
    for step, start, end in _sentences(steps):
        one = _read(step, start, end)
        if one is not None:
            yield one


def gone(steps: Sequence[Step]) -> Iterator[tuple[str, Step, int, int]]:
    """Every named thing of which a person says that it is no more, with the sentence."""
    for step, start, end in _sentences(steps):
        text = step.text[start:end].replace(_CURLED, "'")
        if text.endswith("?") or len(text.split()) > _LONGEST:
            continue
        if any(cues.obsolete.search(text) for cues in languages()):
            for name in dict.fromkeys(
                found.group(1) or found.group() for found in _NAMED.finditer(text)
            ):
                yield name, step, start, end


def rule_of(sentence: str) -> str:
    """A sentence as a rule: without what was said to get a word in."""
    text = " ".join(sentence.split()).rstrip(" .!,;:")
    for cues in languages():
        for _ in range(3):
            text = cues.lead_out.sub("", cues.lead_in.sub("", text)).strip(" ,;:")
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _sentences(steps: Sequence[Step]) -> Iterator[tuple[Step, int, int]]:
    """What people typed, sentence by sentence."""
    for step in steps:
        if step.kind != "message" or step.actor != "person":
            continue
        if len(step.text) > _LONGEST_MESSAGE or _NOT_TYPED.match(step.text):
            continue
        for found in _SENTENCE.finditer(step.text):
            yield step, *_trimmed(step.text, found.start(), found.end())


def _read(step: Step, start: int, end: int) -> Said | None:
    text = step.text[start:end].replace(_CURLED, "'")
    if text.endswith("?") or not _SHORTEST <= len(text.split()) <= _LONGEST:
        return None
    for cues in languages():
        standing = cues.standing.search(text) is not None
        if cues.passing.search(text) and not (standing and _is_firm(cues, text)):
            continue
        if not standing and (
            _PARTICULAR.search(text) or not cues.directive.search(text)
        ):
            continue
        key = key_of(text)
        if key:
            return Said(step, start, end, key, standing, *_leaning(cues, text))
    return None


def _is_firm(cues: Cues, text: str) -> bool:
    """Whether a lead-in alone made it look as if it were said in passing."""
    bare = cues.lead_in.sub("", text)
    return bare != text and not cues.passing.search(bare)


def _leaning(cues: Cues, text: str) -> tuple[int, tuple[str, ...]]:
    """Whether it is wanted (1), not wanted (-1) or both (0), and what is not."""
    turns = list(cues.negation.finditer(text))
    if not turns:
        return 1, ()
    if len(turns) > 1 or cues.softening.search(text):
        return 0, ()
    rest = re.split(r"[,;:]", text[turns[0].end() :])[0]
    clauses = re.split(r"[,;:]", text.rstrip(" .!"))
    return (-1 if len(clauses) == 1 else 0), key_of(rest)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start].isspace() or text[start] in "-*•>"):
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
