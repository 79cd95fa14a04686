"""Decide about a proposal."""

import argparse
from collections.abc import Callable
from pathlib import Path

from reviews.audit.actors import Actor
from reviews.errors import Invalid
from reviews.management.base import (
    Report,
    Scriptable,
    find_person,
    find_proposal,
    find_team,
)
from reviews.proposals import decisions, listings, requirements, rewordings
from reviews.proposals.models import Decision, Proposal


class Command(Scriptable):
    help = "Approve, reject, send back or take back; without a hold unless asked."

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("proposal", metavar="P-12")
        parser.add_argument("verb", choices=sorted(VERBS))
        parser.add_argument("--by", required=True, metavar="USER")
        parser.add_argument("--reason", default="")
        parser.add_argument(
            "--ground",
            default="",
            choices=list(requirements.GROUNDS | requirements.WISHES),
            help="of a rejection, or what should be different",
        )
        parser.add_argument(
            "--text", metavar="FILE", help="approve these words instead"
        )
        parser.add_argument(
            "--position", type=int, help="the operation that --text is for"
        )
        parser.add_argument(
            "--only", type=int, nargs="+", metavar="N", help="only these operations"
        )
        parser.add_argument(
            "--bound", help="what was looked at, as `proposals --json` prints it"
        )
        parser.add_argument("--hold", type=int, default=0, metavar="SECONDS")

    def act(self, options: argparse.Namespace) -> Report:
        team = find_team(options.team)
        proposal = find_proposal(options.proposal, team)
        by = find_person(options.by, team, "decide")
        decision = VERBS[options.verb](proposal, by, options)
        facts = {"id": proposal.name, "state": proposal.state}
        if decision is None:
            needed = requirements.situation_of(proposal)
            sentence = (
                f"{by.name} approves {proposal}; "
                f"{len(needed.approvers)} of {requirements.approvers_needed(needed)} "
                "approvals are there."
            )
            return Report([sentence], facts | {"decision": None})
        done = decision.state != Decision.State.FAILED
        facts |= listings.decision(decision)
        return Report([_sentence(decision)], facts, done=done)


def _approve(
    proposal: Proposal, by: Actor, options: argparse.Namespace
) -> Decision | None:
    if options.text is None:
        return decisions.approve(
            proposal,
            by=by,
            reason=options.reason,
            included=options.only,
            bound=options.bound,
            hold=options.hold,
        )
    return decisions.edit_and_approve(
        proposal,
        texts={_position(proposal, options.position): _text(options.text)},
        by=by,
        reason=options.reason,
        included=options.only,
        bound=options.bound,
        hold=options.hold,
    )


def _reject(proposal: Proposal, by: Actor, options: argparse.Namespace) -> Decision:
    return decisions.reject(
        proposal, by=by, reason=options.reason, ground=options.ground
    )


def _request(proposal: Proposal, by: Actor, options: argparse.Namespace) -> Decision:
    return decisions.request_changes(
        proposal, by=by, reason=options.reason, wish=options.ground
    )


def _withdraw(proposal: Proposal, by: Actor, options: argparse.Namespace) -> Decision:
    return decisions.withdraw(proposal, by=by, reason=options.reason)


VERBS: dict[str, Callable[..., Decision | None]] = {
    "approve": _approve,
    "reject": _reject,
    "request-changes": _request,
    "withdraw": _withdraw,
}


def _position(proposal: Proposal, chosen: int | None) -> int:
    """The operation that is worded anew: the one that there is, or the chosen one."""
    if chosen is not None:
        return chosen
    rows = proposal.operations.filter(kind__in=rewordings.REWORDABLE)
    positions = list(rows.values_list("position", flat=True))
    if len(positions) != 1:
        raise Invalid("Say with --position which operation the text is for.")
    return positions[0]


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip("\n")
    except OSError as failure:
        raise Invalid(f"{file} cannot be read: {failure.strerror}.") from failure
    except UnicodeDecodeError as failure:
        raise Invalid(f"{file} is not UTF-8 text.") from failure


def _sentence(decision: Decision) -> str:
    proposal, name = decision.proposal, decision.by.partition(":")[2]
    if decision.state == Decision.State.FAILED:
        return f"{proposal} was approved but not applied: {decision.note}"
    if decision.state == Decision.State.HELD:
        return f"{name} approved {proposal}; it applies at {decision.applies_at:%H:%M:%S} UTC."
    if decision.version is not None:
        note = f" {decision.note}" if decision.note else ""
        return f"{name} approved {proposal}: version {decision.version.number}.{note}"
    if decision.state == Decision.State.WITHDRAWN:
        return f"The approval of {proposal} was taken back."
    return f"{proposal}: {Decision.Verb(decision.verb).label.lower()} by {name}."
