"""Whether memory says it already: a team must not be sold its own rules.

A rule of the head covers a candidate when it holds the same names as whole words, and
enough of the other words. `Read` does not cover `ReadTemporary`.
"""

import re
from collections.abc import Iterable

from reviews.dreams.engines import Head, Rule
from reviews.dreams.mining.candidates import Candidate
from reviews.dreams.mining.stems import key_of
from reviews.dreams.mining.thresholds import Thresholds
from reviews.memory.rules import split
from reviews.memory.stems import stem

_WORD = re.compile(r"[a-z]{3,}")
_STOP = frozenset({
    "when", "you", "the", "and", "for", "with", "that", "this", "its", "from",
    "before", "after", "otherwise", "answers", "answer", "call", "called",
    "calls", "pass", "use", "are", "not", "one", "will", "what", "which", "then",
    "them", "they", "there", "here", "must", "should", "never", "always", "first",
    "it's", "into", "your", "any", "all", "has", "have", "been", "was", "were",
    "than", "only", "also",
})  # fmt: skip


def stems(text: str) -> frozenset[str]:
    """The content words of a text, without their endings."""
    words = _WORD.findall(text.lower().replace("_", " "))
    return frozenset(stem(word) for word in words if word not in _STOP)


def covering(
    candidate: Candidate, rules: Iterable[Rule], limits: Thresholds
) -> Rule | None:
    """The rule of the head that says it already, if there is one."""
    if candidate.known_by:
        rules = list(rules)
        for rule in rules:
            if candidate.known_by.search(rule.text):
                return rule
    if candidate.stems:
        return _about(candidate, rules, limits)
    if candidate.spread:
        return _told_in_steps(candidate, list(rules))
    wanted = stems(_without_names(candidate))
    for rule in rules:
        if not all(mentions(rule.text, name) for name in candidate.entities):
            continue
        if candidate.named or not wanted:
            return rule
        if len(wanted & stems(rule.text)) >= limits.covered_share * len(wanted):
            return rule
    return None


def _about(
    candidate: Candidate, rules: Iterable[Rule], limits: Thresholds
) -> Rule | None:
    """The rule that holds what a wish is about, and enough of its other words."""
    wanted = frozenset(key_of(candidate.text)) | frozenset(candidate.stems)
    for rule in rules:
        known = frozenset(key_of(rule.text))
        if not frozenset(candidate.stems) <= known:
            continue
        if len(wanted & known) >= limits.covered_share * len(wanted):
            return rule
    return None


def _told_in_steps(candidate: Candidate, rules: list[Rule]) -> Rule | None:
    """A rule of the one memory that names every step, in one rule or in several."""
    for path in sorted({rule.path for rule in rules}):
        its = [rule for rule in rules if rule.path == path]
        naming = [
            next((rule for rule in its if mentions(rule.text, name)), None)
            for name in candidate.entities
        ]
        if naming and all(naming):
            return naming[0]
    return None


def mentions(text: str, name: str) -> bool:
    """Whether a text holds a name as a whole word; capitals count where the name has some."""
    flags = 0 if name != name.lower() else re.IGNORECASE
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, flags) is not None


def rules_of(head: Head) -> list[Rule]:
    """The rules of a head; where it names none of a memory, they are read from its text."""
    known = list(head.rules)
    paths = {rule.path for rule in known}
    for path in sorted(head.texts.keys() - paths):
        known.extend(
            Rule(id=rule.id, path=path, heading=rule.heading, text=rule.text)
            for rule in split(head.texts[path])
        )
    return known


def _without_names(candidate: Candidate) -> str:
    return re.sub(r"`[^`]*`", " ", candidate.text)
