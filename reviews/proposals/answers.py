"""Who answers for a line of memory: a decision, an import, or nobody.

A line is approved by a person or a policy, or it was there when the store began, or
nobody answers for it. The last is what every count of this should say 0 of.
"""

from collections.abc import Iterable
from typing import Literal

from django.db import connection

from reviews.memory import revisions
from reviews.memory.models import Revision, Store, Version
from reviews.proposals.models import Decision

Standing = Literal["approved", "imported", "unapproved"]

# By hand, with a reason: the person who did it answers for it.
BY_HAND = {Version.Kind.EDIT, Version.Kind.UNDO, Version.Kind.RESTORE}
# One pass over the heads: the lines of each by the version that worded them. A text
# that is not what its version wrote has another hash, and is looked at by itself.
_LINES = """
WITH head AS (
    SELECT memory.store_id, memory.path, revision.id,
        CASE WHEN revision.origins = '[]' THEN revision.blame ELSE revision.origins END runs,
        encode(sha256(convert_to(content, 'UTF8')), 'hex') = sha256 intact
    FROM reviews_memory memory JOIN reviews_revision revision ON revision.id = memory.head_id
    WHERE memory.store_id = ANY(%(stores)s) AND memory.path IS NOT NULL
        AND revision.content IS NOT NULL
), line AS (
    SELECT store_id, path, (run->>0)::int count, (run->>1)::int number
    FROM head CROSS JOIN jsonb_array_elements(runs) run WHERE intact
)
SELECT line.store_id, line.path, sum(line.count), NULL FROM line
LEFT JOIN reviews_version version
    ON version.store_id = line.store_id AND version.number = line.number
LEFT JOIN reviews_decision decision ON decision.version_id = version.id
WHERE version.id IS NULL OR decision.id IS NULL AND NOT (
    version.kind = 'import'
    OR version.kind = ANY(%(by_hand)s) AND version.reason <> '' AND version.by LIKE %(person)s
)
GROUP BY line.store_id, line.path
UNION ALL SELECT store_id, path, 0, id FROM head WHERE NOT intact
"""


def standing(version: Version | None, decision: Decision | None) -> Standing:
    """How the lines that a version worded are answered for."""
    if version is None:
        return "unapproved"
    if decision:
        return "approved"
    if version.kind == Version.Kind.IMPORT:
        return "imported"
    by_hand = version.kind in BY_HAND and bool(version.reason)
    person = version.by.startswith("person:")
    return "approved" if by_hand and person else "unapproved"


def unapproved(stores: Iterable[Store]) -> dict[int, dict[str, int]]:
    """How many lines nobody answers for, by store and by path, where there are any."""
    keys = [store.pk for store in stores]
    values: dict[str, list[int] | list[str] | str] = {
        "stores": keys,
        "by_hand": [str(kind) for kind in BY_HAND],
        "person": "person:%",
    }
    found: dict[int, dict[str, int]] = {key: {} for key in keys}
    tampered: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LINES, values)
        for store, path, lines, revision in cursor.fetchall():
            if revision:
                tampered[revision] = store
            else:
                found[store][path] = int(lines)
    changed = Revision.objects.filter(pk__in=tampered) if tampered else ()
    for one in changed:
        lost = revisions.vouched(one).count(revisions.NOWHERE)
        found[tampered[one.pk]][one.path] = lost
    return found
