"""Whether memory says it already: a team must not be sold its own rules.

A candidate is taken apart into claims. A rule says a claim when it holds the same names as
whole words, and enough of the other words. `Read` does not cover `ReadTemporary`. What is
told in part is completed where it stands, what is not told at all is a new rule.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

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


class Claim(msgspec.Struct, frozen=True):
    """One thing that a candidate says, which a memory may say already."""

    names: tuple[str, ...]
    stems: frozenset[str]


class Told(msgspec.Struct, frozen=True):
    """What memory says of a candidate: the rule that says most of it, and what is missing."""

    rule: Rule | None = None
    missing: tuple[Claim, ...] = ()

    @property
    def all_of_it(self) -> bool:
        return self.rule is not None and not self.missing


def told(candidate: Candidate, rules: Sequence[Rule], limits: Thresholds) -> Told:
    """Hold each claim of a candidate against memory."""
    if candidate.known_by:
        for rule in rules:
            if candidate.known_by.search(rule.text):
                return Told(rule)
    if candidate.stems:
        return Told(_about(candidate, rules, limits))
    if candidate.spread:
        return _in_steps(candidate, rules)
    weights = _weights(candidate.entities, rules)
    told_by = {
        claim: next(
            (rule for rule in rules if _says(rule, claim, candidate, weights, limits)),
            None,
        )
        for claim in _claims(candidate)
    }
    known = [rule for rule in told_by.values() if rule]
    missing = tuple(claim for claim, rule in told_by.items() if rule is None)
    return Told(known[0], missing) if known else Told()


def covering(
    candidate: Candidate, rules: Iterable[Rule], limits: Thresholds
) -> Rule | None:
    """The rule of the head that says all of it already, if there is one."""
    found = told(candidate, list(rules), limits)
    return found.rule if found.all_of_it else None


def _claims(candidate: Candidate) -> list[Claim]:
    """A candidate taken apart: an order for each tool that is refused, else as a whole."""
    wanted = stems(_without_names(candidate))
    if candidate.kind == "order":
        first = candidate.entities[0]
        return [Claim((first, tool), wanted) for tool in candidate.tools]
    return [Claim(candidate.entities, wanted)]


def _weights(names: Iterable[str], rules: Sequence[Rule]) -> dict[str, float]:
    """How telling each name is: little where many rules hold it."""
    total = len(rules) + 1
    return {
        name: 1 + math.log(total / (1 + sum(mentions(one.text, name) for one in rules)))
        for name in names
    }


def _says(
    rule: Rule,
    claim: Claim,
    candidate: Candidate,
    weights: Mapping[str, float],
    limits: Thresholds,
) -> bool:
    held = [name for name in claim.names if mentions(rule.text, name)]
    weight, whole = (
        sum(weights.get(name, 1.0) for name in names) for names in (held, claim.names)
    )
    if weight < limits.covered_names * whole:
        return False
    if candidate.named or not claim.stems:
        return len(held) == len(claim.names)
    return len(claim.stems & stems(rule.text)) >= limits.covered_share * len(
        claim.stems
    )


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


def _in_steps(candidate: Candidate, rules: Sequence[Rule]) -> Told:
    """The one memory that names the most steps of a procedure, with its anchor.

    They may stand in several rules; the one that names the most of them is the rule.
    """
    anchor, steps = candidate.entities[-1], candidate.entities[:-1]
    best = Told()
    for path in sorted({rule.path for rule in rules}):
        its = [rule for rule in rules if rule.path == path]
        if not any(mentions(rule.text, anchor) for rule in its):
            continue
        missing = tuple(
            Claim((step, anchor), frozenset())
            for step in steps
            if not any(mentions(rule.text, step) for rule in its)
        )
        if len(missing) < len(steps) and (
            best.rule is None or len(missing) < len(best.missing)
        ):
            names = candidate.entities
            rule = max(its, key=lambda one: sum(mentions(one.text, n) for n in names))
            best = Told(rule, missing)
    # An edit needs one rule that speaks of the anchor; else its steps are a rule of their own.
    if best.missing and best.rule and not mentions(best.rule.text, anchor):
        return Told()
    return best


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
