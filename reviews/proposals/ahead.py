"""What is ahead of one person: all that is their turn, how much, and what comes next.

Asked with every page and every decision, so it is written out. ``inbox.section`` says
the same of the section "your-turn", and tests compare the two.
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

_WITHIN = "store.team_id = %(team)s AND (%(store)s IS NULL OR store.id = %(store)s)"
_AWAKE = "(p.snoozed_until IS NULL OR p.snoozed_until <= %(now)s)"
# Open, and asked of this person or of nobody. What was given is looked up for each row
# in turn, for the first few are enough: NOT EXISTS would gather all that was ever given.
_OPEN = f"""
    p.store_id = store.id AND p.state = 'open' AND {_AWAKE} AND (
        p.id IN (
            SELECT turn.proposal_id FROM reviews_turn turn
            JOIN reviews_user person ON person.id = turn.user_id
            WHERE person.username = %(name)s)
        OR p.attention = '' AND p.returned_id IS NULL
            AND (
                SELECT given.id FROM reviews_approval given
                WHERE given.proposal_id = p.id AND given.by = %(by)s
                    AND given.void_at IS NULL LIMIT 1) IS NULL
            AND (
                SELECT turn.id FROM reviews_turn turn
                JOIN reviews_user person ON person.id = turn.user_id
                WHERE turn.proposal_id = p.id AND turn.why = 'assigned'
                    AND person.username <> %(other)s LIMIT 1) IS NULL)
"""  # noqa: S608 - made of the constants above
# Not open, but somebody was asked for it by name.
_ASIDE = f"""
    SELECT p.id, p.gravity, p.waiting_since FROM reviews_turn turn
    JOIN reviews_user person ON person.id = turn.user_id
    JOIN reviews_proposal p ON p.id = turn.proposal_id
    JOIN reviews_store store ON store.id = p.store_id
    WHERE person.username = %(name)s AND {_AWAKE} AND {_WITHIN}
        AND p.state IN ('changes-requested', 'needs-attention')
"""  # noqa: S608
_BEHIND = """
    p.id <> %(proposal)s
    AND (p.gravity, p.waiting_since, p.id) > (%(gravity)s, %(since)s, %(key)s)
"""
# The first of each store, by its index; so are the first so many.
_FIRST = f"""
    SELECT one.id FROM reviews_store store CROSS JOIN LATERAL (
        SELECT p.id FROM reviews_proposal p WHERE {_OPEN} AND {_BEHIND}
        ORDER BY p.gravity, p.waiting_since, p.id LIMIT 1
    ) one WHERE {_WITHIN}
    UNION ALL SELECT p.id FROM ({_ASIDE}) p WHERE {_BEHIND}
"""  # noqa: S608
_KEYS = f"""
SELECT p.id FROM (
    SELECT one.* FROM reviews_store store CROSS JOIN LATERAL (
        SELECT p.id, p.gravity, p.waiting_since FROM reviews_proposal p WHERE {_OPEN}
        ORDER BY p.gravity, p.waiting_since, p.id LIMIT %(most)s
    ) one WHERE {_WITHIN}
    UNION ALL {_ASIDE}
) p ORDER BY p.gravity, p.waiting_since, p.id LIMIT %(most)s
"""  # noqa: S608
_COUNT = f"""
SELECT (SELECT count(*) FROM (
        SELECT FROM reviews_store store JOIN reviews_proposal p ON {_OPEN}
        WHERE {_WITHIN} LIMIT %(most)s) open)
    + (SELECT count(*) FROM ({_ASIDE}) aside)
"""  # noqa: S608


def count(scope: Team | Store, *, by: Actor, most: int) -> int:
    """How much there is; open ones are counted up to ``most``."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, _whose(scope, by) | {"most": most})
        found: int = cursor.fetchone()[0]
    return found


def keys(scope: Team | Store, *, by: Actor, most: int) -> list[int]:
    """The first of it in order, gravest and then longest waiting, by key."""
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, _whose(scope, by) | {"most": most})
        return [key for (key,) in cursor.fetchall()]


def following(scope: Team | Store, proposal: Proposal, *, by: Actor) -> Proposal | None:
    """The next one behind a proposal, and behind the last the first."""
    whose = _whose(scope, by) | {"proposal": proposal.pk}
    since = proposal.waiting_since
    here = {"gravity": GRAVITY[proposal.risk], "since": since, "key": proposal.pk}
    beginning = {"gravity": -1, "since": since, "key": 0}
    return _first(whose | here) or _first(whose | beginning)


def _whose(scope: Team | Store, by: Actor) -> dict[str, Any]:
    return {
        "team": scope.team_id if isinstance(scope, Store) else scope.pk,
        "store": scope.pk if isinstance(scope, Store) else None,
        "by": str(by),
        # Programs are never asked.
        "name": by.name if by.kind == "person" else "",
        "other": by.name,
        "now": timezone.now(),
    }


def _first(asked: dict[str, Any]) -> Proposal | None:
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
