"""What comes after a proposal where everything that is one's turn is worked through.

Asked with every decision, so it is written out; ``inbox.section`` says the same, and a
test compares the two.
"""

from functools import cache
from typing import Any

from django.db import connection
from django.utils import timezone

from reviews.audit.actors import Actor
from reviews.memory.models import Store
from reviews.proposals.models import Proposal
from reviews.proposals.orders import GRAVITY
from reviews.rows import columns, instances
from reviews.teams.models import Team

_BEHIND = """
    (p.snoozed_until IS NULL OR p.snoozed_until <= %(now)s)
    AND p.id <> %(proposal)s
    AND (p.gravity, p.waiting_since, p.id) > (%(gravity)s, %(since)s, %(key)s)
"""
# The first that is open, of each store by its index; and the first that somebody was
# asked for by name though it is not open.
_FIRST = f"""
    SELECT one.id FROM reviews_store store CROSS JOIN LATERAL (
        SELECT p.id FROM reviews_proposal p
        WHERE p.store_id = store.id AND p.state = 'open' AND {_BEHIND} AND (
            p.id IN (
                SELECT turn.proposal_id FROM reviews_turn turn
                JOIN reviews_user person ON person.id = turn.user_id
                WHERE person.username = %(name)s)
            OR p.attention = '' AND p.returned_id IS NULL
                AND NOT EXISTS (
                    SELECT FROM reviews_approval given
                    WHERE given.proposal_id = p.id AND given.by = %(by)s
                        AND given.void_at IS NULL)
                AND NOT EXISTS (
                    SELECT FROM reviews_turn turn
                    JOIN reviews_user person ON person.id = turn.user_id
                    WHERE turn.proposal_id = p.id AND turn.why = 'assigned'
                        AND person.username <> %(other)s))
        ORDER BY p.gravity, p.waiting_since, p.id LIMIT 1
    ) one
    WHERE store.team_id = %(team)s AND (%(store)s IS NULL OR store.id = %(store)s)
    UNION ALL (
        SELECT p.id FROM reviews_turn turn
        JOIN reviews_user person ON person.id = turn.user_id
        JOIN reviews_proposal p ON p.id = turn.proposal_id
        JOIN reviews_store store ON store.id = p.store_id
        WHERE person.username = %(name)s
            AND p.state IN ('changes-requested', 'needs-attention') AND {_BEHIND}
            AND store.team_id = %(team)s AND (%(store)s IS NULL OR store.id = %(store)s)
        ORDER BY p.gravity, p.waiting_since, p.id LIMIT 1)
"""  # noqa: S608 - made of the constants above


def of(scope: Team | Store, proposal: Proposal, *, by: Actor) -> Proposal | None:
    """The next one behind a proposal, and behind the last the first."""
    here: dict[str, Any] = {
        "gravity": GRAVITY[proposal.risk],
        "since": proposal.waiting_since,
        "key": proposal.pk,
    }
    beginning = {"gravity": -1, "since": proposal.waiting_since, "key": 0}
    whose = {
        "team": scope.team_id if isinstance(scope, Store) else scope.pk,
        "store": scope.pk if isinstance(scope, Store) else None,
        "proposal": proposal.pk,
        "by": str(by),
        # Programs are never asked.
        "name": by.name if by.kind == "person" else "",
        "other": by.name,
        "now": timezone.now(),
    }
    return _found(whose | here) or _found(whose | beginning)


def _found(asked: dict[str, Any]) -> Proposal | None:
    with connection.cursor() as cursor:
        cursor.execute(_statement(), asked)
        row = cursor.fetchone()
    if row is None:
        return None
    found: Proposal
    found, found.store = instances(row, Proposal, Store)
    return found


@cache
def _statement() -> str:
    return f"""
        SELECT {columns("p", Proposal)}, {columns("store", Store)}
        FROM reviews_proposal p JOIN reviews_store store ON store.id = p.store_id
        WHERE p.id IN ({_FIRST})
        ORDER BY p.gravity, p.waiting_since, p.id LIMIT 1
    """  # noqa: S608 - names of our own columns
