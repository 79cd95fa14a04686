"""The requirements of a proposal as a page lists them, in six words that Gerrit gave us.

Each says whether it is met and how it could be; what is an error blocks.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from reviews.proposals import requirements
from reviews.proposals.requirements import Risk, Situation

Word = Literal[
    "SATISFIED", "UNSATISFIED", "OVERRIDDEN", "NOT_APPLICABLE", "BYPASSED", "ERROR"
]
Head = Literal["unmoved", "clean", "near", "conflict"]


class Requirement(NamedTuple):
    """One thing it takes, whether it is there, and how it could be."""

    name: str
    word: Word
    sentence: str
    how: str = ""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the list needs to know beyond the rules of approving."""

    head: Head = "unmoved"
    # The versions that came in between, by number.
    over: tuple[int, ...] = ()
    # Who has approved with a reason, as actors are written.
    reasoned: tuple[str, ...] = ()
    # The policy that decided it, if one did.
    policy: str = ""


def of(situation: Situation, facts: Facts) -> tuple[Requirement, ...]:
    """Everything that a proposal takes, whether it is there or not."""
    return (
        _approvals(situation, facts),
        _somebody_else(situation),
        _reason(situation, facts),
        _threads(situation, facts),
        _head(facts),
        _room(situation, facts),
        _secrets(situation),
        _visible(situation, facts),
    )


def in_words(numbers: Sequence[int]) -> str:
    """Versions by name: v42, v43 and v45."""
    names = [f"v{number}" for number in numbers]
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def _approvals(situation: Situation, facts: Facts) -> Requirement:
    needed = requirements.approvers_needed(situation)
    given = len(set(situation.approvers))
    words = f"{needed} approval{'s' if needed > 1 else ''}, {given} given"
    if facts.policy:
        return Requirement("approvals", "BYPASSED", words, f"{facts.policy} decided.")
    if given >= needed:
        return Requirement("approvals", "SATISFIED", words)
    rest = needed - given
    people = "One operator" if rest == 1 else f"{rest} operators"
    verb = "has" if rest == 1 else "have"
    again = " more" if given else ""
    return Requirement(
        "approvals", "UNSATISFIED", words, f"{people}{again} {verb} to approve."
    )


def _somebody_else(situation: Situation) -> Requirement:
    name = "Approved by somebody who did not word it"
    if requirements.approvers_needed(situation) < 2:
        why = "Asked for only where two people have to approve."
        return Requirement("somebody-else", "NOT_APPLICABLE", name, why)
    if set(situation.approvers) - {situation.author}:
        return Requirement("somebody-else", "SATISFIED", name)
    kind, _, by = situation.author.partition(":")
    wrote = f"{by} wrote these words" if kind == "person" else "A program wrote them"
    how = f"{wrote}: somebody else has to approve."
    return Requirement("somebody-else", "UNSATISFIED", name, how)


def _reason(situation: Situation, facts: Facts) -> Requirement:
    if situation.risk != Risk.HIGH:
        how = "Asked for only at high risk."
        return Requirement("reason", "NOT_APPLICABLE", "A reason", how)
    name = "A reason, as the risk is high"
    if situation.approvers and set(situation.approvers) <= set(facts.reasoned):
        return Requirement("reason", "SATISFIED", name)
    how = "Whoever approves says why; the dialog asks for it."
    return Requirement("reason", "UNSATISFIED", name, how)


def _threads(situation: Situation, facts: Facts) -> Requirement:
    count, name = situation.open_threads, "No open threads"
    if not count:
        return Requirement("threads", "SATISFIED", name)
    still = f"{requirements.counted(count)} open."
    if facts.reasoned:
        how = f"{still} {_names(facts.reasoned)} approved all the same, with a reason."
        return Requirement("threads", "OVERRIDDEN", name, how)
    how = f"{still} Resolve what is open, or approve with a reason."
    return Requirement("threads", "UNSATISFIED", name, how)


def _head(facts: Facts) -> Requirement:
    name, over = "Head unchanged since it was written", in_words(facts.over)
    match facts.head:
        case "unmoved":
            return Requirement("head", "SATISFIED", name)
        case "clean":
            how = f"Rebased cleanly over {over}: nothing within three lines changed."
            return Requirement("head", "SATISFIED", name, how)
        case "near":
            how = f"{over} changed lines beside it: see which, then approve what is there."
            return Requirement("head", "UNSATISFIED", name, how)
    how = f"{over} stands in its way: settle it below." if over else "Settle it below."
    return Requirement("head", "UNSATISFIED", name, how)


def _room(situation: Situation, facts: Facts) -> Requirement:
    name = "Room in the token budget"
    if requirements.OUTGROWS not in situation.flags:
        return Requirement("room", "SATISFIED", name)
    if facts.reasoned:
        how = f"It outgrows it; {_names(facts.reasoned)} said what it replaces."
        return Requirement("room", "OVERRIDDEN", name, how)
    how = "It outgrows it: say what it replaces when approving, or delete something."
    return Requirement("room", "UNSATISFIED", name, how)


def _secrets(situation: Situation) -> Requirement:
    if requirements.BLOCKING & set(situation.flags):
        how = "It blocks: edit out what looks like a secret, every agent would read it."
        return Requirement("secrets", "ERROR", "Secret scan", how)
    return Requirement("secrets", "SATISFIED", "Secret scan")


def _visible(situation: Situation, facts: Facts) -> Requirement:
    name = "No invisible characters"
    if "invisible-characters" not in situation.flags:
        return Requirement("invisible", "SATISFIED", name)
    if facts.reasoned:
        how = f"{_names(facts.reasoned)} approved them, with a reason."
        return Requirement("invisible", "OVERRIDDEN", name, how)
    how = "Edit them out, or approve them with a reason; the diff names each."
    return Requirement("invisible", "UNSATISFIED", name, how)


def _names(actors: Sequence[str]) -> str:
    return " and ".join(actor.partition(":")[2] for actor in actors)
