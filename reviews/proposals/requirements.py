"""What it takes to decide: approvers by risk, reasons, and nobody alone on their own.

``check_…`` refuses in a sentence. Only ``situation_of`` asks the database; whoever knows
the situation already, as a page does, asks the rules without it.
"""

from typing import Any

import msgspec
from django.db import connection

from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid, NotAllowed
from reviews.proposals.models import Proposal
from reviews.teams import roles

Risk = Proposal.Risk
GROUNDS = {
    "wrong": "What it advises is wrong",
    "false-pattern": "There is no such pattern",
    "not-worth-it": "It is not worth a rule",
    "too-broad": "It is too broad",
    "not-durable": "It will not last",
    "private": "It is private",
    "duplicate": "It is there already",
    "unsafe": "It is unsafe",
    "other": "Another reason",
}
# What a proposal can be asked to change, in a form that every engine can follow.
WISHES = {
    "scope": "It should hold for fewer",
    "place": "It belongs elsewhere",
    "wording": "It should say it in other words",
    "evidence": "It needs more evidence",
    "other": "Something else",
}
# Where memory is full, whoever adds to it says what that replaces.
OUTGROWS = "over-budget"
# Flags that nobody can approve away: every agent would read it at once.
BLOCKING = frozenset({"secret"})


# Asked with every approval, so written out.
_SITUATION = """
SELECT ARRAY(
        SELECT a.by FROM reviews_approval a
        WHERE a.proposal_id = %(proposal)s AND a.wording = %(wording)s
            AND a.void_at IS NULL
        ORDER BY a.id),
    (SELECT count(*) FROM reviews_comment c
        WHERE c.proposal_id = %(proposal)s AND c.thread_id IS NULL
            AND c.resolved_at IS NULL),
    CASE WHEN %(grave)s THEN (
        SELECT count(*) FROM reviews_membership m JOIN reviews_user u ON u.id = m.user_id
        WHERE m.team_id = %(team)s AND m.role = ANY(%(roles)s) AND u.is_active)
    ELSE 1 END,
    CASE WHEN %(grave)s THEN (
        SELECT w.by FROM reviews_wording w
        WHERE w.proposal_id = %(proposal)s AND w.number = %(wording)s)
    ELSE '' END
"""


class ReasonMissing(Invalid):
    """Such a decision needs a reason."""

    code = "reason-missing"


class SplitFirst(DomainError):
    """What two people have to approve cannot be approved in part; split it first."""

    code = "split-first"


class PeopleDecide(NotAllowed):
    """Two people have to approve it; no policy can."""

    code = "people-decide"


class Blocked(DomainError):
    """Something in it has to be put right before anybody can approve it."""

    code = "blocked"


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules need to know of a proposal and its team."""

    risk: str
    # How many people of the team may decide.
    deciders: int = 1
    # Who wrote the newest wording, as actors are written; empty where it is all one.
    author: str = ""
    # Who has approved the newest wording.
    approvers: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    # Threads that nobody has resolved.
    open_threads: int = 0


def situation_of(proposal: Proposal) -> Situation:
    """The situation of one proposal; what only high risk asks for is asked only then."""
    asked: dict[str, Any] = {
        "proposal": proposal.pk,
        "wording": proposal.wording,
        "grave": proposal.risk == Risk.HIGH,
        "team": proposal.store.team_id,
        "roles": roles.allowed("decide"),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SITUATION, asked)
        approvers, threads, deciders, author = cursor.fetchone()
    return Situation(
        risk=proposal.risk,
        deciders=deciders,
        author=author,
        approvers=tuple(approvers),
        flags=tuple(proposal.flags),
        open_threads=threads,
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
    if BLOCKING & set(situation.flags):
        raise Blocked("It looks as if it held a secret: edit that out first.")
    if reason.strip():
        return
    if situation.risk == Risk.HIGH:
        raise ReasonMissing("The risk is high: say why you approve.", field="reason")
    if OUTGROWS in situation.flags:
        raise ReasonMissing(
            "The store outgrows its token budget: say what this replaces, or delete "
            "something first.",
            field="reason",
        )
    if situation.open_threads:
        raise ReasonMissing(
            f"{counted(situation.open_threads)} open: resolve what is open, or say why "
            "you approve all the same.",
            field="reason",
        )


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


def counted(threads: int) -> str:
    """One thread is, two threads are."""
    return "1 thread is" if threads == 1 else f"{threads} threads are"
