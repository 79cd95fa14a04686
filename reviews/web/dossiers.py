"""The dossier of a proposal: all that is small and lies beside it, in one statement.

Its page shows what it said, who approved, what was decided, who is there, what was typed
and which versions came in between: a handful of rows each. Asked for one by one they
would be ten questions to the database; so it is one, however much there is to show.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db import connection
from django.utils import timezone

from reviews.dreams.models import Budget
from reviews.proposals import policies, rents
from reviews.proposals.models import Decision, Proposal, Turn, Wording
from reviews.teams import roles
from reviews.teams.models import User

_DOSSIER = """
SELECT json_build_object(
    'wordings', (
        SELECT json_agg(one ORDER BY one.number) FROM reviews_wording one
        WHERE one.proposal_id = p.id),
    'approvals', (
        SELECT json_agg(one ORDER BY one.id) FROM reviews_approval one
        WHERE one.proposal_id = p.id),
    'decisions', (
        SELECT json_agg(one ORDER BY one.id) FROM (
            SELECT d.*, v.number AS version FROM reviews_decision d
            LEFT JOIN reviews_version v ON v.id = d.version_id
            WHERE d.proposal_id = p.id) one),
    'visits', (
        SELECT json_agg(one ORDER BY one.first_at) FROM (
            SELECT s.*, u.username AS name FROM reviews_visit s
            JOIN reviews_user u ON u.id = s.user_id
            WHERE s.proposal_id = p.id) one),
    'turns', (
        SELECT json_agg(one ORDER BY one.at) FROM (
            SELECT t.*, u.username AS name FROM reviews_turn t
            JOIN reviews_user u ON u.id = t.user_id
            WHERE t.proposal_id = p.id) one),
    'ticks', (
        SELECT json_object_agg(o.position, t.sha256) FROM reviews_tick t
        JOIN reviews_operation o ON o.id = t.operation_id
        WHERE o.proposal_id = p.id AND t.user_id = %(user)s),
    'typed', (
        SELECT json_object_agg(j.field, j.text) FROM reviews_jotting j
        WHERE j.proposal_id = p.id AND j.user_id = %(user)s),
    'since', (
        SELECT json_agg(one ORDER BY one.number) FROM (
            SELECT DISTINCT v.number, v.by, v.reason, v.kind, v.at
            FROM reviews_revision r
            JOIN reviews_version v ON v.id = r.version_id
            WHERE v.store_id = p.store_id AND v.number > p.base AND r.path IN (
                SELECT path FROM reviews_operation o WHERE o.proposal_id = p.id)) one),
    'siblings', (
        SELECT json_agg(one ORDER BY one.id) FROM (
            SELECT id, state, title FROM reviews_proposal s
            WHERE s.split_from_id = p.id) one),
    'returned', (
        SELECT json_build_object(
            'id', b.id, 'by', d.by, 'reason', d.reason, 'verb', d.verb, 'at', d.at,
            'groups', cardinality(ARRAY(SELECT unnest(p.groups) EXCEPT
                SELECT unnest(COALESCE(m.groups, b.groups)))),
            'people', cardinality(ARRAY(SELECT unnest(p.people) EXCEPT
                SELECT unnest(COALESCE(m.people, b.people)))))
        FROM reviews_proposal b
        LEFT JOIN reviews_mute m ON m.proposal_id = b.id AND m.lifted_at IS NULL
            AND m.fingerprint = b.fingerprint
        JOIN reviews_decision d ON d.proposal_id = b.id
        WHERE b.id = p.returned_id AND d.verb IN ('reject', 'roll-back')
        ORDER BY d.id DESC LIMIT 1),
    'authors', (
        SELECT json_object_agg(v.number, json_build_object(
            'by', v.by, 'proposal', d.proposal_id))
        FROM (
            SELECT DISTINCT (run->>1)::int AS number FROM reviews_operation o
            JOIN reviews_memory m ON m.store_id = p.store_id AND m.path = o.path
            JOIN reviews_revision r ON r.id = m.head_id,
            jsonb_array_elements(r.blame) run
            WHERE o.proposal_id = p.id AND o.kind = 'delete') lines
        JOIN reviews_version v ON v.store_id = p.store_id AND v.number = lines.number
        LEFT JOIN reviews_decision d ON d.version_id = v.id),
    'readers', (
        SELECT json_build_object(
            'runs', count(*), 'agents', count(DISTINCT r.agent_id))
        FROM reviews_reading r
        WHERE r.store_id = p.store_id AND r.day > current_date - 30 AND EXISTS (
            SELECT FROM reviews_operation o
            WHERE o.proposal_id = p.id AND o.kind = 'delete')),
    'muted', EXISTS (
        SELECT FROM reviews_mute m
        WHERE m.store_id = p.store_id AND m.fingerprint = p.fingerprint
            AND m.lifted_at IS NULL),
    'judged', EXISTS (
        SELECT FROM reviews_verdict v
        WHERE v.proposal_id = p.id AND (v.approves OR EXISTS (
            SELECT FROM jsonb_array_elements(v.explanation) answer
            WHERE answer->>'name' <> %(manual)s))),
    'tried', (
        SELECT t.counterfactual FROM reviews_pattern t
        WHERE t.store_id = p.store_id AND t.fingerprint = p.fingerprint),
    'read', (
        SELECT json_build_object(
            'runs', told.runs,
            'traces', CASE WHEN told.runs > 0 THEN 0 ELSE (
                SELECT count(*) FROM reviews_trace t
                JOIN reviews_subscription c ON c.agent_id = t.agent_id
                JOIN reviews_agent a ON a.id = t.agent_id
                WHERE c.store_id = p.store_id
                    AND t.happened_at > current_date - %(days)s
                    AND (p.scope <> 'agent' OR a.name = p.scope_of)) END,
            'model', (
                SELECT b.middle FROM reviews_budget b WHERE b.team_id = s.team_id),
            'price', (
                SELECT c.input FROM reviews_price c
                WHERE c.team_id = s.team_id AND c.since <= current_date
                    AND c.model = COALESCE((
                        SELECT b.middle FROM reviews_budget b
                        WHERE b.team_id = s.team_id), %(middle)s)
                ORDER BY c.since DESC LIMIT 1))
        FROM (
            SELECT COALESCE(sum(CASE r.run WHEN '' THEN r.count ELSE 1 END), 0) AS runs
            FROM reviews_reading r JOIN reviews_agent a ON a.id = r.agent_id
            WHERE r.store_id = p.store_id AND r.day > current_date - %(days)s
                AND (p.scope <> 'agent' OR a.name = p.scope_of)) told),
    'dream', (
        SELECT f.dream_id FROM reviews_finding f
        WHERE f.proposal_id = p.id ORDER BY f.id LIMIT 1),
    'deciders', (
        SELECT count(*) FROM reviews_membership m
        JOIN reviews_user u ON u.id = m.user_id
        WHERE m.team_id = s.team_id AND m.role = ANY(%(roles)s) AND u.is_active)
)::text
FROM reviews_proposal p JOIN reviews_store s ON s.id = p.store_id
WHERE p.id = %(proposal)s
"""


# The model that a team reads with before it has said which.
MIDDLE = str(Budget._meta.get_field("middle").default)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One wording: whose, when, and what it says."""

    number: int
    by: str
    at: datetime
    texts: dict[str, str] | None
    diffs: dict[str, Any]
    sha256: str

    def row(self) -> Wording:
        """The same as the rest of the program knows it."""
        return Wording(**msgspec.structs.asdict(self))


