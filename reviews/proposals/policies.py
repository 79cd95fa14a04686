"""Whether a policy would decide: pure matching of conditions over frozen facts.

Policies are asked in their order and the last row is always "everything else: manual".
A fact that a proposal does not have is unknown, and unknown never approves. Hard bars
stand above every policy.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, Literal

import msgspec

from reviews.errors import Invalid
from reviews.proposals.flags import BARRED

type Facts = Mapping[str, Any]
type Truth = bool | None  # None: unknown

OPERATORS = ("is", "in", "none-of", "any-of", "at-least", "at-most", "matches")
LIMITS = ("per_day", "max_operations", "hold_seconds", "sample", "expires_on")
BARS = {
    **{name: f"It carries the flag “{name}”." for name in sorted(BARRED)},
    "no-person-said-it": "Its evidence is only what tools or web pages said.",
    "no-evidence": "Nothing is quoted for it.",
    "too-many-deletions": "It deletes more than the store lets a policy delete.",
    "returned": "It was turned down before.",
    "two-people": "Two people have to approve it.",
    "kill-switch": "The kill switch was on.",
}
MANUAL = "Everything else: manual."


class Condition(msgspec.Struct, frozen=True):
    """One comparison of one fact; lists are compared member by member."""

    field: str
    operator: Literal["is", "in", "none-of", "any-of", "at-least", "at-most", "matches"]
    value: Any


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One policy as it stands when a proposal comes."""

    name: str
    version: str
    active: bool
    # Any of these groups, all of a group's conditions.
    conditions: tuple[tuple[Condition, ...], ...]
    limits: Mapping[str, Any] = {}
    used_today: int = 0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one policy said, and why not if it did not match."""

    name: str
    version: str
    active: bool
    matched: bool
    why_not: str = ""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What all of them came to; ``version`` is empty for the last row, manual.

    In shadow, ``approves`` says what would have come of it.
    """

    approves: bool
    shadow: bool
    version: str = ""
    bars: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()


def judge(facts: Facts, policies: Sequence[Asked], *, today: date) -> Judgement:
    """Ask every policy in order: the first active one that matches decides.

    Only where none does, the first match in shadow says what would have been.
    """
    answers = tuple(_answer(policy, facts, today) for policy in policies)
    matched = [answer for answer in answers if answer.matched]
    first = next((a for a in matched if a.active), matched[0] if matched else None)
    found = bars(facts)
    return Judgement(
        approves=first is not None and not found,
        shadow=first is None or not first.active,
        version=first.version if first else "",
        bars=found,
        answers=answers,
    )


def bars(facts: Facts) -> tuple[str, ...]:
    """What no policy can lift, by name."""
    found = [name for name in facts.get("flags", ()) if name in BARRED]
    voices = set(facts.get("voices", ()))
    if not voices:
        found.append("no-evidence")
    elif voices <= {"tool", "web"}:
        found.append("no-person-said-it")
    if facts.get("deletions", 0) > facts.get("deletion_limit", 0):
        found.append("too-many-deletions")
    if facts.get("returned", True):
        found.append("returned")
    if facts.get("approvers", 2) > 1:
        found.append("two-people")
    return tuple(found)


def read(conditions: Any) -> tuple[tuple[Condition, ...], ...]:
    """Conditions from data, or the refusal that says what is wrong with them."""
    try:
        found = msgspec.convert(conditions, tuple[tuple[Condition, ...], ...])
    except msgspec.ValidationError as wrong:
        raise Invalid(f"These conditions cannot be read: {wrong}") from wrong
    if not found or not all(found):
        # An empty group would match everything.
        raise Invalid("A policy needs at least one condition in every group.")
    return found


def matches(conditions: Sequence[Sequence[Condition]], facts: Facts) -> Truth:
    """Whether any group holds: true before unknown before false."""
    groups = [_all(holds(condition, facts) for condition in g) for g in conditions]
    if any(groups):
        return True
    return None if None in groups else False


def holds(condition: Condition, facts: Facts) -> Truth:
    """Whether one condition holds; unknown where the fact, or its order, is."""
    fact = facts.get(condition.field)
    if fact is None:
        return None
    members = list(fact) if isinstance(fact, (list, tuple, set, frozenset)) else [fact]
    value = condition.value
    values = value if isinstance(value, list) else [value]
    match condition.operator:
        case "is":
            return members == values
        case "in":
            return bool(members) and all(member in values for member in members)
        case "any-of":
            return any(member in values for member in members)
        case "none-of":
            return not any(member in values for member in members)
        case "matches":
            return bool(members) and all(_like(member, values) for member in members)
        case "at-least" | "at-most":
            return _compare(condition.operator, fact, value)


def _answer(policy: Asked, facts: Facts, today: date) -> Answer:
    truth = matches(policy.conditions, facts)
    why_not = ""
    if truth is None:
        why_not = f"Unknown: {', '.join(_unknown(policy.conditions, facts))}."
    elif not truth:
        why_not = "Its conditions do not hold."
    else:
        why_not = _limited(policy, facts, today)
    return Answer(
        name=policy.name,
        version=policy.version,
        active=policy.active,
        matched=not why_not,
        why_not=why_not,
    )


def _limited(policy: Asked, facts: Facts, today: date) -> str:
    """Which limit keeps a policy that matches from deciding; empty when none does."""
    limits = policy.limits
    expires = limits.get("expires_on")
    if expires and date.fromisoformat(expires) < today:
        return f"It expired on {expires}."
    most = limits.get("max_operations")
    if most is not None and facts.get("operations", most + 1) > most:
        return f"It decides about at most {most} operations at once."
    per_day = limits.get("per_day")
    if per_day is not None and policy.used_today >= per_day:
        return f"It has decided {policy.used_today} times today, and may {per_day}."
    if _is_sampled(policy, facts):
        return "A person looks at this one: it is in the sample."
    return ""


def _is_sampled(policy: Asked, facts: Facts) -> bool:
    """Whether the share that goes to people takes this one: the same one every time."""
    share = float(policy.limits.get("sample", 0))
    seed = f"{policy.version}\n{facts.get('fingerprint', '')}".encode()
    return int.from_bytes(hashlib.sha256(seed).digest()[:4]) < share * 2**32


def _all(truths: Any) -> Truth:
    found = list(truths)
    if False in found:
        return False
    return None if None in found else True


def _unknown(conditions: Sequence[Sequence[Condition]], facts: Facts) -> list[str]:
    fields = {c.field for group in conditions for c in group}
    return sorted(name for name in fields if facts.get(name) is None)


def _like(member: Any, globs: Sequence[Any]) -> bool:
    return any(fnmatchcase(str(member), str(glob)) for glob in globs)


def _compare(operator: str, fact: Any, value: Any) -> Truth:
    for number in (fact, value):
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            return None
    return bool(fact >= value if operator == "at-least" else fact <= value)
