"""Many proposals: those of a dream, repeated by SQL; and real ones to decide."""

import time
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from reviews.examples import team
from reviews.proposals import decisions
from reviews.proposals.models import Decision, Proposal
from reviews.teams import members
from reviews.teams.models import Membership, Team
from reviews.traces.models import Trace
from tests.bench.figures import p50, p95
from tests.factories import SETUP, a_proposal, a_user

# The tables of a proposal: what each row hangs on, and the columns that must differ.
_COPIED = {
    "operation": ("proposal", {}),
    "wording": ("proposal", {}),
    "verdict": ("proposal", {}),
    "evidence": ("operation", {}),
}


def multiply(count: str) -> dict[str, Any]:
    """Repeat the waiting proposals, with wordings and evidence, until there are so many."""
    its = _team()
    seeds = list(Proposal.objects.filter(store__team=its, state="open").order_by("pk"))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        _copy(
            cursor,
            "proposal",
            "SELECT seed AS old, g AS n FROM unnest(%s::bigint[]) seed,"
            " generate_series(1, %s) g LIMIT %s",
            [
                [seed.pk for seed in seeds],
                int(count) // len(seeds) + 1,
                int(count) - len(seeds),
            ],
            {
                "fingerprint": "md5(t.fingerprint || c.n)",
                "waiting_since": "t.waiting_since - c.n * interval '1 minute'",
            },
        )
        for table, (parent, changed) in _COPIED.items():
            query = (
                f"SELECT t.id AS old, p.n, p.id AS parent FROM reviews_{table} t"
                f" JOIN copied_{parent} p ON p.old = t.{parent}_id"
            )
            changes = {f"{parent}_id": "c.parent"} | changed
            _copy(cursor, table, query, [], changes)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE")
    middle = Trace.objects.filter(team=its).order_by("happened_at")
    return {
        "team": its.pk,
        "store": team.store_of(its).pk,
        "proposal": seeds[0].pk,
        "trace": middle[middle.count() // 2].pk,
        "session": _session(its),
    }


def submit(count: str) -> dict[str, Any]:
    """Real proposals in the example's store, each of another rule."""
    store = team.store_of(_team())
    proposals, spent = [], []
    for _ in range(int(count)):
        began = time.perf_counter()
        proposals.append(a_proposal(store).pk)
        spent.append(time.perf_counter() - began)
    return {"proposals": proposals, "p50": p50(spent)}


def apply() -> dict[str, float]:
    """End every hold, one after the other."""
    later = timezone.now() + timedelta(hours=1)
    spent = []
    held = Decision.objects.filter(state=Decision.State.HELD).order_by("pk")
    for key in held.values_list("pk", flat=True)[:100]:
        began = time.perf_counter()
        done = decisions.apply(key, later)
        spent.append(time.perf_counter() - began)
        assert done is not None
        assert done.state == Decision.State.APPLIED, done.note
    return {"p50": p50(spent), "p95": p95(spent)}


def _team() -> Team:
    its = team.find()
    assert its is not None
    return its


def _session(its: Team) -> str:
    user = a_user("ada")
    members.add(user, its, Membership.Role.OPERATOR, by=SETUP)
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def _copy(
    cursor: Any, name: str, query: str, values: list[Any], changed: dict[str, str]
) -> None:
    """Copy rows of one table under new keys; which became which is kept beside."""
    table = f"reviews_{name}"
    cursor.execute(
        f"CREATE TEMPORARY TABLE copied_{name} AS SELECT picked.*,"
        f" nextval(pg_get_serial_sequence('{table}', 'id')) AS id"
        f" FROM ({query}) AS picked",
        values,
    )
    cursor.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND table_schema = 'public' AND is_generated = 'NEVER'",
        [table],
    )
    columns = [row[0] for row in cursor.fetchall()]
    sources = {column: f't."{column}"' for column in columns} | changed
    sources["id"] = "c.id"
    named = ", ".join(f'"{column}"' for column in columns)
    taken = ", ".join(sources[column] for column in columns)
    cursor.execute(
        f"INSERT INTO {table} ({named}) SELECT {taken}"
        f" FROM copied_{name} c JOIN {table} t ON t.id = c.old"
    )
