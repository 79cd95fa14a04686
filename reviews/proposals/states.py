"""The legal moves of proposals and decisions, as data, and the pictures drawn from it.

Whoever moves a state goes through ``move``: one conditional update, so that of two who
come at once the second one finds that nothing is left to do.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection
from django.db.models import TextChoices

from reviews.proposals.models import Decision, Proposal

type Moves[State: TextChoices] = Mapping[State, Mapping[State, str]]

_P, _D = Proposal.State, Decision.State

_WAITING = {
    _P.HELD: "approve",
    _P.REJECTED: "reject",
    _P.CHANGES_REQUESTED: "request changes",
    _P.SPLIT_OFF: "split",
    _P.SUPERSEDED: "another proposal replaces it",
    _P.WITHDRAWN: "its proposer takes it back, or it is discarded with its dream",
}

# From each state, where it may go and what takes it there.
PROPOSAL: Moves[Proposal.State] = {
    _P.OPEN: _WAITING,
    _P.CHANGES_REQUESTED: {
        _P.OPEN: "reword",
        **{to: verb for to, verb in _WAITING.items() if to != _P.CHANGES_REQUESTED},
    },
    _P.NEEDS_ATTENTION: {
        _P.OPEN: "reword",
        **_WAITING,
    },
    _P.HELD: {
        _P.APPLIED: "the hold ends",
        _P.OPEN: "withdraw",
        _P.NEEDS_ATTENTION: "the hold ends in a conflict",
    },
    _P.APPLIED: {_P.ROLLED_BACK: "undo or restore"},
    _P.ROLLED_BACK: {_P.APPLIED: "restore a version that had it"},
    _P.REJECTED: {},
    _P.SPLIT_OFF: {},
    _P.SUPERSEDED: {},
    _P.WITHDRAWN: {},
}
DECISION: Moves[Decision.State] = {
    _D.HELD: {
        _D.APPLIED: "the hold ends",
        _D.WITHDRAWN: "withdraw",
        _D.FAILED: "the hold ends in a conflict",
    },
    _D.APPLIED: {},
    _D.WITHDRAWN: {},
    _D.FAILED: {},
    _D.RECORDED: {},
}
# Nobody has settled these yet.
WAITING = (_P.OPEN, _P.CHANGES_REQUESTED, _P.NEEDS_ATTENTION)
# It is a person's turn: those sent back wait for other words, not for a decision.
TO_DECIDE = (_P.OPEN, _P.NEEDS_ATTENTION)
# As the database's constraint has it: one of these per fingerprint and store.
UNDECIDED = (*WAITING, _P.HELD)


def move(proposal: Proposal, to: Proposal.State, **changes: Any) -> bool:
    """Move a proposal on and say whether it was still where that is legal."""
    origins = [state for state, moves in PROPOSAL.items() if to in moves]
    changed = {"state": to, **changes}
    # Written out: every verb of the desk ends with it.
    named = ", ".join(f'"{column}" = %s' for column in changed)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE reviews_proposal SET {named} WHERE id = %s AND state = ANY(%s)",  # noqa: S608 - names of our own columns
            [*map(_plain, changed.values()), proposal.pk, list(map(_plain, origins))],
        )
        if not cursor.rowcount:
            return False
    for name, value in changed.items():
        setattr(proposal, name, value)
    return True


def _plain(value: Any) -> Any:
    """A value as the driver takes it."""
    return value.value if isinstance(value, TextChoices) else value


def mermaid[State: TextChoices](moves: Moves[State]) -> str:
    """Draw a table of moves as a Mermaid state diagram."""
    return "\n".join(["stateDiagram-v2", *_lines(moves)])


def _lines[State: TextChoices](moves: Moves[State]) -> Iterator[str]:
    for state in moves:
        yield f'    state "{state.label}" as {_id(state)}'
    reached = {to for targets in moves.values() for to in targets if targets}
    first = next(iter(moves))
    for state in moves:
        if state not in reached or state == first:
            yield f"    [*] --> {_id(state)}"
    for state, targets in moves.items():
        for to, verb in targets.items():
            yield f"    {_id(state)} --> {_id(to)}: {verb}"


def _id(state: TextChoices) -> str:
    return str(state.value).replace("-", "_")
