"""How batches of traces reach the tables: pipelined rows, bodies through COPY."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from reviews.teams.models import Agent
from reviews.traces import partitions
from reviews.traces.preparation import Prepared
from reviews.traces.search import CONFIGURATION

_INSERT = """
INSERT INTO reviews_trace
    (id, team_id, agent_id, external_id, person, "group", happened_at, received_at, month,
     format, title, model, started_at, ended_at, outcome, reward, tags, step_count,
     call_count, error_count, token_count, cost, redactions, read, digest, search)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s,
        %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
        to_tsvector(%s::regconfig, %s))
"""
_UPDATE = """
UPDATE reviews_trace SET
    format = %s, title = %s, model = %s, started_at = %s, ended_at = %s, outcome = %s,
    reward = %s, tags = %s, step_count = %s, call_count = %s, error_count = %s,
    token_count = %s, cost = %s, redactions = %s, read = %s, digest = %s,
    search = to_tsvector(%s::regconfig, %s),
    happened_at = coalesce(%s, happened_at), received_at = %s
WHERE id = %s
"""
_BODY = """
UPDATE reviews_tracebody SET document = %s, size = %s WHERE month = %s AND trace_id = %s
"""
_LINK = """
UPDATE reviews_reading SET trace_id = trace.id FROM reviews_trace trace
WHERE reviews_reading.agent_id = %s AND reviews_reading.run = trace.external_id
  AND reviews_reading.trace_id IS NULL AND trace.id = ANY(%s)
  AND trace.agent_id = reviews_reading.agent_id
"""
_TELL = """
INSERT INTO reviews_reading (agent_id, store_id, number, run, day, count, trace_id,
                             first_at, last_at)
SELECT trace.agent_id, store.id, told.number, trace.external_id,
       (trace.happened_at AT TIME ZONE 'UTC')::date, 1, trace.id,
       trace.happened_at, trace.happened_at
FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS told (trace_id, store, number)
JOIN reviews_trace trace ON trace.id = told.trace_id
JOIN reviews_store store ON store.team_id = trace.team_id AND store.name = told.store
WHERE NOT EXISTS (
    SELECT FROM reviews_reading known WHERE known.agent_id = trace.agent_id
    AND known.run = trace.external_id AND known.store_id = store.id
    AND known.number = told.number
)
ON CONFLICT DO NOTHING
"""


def keys(count: int) -> list[int]:
    """Take so many new keys of traces, so that bodies can be written beside them."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('reviews_trace', 'id')) "
            "FROM generate_series(1, %s)",
            [count],
        )
        return [key for (key,) in cursor.fetchall()]


def insert(
    agent: Agent, moment: datetime, new: Collection[tuple[int, Prepared]]
) -> None:
    """Write new traces and their bodies, searchable at once."""
    if not new:
        return
    month = partitions.month_of(moment)
    partitions.ensure(month)
    rows = [
        (
            key,
            agent.team_id,
            agent.pk,
            entry.record.external_id,
            entry.record.person,
            entry.group,
            entry.started_at or moment,
            moment,
            month,
            *_values(entry),
        )
        for key, entry in new
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, rows)
        with cursor.copy(
            "COPY reviews_tracebody (month, trace_id, document, size) "
            "FROM STDIN (FORMAT BINARY)"
        ) as copy:
            copy.set_types(["date", "int8", "bytea", "int4"])
            for key, entry in new:
                copy.write_row((month, key, entry.document, entry.size))


def extend(moment: datetime, extended: Collection[tuple[Any, Prepared]]) -> None:
    """Replace traces that have grown; their body stays in its month."""
    if not extended:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            _UPDATE,
            [
                (*_values(entry), entry.started_at, moment, known.pk)
                for known, entry in extended
            ],
        )
        cursor.executemany(
            _BODY,
            [
                (entry.document, entry.size, known.month, known.pk)
                for known, entry in extended
            ],
        )


def link_readings(agent: Agent, new: Collection[tuple[int, Prepared]]) -> None:
    """Join new traces with what their runs read, before they came or as they say."""
    with connection.cursor() as cursor:
        cursor.execute(_LINK, [agent.pk, [key for key, _ in new]])
        told = [
            (key, store, number)
            for key, entry in new
            for store, number in entry.record.read.items()
        ]
        if told:
            cursor.execute(_TELL, [list(column) for column in zip(*told, strict=True)])


def _values(entry: Prepared) -> tuple[Any, ...]:
    """List what a record decides, in the order of both statements."""
    record = entry.record
    return (
        record.format,
        record.title,
        record.model,
        entry.started_at,
        entry.ended_at,
        record.outcome,
        record.reward,
        list(record.tags),
        *entry.counts,
        record.cost,
        Jsonb(entry.redactions),
        Jsonb(record.read),
        entry.digest,
        CONFIGURATION,
        entry.extract,
    )
