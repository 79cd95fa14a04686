"""Turn any two states of memory into proposals."""
# ruff: noqa: N999 - the command is called propose-diff

import argparse
from typing import Any

from reviews.dreams import handed
from reviews.dreams.handed import Done
from reviews.management.base import (
    CONSOLE,
    Report,
    Scriptable,
    find_person,
    find_store,
    find_team,
)
from reviews.proposals.drafts import Draft
from reviews.proposals.submissions import Submission

_MARKS = {
    "opened": "proposed",
    "returned": "proposed again",
    "updated": "waits already",
    "refused": "not proposed",
}


class Command(Scriptable):
    help = (
        "Propose, rule by rule, what led from one state of memory to another: two "
        "folders, two files, or versions of the store (41, v41, head); - is nothing."
    )

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("store", metavar="STORE")
        parser.add_argument("before", metavar="BEFORE")
        parser.add_argument("after", metavar="AFTER")
        parser.add_argument(
            "--path", default="", help="where a single file stands in the store"
        )
        parser.add_argument(
            "--reorganise",
            action="store_true",
            help="propose changes of order and layout, too",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="say what would be proposed, and propose nothing",
        )
        parser.add_argument("--by", metavar="USER", help="in whose name")

    def act(self, options: argparse.Namespace) -> Report:
        team = find_team(options.team)
        store = find_store(options.store, team)
        by = find_person(options.by, team, "edit memory") if options.by else CONSOLE
        done = handed.propose(
            store,
            handed.state(store, options.before),
            handed.state(store, options.after),
            by=by,
            path=options.path,
            reorganise=options.reorganise,
            dry=options.dry_run,
        )
        return Report(list(_sentences(done)), _facts(done))


def _sentences(done: Done) -> list[str]:
    lines = [_line(draft, submission) for draft, submission in done.results]
    difference = done.difference
    if difference.collapsed:
        before, after = difference.before, difference.after
        lines.insert(
            0,
            f"This rewrites {difference.rewritten:.0%} of the rules: {before.rules} rules "
            f"of {before.tokens:,} tokens become {after.rules} of {after.tokens:,}.",
        )
    if difference.both:
        lines.append(f"The head changed there, too: {', '.join(difference.both)}.")
    if done.left_out:
        lines.append(
            f"Left out: {done.left_out} that change order and layout alone "
            "(--reorganise proposes them)."
        )
    return lines or ["There is no difference that the head does not have."]


def _line(draft: Draft, submission: Submission | None) -> str:
    if submission is None:
        return f"would propose: {draft.title}"
    name = f"{submission.proposal} " if submission.proposal else ""
    why = f" ({submission.reason})" if submission.result == "refused" else ""
    return f"{_MARKS[submission.result]}: {name}{draft.title}{why}"


def _facts(done: Done) -> dict[str, Any]:
    difference = done.difference
    return {
        "counts": dict(done.counts),
        "left_out": done.left_out,
        "rewritten": difference.rewritten,
        "collapsed": difference.collapsed,
        "before": {
            "rules": difference.before.rules,
            "tokens": difference.before.tokens,
        },
        "after": {"rules": difference.after.rules, "tokens": difference.after.tokens},
        "both": list(difference.both),
        "drafts": [_fact(draft, submission) for draft, submission in done.results],
    }


def _fact(draft: Draft, submission: Submission | None) -> dict[str, Any]:
    return {
        "kind": draft.kind,
        "title": draft.title,
        "fingerprint": draft.fingerprint,
        "operations": [
            {
                "kind": operation.kind,
                "path": operation.path,
                "new_path": operation.new_path,
                "before": operation.before,
                "after": operation.after,
            }
            for operation in draft.operations
        ],
        "result": submission.result if submission else "would",
        "proposal": str(submission.proposal or "") if submission else "",
        "reason": submission.reason if submission else "",
    }
