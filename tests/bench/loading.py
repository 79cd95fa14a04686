"""Example traces in bulk: as intake stores them, but for the text index and the ledger."""

from collections import defaultdict
from datetime import UTC, datetime
from itertools import batched

import msgspec
from django.db import connection, transaction

from reviews.examples import generator, team
from reviews.teams.models import Agent
from reviews.traces import partitions, preparation, writing
from reviews.traces.preparation import Prepared
from tests.bench.preparing import BY

_CHUNK = 2_000
_COLUMNS = (
    'id, team_id, agent_id, external_id, person, "group", happened_at, received_at,'
    " month, format, title, model, started_at, ended_at, outcome, reward, tags,"
    " step_count, call_count, error_count, token_count, cost, redactions, read, digest"
)


def ground(count: str) -> None:
    """The example team with its first traces."""
    team.create(by=BY, traces=int(count))


def load(start: str, end: str) -> int:
    """Write the traces from one place to another; how many steps they have."""
    agents = {agent.name: agent for agent in Agent.objects.filter(team=team.find())}
    steps = 0
    made = generator.records(int(end), after=int(start))
    for chunk in batched(made, _CHUNK, strict=False):
        by_agent: defaultdict[str, list[Prepared]] = defaultdict(list)
        for record in chunk:
            by_agent[generator.agent_of(record)].append(preparation.prepare(record))
            steps += len(record.steps)
        with transaction.atomic():
            for name, prepared in by_agent.items():
                _write(agents[name], prepared)
    return steps


def settle() -> None:
    """Let the planner know the tables."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _write(agent: Agent, prepared: list[Prepared]) -> None:
    moment = datetime.now(UTC)
    month = partitions.month_of(moment)
    partitions.ensure(month)
    keys = writing.keys(len(prepared))
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY reviews_trace ({_COLUMNS}) FROM STDIN") as copy:
            for key, entry in zip(keys, prepared, strict=True):
                copy.write_row(_row(agent, key, entry, moment))
        bodies = "COPY reviews_tracebody (month, trace_id, document, size) FROM STDIN"
        with cursor.copy(bodies) as copy:
            for key, entry in zip(keys, prepared, strict=True):
                copy.write_row((month, key, entry.document, entry.size))


def _row(
    agent: Agent, key: int, entry: Prepared, moment: datetime
) -> tuple[object, ...]:
    record = entry.record
    return (
        key, agent.team_id, agent.pk, record.external_id, record.person, entry.group,
        entry.started_at or moment, moment, partitions.month_of(moment), record.format,
        record.title, record.model, entry.started_at, entry.ended_at, record.outcome,
        record.reward, list(record.tags), *entry.counts, record.cost,
        msgspec.json.encode(entry.redactions).decode(),
        msgspec.json.encode(record.read).decode(), entry.digest,
    )  # fmt: skip