class Approved(msgspec.Struct, frozen=True, kw_only=True):
    """One person's yes; void once the words or what stands around them changed."""

    by: str
    reason: str
    wording: int
    at: datetime
    void_at: datetime | None


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """One decision, and the number of the version that came of it."""

    id: int
    verb: str
    state: str
    by: str
    reason: str
    ground: str
    note: str
    wishes: dict[str, Any]
    wording: int
    included: list[int]
    head: int
    at: datetime
    applies_at: datetime | None
    version: int | None

    @property
    def words(self) -> str:
        """What was done: approved, rejected."""
        return Decision.Verb(self.verb).label.lower()


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What one person has seen of it."""

    user_id: int
    name: str
    first_at: datetime
    here_until: datetime | None
    wording: int
    evidence_at: datetime | None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A person whose turn it is, and why."""

    user_id: int
    name: str
    why: str

    @property
    def words(self) -> str:
        """Why, as others are told."""
        return {
            Turn.Why.ASSIGNED: "assigned",
            Turn.Why.MENTIONED: "mentioned",
            Turn.Why.ANSWERED: "answered",
            Turn.Why.RESET: "approval was reset",
        }.get(Turn.Why(self.why), self.why)


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """A version that touched the same memories after the base."""

    number: int
    by: str
    reason: str
    kind: str
    at: datetime


