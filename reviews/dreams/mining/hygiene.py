"""Hygiene: rules of the head that say the same thing twice, or that people call obsolete.

Rules are only ever compared with rules that the same agents read. A doubtful case is
listed for people and not proposed: two rules may look alike and mean different things.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import msgspec
from rapidfuzz import fuzz

from reviews.dreams.engines import Refusal, Rule
from reviews.dreams.mining import cues, quotation, staleness, wording
from reviews.dreams.mining.extraction import Recurrence, Tally
from reviews.dreams.mining.novelty import mentions
from reviews.dreams.mining.staleness import Stale
from reviews.dreams.mining.stems import key_of
from reviews.dreams.mining.thresholds import Thresholds
from reviews.memory import folders
from reviews.proposals import flags
from reviews.proposals.drafts import Draft, DraftOperation

# Names and numbers in a rule: two rules that differ in them differ.
_IDENTIFIER = re.compile(r"`[^`]+`|\b\w*[A-Z]\w*[A-Z_]\w*\b|\b\w+_\w+\b|\d+(?:\.\d+)?")
_LETTERS = re.compile(r"[^\W\d_]+")
_SPACE = re.compile(r"\s+")
# A stem that so many rules share does not bring two of them together.
_COMMON = 50


class Entry(msgspec.Struct, frozen=True):
    """A rule of the head with what it is about."""

    rule: Rule
    key: frozenset[str]
    names: frozenset[str]
    plain: str


def drafts(
    rules: Sequence[Rule], counted: Tally, limits: Thresholds
) -> tuple[list[Draft], list[Refusal]]:
    """Deletions to propose, surest first, and pairs that people should look at."""
    entries = [_entry(rule) for rule in rules if rule.id]
    made = [
        *_duplicates(entries, limits),
        *_obsolete(entries, counted, limits),
        *(_stale(one) for one in staleness.stale(rules, counted, limits)),
    ]
    unique = {draft.operations[0].rule: draft for draft in reversed(made)}
    kept = sorted(unique.values(), key=lambda one: (-one.confidence, one.fingerprint))
    doubtful = [*_conflicts(entries, limits), *staleness.doubtful(rules)]
    return kept[: limits.hygiene], doubtful


def _entry(rule: Rule) -> Entry:
    plain = _SPACE.sub(" ", rule.text).strip().rstrip(".").lower()
    names = frozenset(
        found.strip("`").lower() for found in _IDENTIFIER.findall(rule.text)
    )
    return Entry(rule, frozenset(key_of(rule.text)), names, plain)


# The same thing twice


def _duplicates(entries: Sequence[Entry], limits: Thresholds) -> Iterator[Draft]:
    """For each rule that another one makes needless, its deletion."""
    gone: set[str] = set()
    for one, other in _pairs(entries):
        alike = _alike(one, other, limits)
        if not alike:
            continue
        kept, needless = _kept(one, other)
        if needless.rule.id in gone or kept.rule.id in gone:
            continue
        gone.add(needless.rule.id)
        yield _draft(
            needless,
            kind="duplicate",
            title=f"Delete what {kept.rule.path} says already: {_short(needless.rule.text)}",
            because=f"{kept.rule.path} has it{_under(kept.rule)}: {_short(kept.rule.text)}",
            identity=sorted((one.plain, other.plain)),
            trigger={"duplicate": f"{kept.rule.id} {needless.rule.id}"},
            confidence=0.9 if alike == "equal" else 0.7,
        )


def _alike(one: Entry, other: Entry, limits: Thresholds) -> str:
    if one.plain == other.plain:
        return "equal" if len(one.plain.split()) >= limits.duplicate_words else ""
    if one.names != other.names or _polarity(one) != _polarity(other):
        return ""
    fewest = min(len(one.key), len(other.key))
    if fewest < limits.duplicate_stems:
        return ""
    shared = len(one.key & other.key)
    similar = fuzz.token_sort_ratio(one.plain, other.plain)
    if shared >= limits.duplicate_jaccard * len(one.key | other.key):
        return "near" if similar >= limits.duplicate_ratio else ""
    contained = shared >= limits.duplicate_within * fewest
    wording_too = fuzz.token_set_ratio(one.plain, other.plain)
    return "within" if contained and wording_too >= limits.duplicate_set_ratio else ""


def _kept(one: Entry, other: Entry) -> tuple[Entry, Entry]:
    """Which of two stays: what says more, else what stands where everybody reads it."""
    ranked = sorted(
        (one, other),
        key=lambda each: (
            -len(each.key),
            each.rule.path.count("/"),
            each.rule.path,
            each.rule.id,
        ),
    )
    return ranked[0], ranked[1]


# What people call obsolete


def _obsolete(
    entries: Sequence[Entry], counted: Tally, limits: Thresholds
) -> Iterator[Draft]:
    """Rules that name something of which a person said that it is no more."""
    for name, heard in sorted(counted.obsolete.items()):
        holding = [one for one in entries if mentions(one.rule.text, name)]
        if not holding or len(holding) > limits.obsolete_rules:
            continue
        for one in holding:
            yield _gone(one, name, heard, limits)


def _gone(one: Entry, name: str, heard: Recurrence, limits: Thresholds) -> Draft:
    said = min(heard.texts, key=lambda text: (len(text), text))
    support = heard.support
    quotes = tuple(
        quotation.quote(run, run.spans[0], "for")
        for run in support.quotable(limits.quotes)
    )
    draft = _draft(
        one,
        kind="stale",
        title=f"Delete a rule about {wording.code(name)}, which is said to be gone: {_short(one.rule.text)}",
        because=f"{max(1, support.people)} {'person' if support.people < 2 else 'people'} said so: “{said}”",
        identity=(name, one.plain),
        trigger={"obsolete": name},
        confidence=0.5,
    )
    numbers = {
        "runs": len(support.runs), "groups": len(support.groups),
        "people": support.people, "agents": support.agents,
    }  # fmt: skip
    return msgspec.structs.replace(draft, quotes=quotes, counts=numbers)


def _stale(one: Stale) -> Draft:
    parts = ("hygiene", "outdated", *one.identity)
    draft = Draft(
        fingerprint=hashlib.sha256("\0".join(parts).encode()).hexdigest(),
        family="hygiene", kind="outdated", title=f"{one.title}: {_short(one.rule.text)}"[:290],
        operations=(one.operation,), because=one.because, counts=one.counts,
        confidence=one.confidence, impact=1.0, trigger=one.trigger,
    )  # fmt: skip
    return msgspec.structs.replace(draft, flags=flags.screen(draft, ""))


# What may contradict


def _conflicts(entries: Sequence[Entry], limits: Thresholds) -> Iterator[Refusal]:
    """Rules under one heading that say nearly the same, one of them with a not."""
    for one, other in _pairs(entries):
        if one.rule.heading != other.rule.heading or one.rule.path != other.rule.path:
            continue
        shared = len(one.key & other.key)
        if min(len(one.key), len(other.key)) < limits.conflict_stems:
            continue
        if shared < limits.conflict_jaccard * len(one.key | other.key):
            continue
        if not (
            _polarity(one) != _polarity(other)
            or _differ_in_numbers(one, other)
            or _are_opposed(one, other)
        ):
            continue
        yield Refusal(
            statement=f"{_short(one.rule.text)} / {_short(other.rule.text)}",
            code="possible-conflict",
            reason=f"Both stand in {one.rule.path} and may contradict each other: for people to read.",
            family="hygiene",
            kind="contradiction",
            counts={"groups": limits.groups},
        )


def _differ_in_numbers(one: Entry, other: Entry) -> bool:
    numbers = [
        {name for name in each.names if name[:1].isdigit()} for each in (one, other)
    ]
    return bool(numbers[0]) and bool(numbers[1]) and numbers[0] != numbers[1]


def _are_opposed(one: Entry, other: Entry) -> bool:
    """Whether one says a word and the other its opposite."""
    ours, theirs = (set(_LETTERS.findall(each.plain)) for each in (one, other))
    return any(
        (first in ours and second in theirs and first not in theirs)
        or (second in ours and first in theirs and second not in theirs)
        for first, second in cues.of(one.rule.text).opposites
    )


def _polarity(one: Entry) -> bool:
    """Whether a rule forbids."""
    text = one.rule.text
    return len(cues.of(text).negation.findall(text)) % 2 == 1


# Shared


def _pairs(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Pairs of one folder that share a telling stem or all their words, in order."""
    holders: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for number, one in enumerate(entries):
        for stem in {*one.key, one.plain}:
            holders[folders.holding(one.rule.path), stem].append(number)
    shared: set[tuple[int, int]] = set()
    for held in holders.values():
        if len(held) <= _COMMON:
            shared.update(combinations(held, 2))
    for first, then in sorted(shared):
        yield entries[first], entries[then]


def _draft(
    one: Entry,
    *,
    kind: str,
    title: str,
    because: str,
    identity: Iterable[str],
    trigger: dict[str, str],
    confidence: float,
) -> Draft:
    rule = one.rule
    parts = ("hygiene", kind, *identity)
    draft = Draft(
        fingerprint=hashlib.sha256("\0".join(parts).encode()).hexdigest(),
        family="hygiene",
        kind=kind,
        title=title[:290],
        operations=(
            DraftOperation(
                kind="delete", path=rule.path, heading=rule.heading, rule=rule.id,
                before=rule.text,
            ),
        ),
        because=because,
        confidence=confidence,
        impact=1.0,
        trigger=trigger,
    )  # fmt: skip
    return msgspec.structs.replace(draft, flags=flags.screen(draft, ""))


def _short(text: str) -> str:
    words = " ".join(text.split())
    return f"“{words[:120]}{'…' if len(words) > 120 else ''}”"


def _under(rule: Rule) -> str:
    return f" under “{rule.heading[-1]}”" if rule.heading else ""
