"""Take back what was applied."""

import argparse
from typing import Any

from reviews.audit.actors import Actor
from reviews.errors import Invalid
from reviews.management.base import (
    Report,
    Scriptable,
    find_person,
    find_proposal,
    find_store,
    find_team,
)
from reviews.memory.models import Store, Version
from reviews.proposals import previews, rollbacks
from reviews.proposals.models import Proposal
from reviews.proposals.previews import Preview


class Command(Scriptable):
    help = "Undo one proposal, or restore the store as it was at a version."

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("store", metavar="STORE")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--undo", metavar="P-12")
        what.add_argument("--to", type=int, metavar="41")
        parser.add_argument(
            "--keep", nargs="+", default=[], metavar="P-13", help="with --to"
        )
        parser.add_argument("--by", metavar="USER")
        parser.add_argument("--reason", default="")
        parser.add_argument(
            "--bound", help="what was looked at, as `--preview --json` prints it"
        )
        parser.add_argument(
            "--preview", action="store_true", help="only say what it would do"
        )

    def act(self, options: argparse.Namespace) -> Report:
        team = find_team(options.team)
        store = find_store(options.store, team)
        keep = [find_proposal(name, store) for name in options.keep]
        proposal = find_proposal(options.undo, store) if options.undo else None
        if proposal is not None:
            proposal.store = store
            preview = previews.of_undo(proposal)
        else:
            preview = previews.of_restore(store, options.to, keep=keep)
        if options.preview:
            return Report(_lines(preview), _facts(preview))
        if not options.by:
            raise Invalid("Say with --by who rolls back.")
        by = find_person(options.by, team, "roll back")
        version = _roll_back(store, proposal, keep, by, options)
        facts = _facts(preview) | {"version": version.number, "head": store.head}
        names = ", ".join(p.name for p in preview.undone) or "no proposal"
        lines = [f"{store} is at version {store.head}; rolled back: {names}."]
        return Report(lines, facts)


def _roll_back(
    store: Store,
    proposal: Proposal | None,
    keep: list[Proposal],
    by: Actor,
    options: argparse.Namespace,
) -> Version:
    if proposal is None:
        return rollbacks.restore(
            store,
            options.to,
            by=by,
            reason=options.reason,
            keep=keep,
            bound=options.bound,
        )
    decision = rollbacks.undo(
        proposal, by=by, reason=options.reason, bound=options.bound
    )
    return Version.objects.get(decision=decision)


def _facts(preview: Preview) -> dict[str, Any]:
    return {
        "verb": preview.verb,
        "store": preview.store.name,
        "of": preview.version.number,
        "head": preview.head,
        "bound": preview.bound,
        "undone": [proposal.name for proposal in preview.undone],
        "kept": [proposal.name for proposal in preview.kept],
        "reinstated": [proposal.name for proposal in preview.reinstated],
        "conflicts": sorted(preview.conflicts),
        "policies": [policy.name for policy in preview.policies],
        "reach": preview.reach,
        "texts": [
            {
                "path": o.path,
                "new_path": o.new_path,
                "before": o.before,
                "after": o.after,
            }
            for o in preview.outcomes
        ],
    }


def _lines(preview: Preview) -> list[str]:
    """What a preview says, sentence by sentence."""
    paths = ", ".join(outcome.path for outcome in preview.outcomes) or "nothing"
    lines = [f"Would change {paths} and write version {preview.next}."]
    if preview.undone:
        lines.append(f"Undoes {', '.join(p.name for p in preview.undone)}.")
    if preview.conflicts:
        lines.append(f"Conflicts with later changes in {', '.join(preview.conflicts)}.")
    runs, agents = preview.reach["runs"], preview.reach["agents"]
    lines.append(f"{runs} runs of {agents} agents have read what goes away.")
    lines += [f"Pauses the policy “{policy.name}”." for policy in preview.policies]
    return lines