class Sibling(msgspec.Struct, frozen=True, kw_only=True):
    """What was split off."""

    id: int
    state: str
    title: str


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """How it was turned down before."""

    id: int
    by: str
    reason: str
    verb: str
    at: datetime
    # Independent groups and people that are new since then.
    groups: int = 0
    people: int = 0


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """How often the store was read lately, and what the team pays for reading."""

    # Runs that said so themselves, and runs of agents that read it.
    runs: int = 0
    traces: int = 0
    # The team's middle model, and its own price for it, if it has any.
    model: str | None = None
    price: Decimal | None = None


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """Who wrote a version, and by which proposal."""

    by: str
    proposal: int | None


class Readers(msgspec.Struct, frozen=True, kw_only=True):
    """Who has read the store in the last thirty days."""

    runs: int = 0
    agents: int = 0


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """What lies beside one proposal, as one person sees it."""

    user: int
    wordings: tuple[Said, ...]
    approvals: tuple[Approved, ...] = ()
    decisions: tuple[Settled, ...] = ()
    visits: tuple[Seen, ...] = ()
    turns: tuple[Asked, ...] = ()
    # By position of the operation: the text after that this person has viewed.
    ticks: dict[int, str] = {}
    # What this person has typed and not sent, by field.
    typed: dict[str, str] = {}
    since: tuple[Since, ...] = ()
    siblings: tuple[Sibling, ...] = ()
    returned: Returned | None = None
    # Of the lines that would be deleted, by number of their version.
    authors: dict[int, Author] = {}
    readers: Readers = Readers()
    # Whether its fingerprint stays quiet.
    muted: bool = False
    # Whether any policy was asked about it, whatever that said.
    judged: bool = False
    # What its pattern would have done to past runs.
    tried: dict[str, Any] | None = None
    read: Read | None = None
    dream: int | None = None
    deciders: int = 0

    @property
    def visit(self) -> Seen | None:
        """What the person themselves has seen."""
        return next((one for one in self.visits if one.user_id == self.user), None)

    @property
    def here(self) -> list[str]:
        """Who else is at it right now."""
        now = timezone.now()
        return [
            one.name
            for one in self.visits
            if one.user_id != self.user and one.here_until and one.here_until > now
        ]

    @property
    def held(self) -> Settled | None:
        """The decision that is not carried out yet."""
        held = (one for one in self.decisions if one.state == Decision.State.HELD)
        return next(held, None)

    @property
    def newest(self) -> Said:
        """The wording that a decision would be about."""
        return self.wordings[-1]

    @property
    def rows(self) -> list[Wording]:
        """The wordings as the rest of the program knows them, oldest first."""
        return [one.row() for one in self.wordings]

    def approved(self, wording: int) -> tuple[Approved, ...]:
        """Who approves of this wording, as it stands."""
        return tuple(
            one
            for one in self.approvals
            if one.wording == wording and one.void_at is None
        )


def of(proposal: Proposal, user: User) -> Dossier:
    """The dossier of one proposal for one person."""
    asked: dict[str, Any] = {
        "proposal": proposal.pk,
        "user": user.pk,
        "roles": roles.allowed("decide"),
        "days": rents.DAYS,
        "middle": MIDDLE,
        "manual": policies.MANUAL,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DOSSIER, asked)
        (found,) = cursor.fetchone()
    plain = {k: v for k, v in msgspec.json.decode(found).items() if v is not None}
    return msgspec.convert({"user": user.pk, **plain}, Dossier, strict=False)
