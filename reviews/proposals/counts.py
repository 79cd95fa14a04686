"""How much waits in each section, counted in one statement.

Written out because every look at the inbox runs it: at ten thousand proposals it reads
little but an index.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from reviews.audit.actors import Actor
from reviews.memory.models import Store
from reviews.teams.models import Team

# Nearly everything waits as it came: that is counted in the index of open proposals
# alone. Whatever is apart from that is read, named as the inbox does, and taken off again.
_APART = "p.attention <> '' OR p.returned_id IS NOT NULL OR p.snoozed_until IS NOT NULL"
_ROWS = """
    SELECT p.id, p.state, p.attention, p.returned_id, p.snoozed_until,
        (p.waiting_since < s.since)::int AS late
    FROM stores s JOIN reviews_proposal p ON p.store_id = s.id
"""
_TALLY = f"""
WITH stores AS MATERIALIZED (
    SELECT id, %(now)s - review_hours * interval '1 hour' AS since FROM reviews_store
    WHERE team_id = %(team)s AND id = coalesce(%(store)s, id)
), asked AS (
    SELECT t.proposal_id FROM reviews_turn t JOIN reviews_user u ON u.id = t.user_id
    WHERE u.username = %(asked)s
), others AS (
    SELECT proposal_id FROM reviews_approval WHERE by = %(by)s AND void_at IS NULL
    UNION ALL
    SELECT t.proposal_id FROM reviews_turn t JOIN reviews_user u ON u.id = t.user_id
    WHERE t.why = 'assigned' AND u.username <> %(name)s
), apart AS (
    {_ROWS} WHERE p.state IN ('changes-requested', 'needs-attention', 'held')
    UNION ALL
    {_ROWS} WHERE p.state = 'open' AND ({_APART})
    UNION ALL
    {_ROWS} WHERE p.state = 'open' AND NOT ({_APART})
        AND p.id IN (SELECT proposal_id FROM others)
), named AS (
    SELECT CASE
        WHEN state = 'held' THEN 'waiting'
        WHEN snoozed_until > %(now)s AND state <> 'changes-requested' THEN 'snoozed'
        WHEN coalesce(snoozed_until <= %(now)s, true)
            AND id IN (SELECT proposal_id FROM asked) THEN 'your-turn'
        WHEN state = 'changes-requested' THEN 'waiting'
        WHEN state = 'needs-attention' OR attention <> '' THEN 'moved'
        WHEN id IN (SELECT proposal_id FROM others) THEN 'waiting'
        WHEN returned_id IS NOT NULL THEN 'returned'
        ELSE 'your-turn'
    END AS section, 1 AS every, late FROM apart
    UNION ALL
    SELECT 'your-turn', -1, -late FROM apart WHERE state = 'open'
    UNION ALL
    SELECT 'your-turn', open.every, open.late FROM stores s CROSS JOIN LATERAL (
        SELECT count(*) AS every, count(*) FILTER (WHERE waiting_since < s.since) AS late
        FROM reviews_proposal WHERE store_id = s.id AND state = 'open'
    ) open
)
SELECT section, sum(every), sum(late) FROM named GROUP BY section
"""  # noqa: S608 - constants of ours


def by_section(
    scope: Team | Store, by: Actor, moment: datetime
) -> dict[str, tuple[int, int]]:
    """For each section that has any: how many, and how many are later than they should."""
    team, store = (
        (scope.team_id, scope.pk) if isinstance(scope, Store) else (scope.pk, None)
    )
    about: dict[str, Any] = {"now": moment, "team": team, "store": store}
    asked = by.name if by.kind == "person" else ""
    person = {"asked": asked, "name": by.name, "by": str(by)}
    with connection.cursor() as cursor:
        cursor.execute(_TALLY, {**about, **person})
        return {name: (int(every), int(late)) for name, every, late in cursor}
