"""Try a proposal out on past situations: the price first, then for no more than agreed."""

import argparse
from decimal import Decimal, InvalidOperation

from reviews.dreams import replays
from reviews.dreams.models import Replay
from reviews.dreams.replays import Foreseen
from reviews.errors import Invalid
from reviews.management.base import (
    CONSOLE,
    Report,
    Scriptable,
    find_person,
    find_proposal,
    find_team,
)
from reviews.proposals.models import Proposal


class Command(Scriptable):
    help = "Say what trying a proposal out would cost; with --agree, try it out here."

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("proposal", metavar="P-12")
        parser.add_argument(
            "--agree", metavar="DOLLARS", help="try it out for no more than this"
        )
        parser.add_argument("--by", metavar="USER", help="who starts it")

    def act(self, options: argparse.Namespace) -> Report:
        team = find_team(options.team)
        proposal = find_proposal(options.proposal, team)
        if options.agree is None:
            return _price(proposal, replays.foresee(proposal))
        by = find_person(options.by, team, "dream") if options.by else CONSOLE
        replay = replays.start(
            proposal, by=by, agreed=_dollars(options.agree), here=True
        )
        replays.run(replay.pk)
        replay.refresh_from_db()
        return _outcome(proposal, replay)


def _price(proposal: Proposal, seen: Foreseen) -> Report:
    facts = {
        "id": proposal.name,
        "failing": seen.failing,
        "fine": seen.fine,
        "quoted": seen.quoted,
        "model": seen.model,
        "estimate": str(seen.ceiling),
        "left": str(seen.left),
        "problem": seen.problem,
    }
    if seen.problem:
        return Report([seen.problem], facts, done=False)
    return Report(
        [
            f"{proposal}: {seen.failing} situations in which it failed, {seen.fine} that went well.",
            f"At most ${seen.ceiling} with {seen.model}; the budget has ${seen.left:.2f} left.",
            f"Next: --agree {seen.ceiling}",
        ],
        facts,
    )


def _outcome(proposal: Proposal, replay: Replay) -> Report:
    facts = {
        "id": proposal.name,
        "state": replay.state,
        "improves": replay.improves,
        "same": replay.same,
        "breaks": replay.breaks,
        "cost": str(replay.cost),
        "problem": replay.problem,
    }
    if replay.state == Replay.State.COMPLETED:
        said = (
            f"With the rule of {proposal} {replay.improves} situations go better,"
            f" {replay.same} as before, {replay.breaks} worse; ${replay.cost:.4f}."
        )
    elif replay.state == Replay.State.RUNNING:
        said = "The API asks to wait: the workers go on with it."
    else:
        said = replay.problem or "It was canceled."
    done = replay.state in (Replay.State.COMPLETED, Replay.State.RUNNING)
    return Report([said], facts, done=done)


def _dollars(text: str) -> Decimal:
    try:
        agreed = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        agreed = Decimal("NaN")
    if not agreed.is_finite():
        raise Invalid(f"“{text}” is no amount of dollars.", field="agree")
    return agreed
