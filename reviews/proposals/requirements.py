"""What it takes to decide: approvers by risk, reasons, and nobody alone on their own.

Pure, and asked in pairs: ``check_…`` refuses in a sentence, ``can_…`` only answers.
"""

from typing import NamedTuple

import msgspec

from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid, NotAllowed
from reviews.proposals.models import Approval, Proposal
from reviews.teams import roles
from reviews.teams.models import Membership

Risk = Proposal.Risk
GROUNDS = {
    "wrong": "It is wrong",
    "too-broad": "It is too broad",
    "not-durable": "It will not last",
    "private": "It is private",
    "duplicate": "It is there already",
    "unsafe": "It is unsafe",
    "other": "Another reason",
}
# What a proposal can be asked to change, in a form that every engine can follow.
WISHES = {
    "scope": "Another scope",
    "place": "Another place",
    "wording": "Other words",
    "evidence": "More evidence",
    "other": "Something else",
}


class ReasonMissing(Invalid):
    """Such a decision needs a reason."""

    code = "reason-missing"


class SplitFirst(DomainError):
    """What two people have to approve cannot be approved in part."""

    code = "split-first"


class PeopleDecide(NotAllowed):
    """Two people have to approve it; no policy can."""

    code = "people-decide"


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules need to know of a proposal and its team."""

    risk: str
    # How many people of the team may decide.
    deciders: int = 1
    # Who wrote the newest wording, as actors are written; empty where it is all one.
    author: str = ""
    # Who has approved the newest wording.
    approvers: tuple[str, ...] = ()


class Requirement(NamedTuple):
    """One thing it takes, whether it is there, and the sentence that says so."""

    name: str
    met: bool
    sentence: str


def situation_of(proposal: Proposal) -> Situation:
    """The situation of one proposal; what only high risk asks for is asked only then."""
    approvals = Approval.objects.filter(
        proposal=proposal, wording=proposal.wording, void_at__isnull=True
    )
    approvers = tuple(approvals.order_by("pk").values_list("by", flat=True))
    if proposal.risk != Risk.HIGH:
        return Situation(risk=proposal.risk, approvers=approvers)
    wording = proposal.wordings.filter(number=proposal.wording)
    deciders = Membership.objects.filter(
        team=proposal.store.team_id,
        role__in=[role for role in roles.LADDER if roles.allows(role, "decide")],
        user__is_active=True,
    )
    return Situation(
        risk=proposal.risk,
        deciders=deciders.count(),
        author=wording.values_list("by", flat=True).get(),
        approvers=approvers,
    )


def approvers_needed(situation: Situation) -> int:
    """One; two for high risk, once the team has two people who may decide."""
    return 2 if situation.risk == Risk.HIGH and situation.deciders >= 2 else 1


def is_enough(situation: Situation) -> bool:
    """Whether those who have approved may settle it."""
    return len(set(situation.approvers)) >= approvers_needed(situation)


def check_approve(
    situation: Situation, by: Actor, reason: str, *, whole: bool = True
) -> None:
    """Refuse an approval that lacks its reason, or that this actor cannot give."""
    check_decider(by)
    two = approvers_needed(situation) > 1
    if two and by.kind != "person":
        raise PeopleDecide
    if two and not whole:
        raise SplitFirst
    if situation.risk == Risk.HIGH and not reason.strip():
        raise ReasonMissing("The risk is high: say why you approve.", field="reason")


def can_approve(situation: Situation, by: Actor, reason: str = "because") -> bool:
    """Whether this actor's approval would be taken."""
    try:
        check_approve(situation, by, reason)
    except DomainError:
        return False
    return True


def check_decider(by: Actor) -> None:
    """Refuse programs that decide in their own name: they may only propose."""
    if by.kind not in {"person", "policy"}:
        raise NotAllowed("Only people and policies decide about proposals.")


def check_reject(reason: str, ground: str) -> None:
    """Refuse a rejection without a reason, or on a ground that nobody knows."""
    check_reason(reason, "Say why you reject it: dreams and colleagues will read it.")
    if ground and ground not in GROUNDS:
        raise Invalid(f"“{ground}” is no ground for a rejection.", field="ground")


def check_reason(reason: str, sentence: str) -> None:
    """Refuse an empty reason."""
    if not reason.strip():
        raise ReasonMissing(sentence, field="reason")


def panel(situation: Situation) -> tuple[Requirement, ...]:
    """What a page shows of it, met or not."""
    needed, given = approvers_needed(situation), len(set(situation.approvers))
    people = "1 approval" if needed == 1 else f"{needed} approvals"
    found = [
        Requirement("approvals", given >= needed, f"{people} needed, {given} given")
    ]
    if situation.risk == Risk.HIGH:
        found.append(
            Requirement("reason", met=True, sentence="A reason is needed: high risk")
        )
    if needed > 1:
        by = situation.author.partition(":")[2] or "its author"
        others = set(situation.approvers) - {situation.author}
        found.append(
            Requirement(
                "somebody-else", bool(others), f"Approved by somebody other than {by}"
            )
        )
    return tuple(found)
