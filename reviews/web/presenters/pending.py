"""What waits to change a memory, shown on the memory itself, at the lines it is about."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import OuterRef, Subquery

from reviews.errors import DomainError
from reviews.memory import lines as texts
from reviews.memory import places, revisions, rules
from reviews.memory.blame import Authored
from reviews.memory.models import Revision, Store
from reviews.proposals import blocks, states, wordings
from reviews.proposals.blocks import Block
from reviews.proposals.models import Operation, Proposal, Wording

# So many proposals are shown at their lines; the inbox has the others.
MOST = 20
VERBS = {
    "add": "would add here",
    "edit": "would say instead",
    "delete": "would delete this",
    "rename": "would rename this memory to",
}
# How many wait by path; and of one path the first that wait, and all that are held.
_TOUCHING = """
WITH touching AS MATERIALIZED (
    SELECT DISTINCT touched.path, proposal.id, proposal.state = 'held' AS held
    FROM reviews_proposal proposal
    JOIN reviews_operation operation ON operation.proposal_id = proposal.id
    CROSS JOIN LATERAL (VALUES (operation.path), (operation.new_path)) touched (path)
    WHERE proposal.store_id = %(store)s AND proposal.state = ANY(%(states)s)
        AND touched.path <> ''
)
SELECT path, count(*), NULL FROM touching WHERE NOT held GROUP BY path
UNION ALL (
    SELECT path, 0, id FROM touching WHERE path = %(path)s AND NOT held
    ORDER BY id LIMIT %(most)s)
UNION ALL SELECT path, 0, id FROM touching WHERE path = %(path)s AND held
"""
# What a page shows of a proposal.
_SHOWN = ("title", "state", "store", "wording", "risk")
_OF_PROPOSAL = tuple(f"proposal__{name}" for name in _SHOWN)


@dataclass(frozen=True)
class Ghost:
    """One waiting operation at its place: behind line ``line``, counted from 1."""

    proposal: Proposal
    line: int
    kind: str
    text: str
    # Why it cannot be applied as it stands, if so.
    sentence: str = ""

    @property
    def says(self) -> str:
        return VERBS[self.kind]


@dataclass(frozen=True)
class Pending:
    """What would change memories of a store, and one of them more closely."""

    # How many proposals wait, by path.
    counts: dict[str, int]
    # Of one path the first that wait, oldest first, and all that are about to apply.
    waiting: list[Proposal]
    held: list[Proposal]
    # What the waiting ones would do, with their newest words as ``texts``.
    operations: list[Operation]


def of(store: Store, path: str) -> Pending:
    """What waits by path, and what of it waits at one, in two queries at most."""
    asked: dict[str, int | str | list[str]] = {
        "store": store.pk,
        "states": [str(state) for state in (*states.TO_DECIDE, Proposal.State.HELD)],
        "path": path,
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHING, asked)
        found = cursor.fetchall()
    keys = {key for _, _, key in found if key is not None}
    operations = _operations(keys) if keys else []
    about = {one.proposal_id: one.proposal for one in operations}
    held = Proposal.State.HELD
    return Pending(
        counts={at: count for at, count, key in found if key is None},
        waiting=[one for one in about.values() if one.state != held],
        held=[one for one in about.values() if one.state == held],
        operations=[one for one in operations if one.proposal.state != held],
    )


def beginning(store: Store) -> list[Proposal]:
    """Each undecided proposal of a store that is still empty, by memory."""
    rows = (
        Operation.objects.filter(
            proposal__store=store, proposal__state__in=states.TO_DECIDE
        )
        .select_related("proposal")
        .only("path", "new_path", *_OF_PROPOSAL)
        .order_by("proposal", "position")
    )
    found: dict[str, list[Proposal]] = defaultdict(list)
    for operation in rows:
        for path in filter(None, (operation.path, operation.new_path)):
            found[path].append(operation.proposal)
    return list(dict.fromkeys(one for several in found.values() for one in several))


def ghosts(revision: Revision, operations: Sequence[Operation]) -> list[Ghost]:
    """Where these operations would change the text of a head."""
    memory = revisions.authored(revision)
    found = [
        (one.proposal, blocks.block(one, _said(one), {revision.path: memory}))
        for one in operations
        if one.path == revision.path
    ]
    return sorted(
        (
            Ghost(
                proposal,
                _line(memory, block),
                block.kind,
                block.new_path if block.kind == "rename" else block.after,
                "" if block.applies else block.sentence,
            )
            for proposal, block in found
        ),
        key=lambda ghost: ghost.line,
    )


def by_line(found: Sequence[Ghost]) -> dict[int, list[Ghost]]:
    """Ghosts by the line that they stand behind; 0 is the top."""
    lines: dict[int, list[Ghost]] = defaultdict(list)
    for ghost in found:
        lines[ghost.line].append(ghost)
    return dict(lines)


def _operations(keys: set[int]) -> list[Operation]:
    """All operations of these proposals, with the newest words of each."""
    wording = Wording.objects.filter(
        proposal=OuterRef("proposal"), number=OuterRef("proposal__wording")
    )
    rows = Operation.objects.filter(proposal__in=keys).select_related("proposal")
    return list(
        rows.only(*(field.name for field in Operation._meta.fields), *_OF_PROPOSAL)
        .annotate(texts=Subquery(wording.values("texts")))
        .order_by("proposal", "position")
    )


def _said(operation: Operation) -> wordings.Said:
    newest = Wording(texts=getattr(operation, "texts", None))
    return wordings.said(newest, operation)


def _line(memory: Authored, block: Block) -> int:
    """Behind which line a block would change something."""
    rule = next((r for r in memory.rules if r.id == block.rule), None)
    if rule is not None:
        return rule.end
    if block.kind != "add":
        return 0
    lines = texts.split(memory.text)
    try:
        return places.find(lines, rules.outline(lines), block.heading).line
    except DomainError:
        return len(lines)
