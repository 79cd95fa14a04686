"""How batches of traces reach the tables: rows in one statement, bodies through COPY."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from reviews.teams.models import Agent
from reviews.traces import partitions
from reviews.traces.preparation import Prepared
from reviews.traces.search import CONFIGURATION

# One statement for any number of rows: they travel as one JSON document.
_ROWS = """
FROM json_to_recordset(%s::json) AS row (
    id bigint, external_id text, person text, "group" text, happened_at timestamptz,
    format text, title text, model text, started_at timestamptz, ended_at timestamptz,
    outcome text, reward float8, tags text[], step_count int, call_count int,
    error_count int, token_count bigint, cost float8, redactions jsonb, read jsonb,
    digest text, extract text
)
"""
_INSERT = f"""
INSERT INTO reviews_trace
    (id, team_id, agent_id, external_id, person, "group", happened_at, received_at, month,
     format, title, model, started_at, ended_at, outcome, reward, tags, step_count,
     call_count, error_count, token_count, cost, redactions, read, digest, search)
SELECT id, %s, %s, external_id, person, "group", happened_at, %s, %s,
     format, title, model, started_at, ended_at, outcome, reward, tags, step_count,
     call_count, error_count, token_count, cost, redactions, read, digest,
     to_tsvector(%s::regconfig, extract)
{_ROWS}
"""
_UPDATE = f"""
UPDATE reviews_trace AS trace SET
    format = row.format, title = row.title, model = row.model,
    started_at = row.started_at, ended_at = row.ended_at, outcome = row.outcome,
    reward = row.reward, tags = row.tags, step_count = row.step_count,
    call_count = row.call_count, error_count = row.error_count,
    token_count = row.token_count, cost = row.cost, redactions = row.redactions,
    read = row.read, digest = row.digest, happened_at = row.happened_at,
    received_at = %s, search = to_tsvector(%s::regconfig, row.extract)
{_ROWS}
WHERE trace.id = row.id
"""  # noqa: S608 - both parts are constants
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
    rows = [_row(key, entry, moment) for key, entry in new]
    fixed = (agent.team_id, agent.pk, moment, month, CONFIGURATION)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [*fixed, _json(rows)])
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
    rows = [_row(known.pk, entry, known.happened_at) for known, entry in extended]
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, [moment, CONFIGURATION, _json(rows)])
        cursor.executemany(
            _BODY,
            [
                (entry.document, entry.size, known.month, known.pk)
                for known, entry in extended
            ],
        )


def link_readings(agent: Agent, new: Collection[tuple[int, Prepared]]) -> None:
    """Join new traces with what their runs read, before they came or as they say."""
    if not new:
        return
    with connection.cursor() as cursor:
        cursor.execute(_LINK, [agent.pk, [key for key, _ in new]])
        told = [
            (key, store, number)
            for key, entry in new
            for store, number in entry.record.read.items()
        ]
        if told:
            cursor.execute(_TELL, [list(column) for column in zip(*told, strict=True)])


def _row(key: int, entry: Prepared, moment: datetime) -> dict[str, Any]:
    record = entry.record
    steps, calls, errors, tokens = entry.counts
    return {
        "id": key,
        "external_id": record.external_id,
        "person": record.person,
        "group": entry.group,
        "happened_at": entry.started_at or moment,
        "format": record.format,
        "title": record.title,
        "model": record.model,
        "started_at": entry.started_at,
        "ended_at": entry.ended_at,
        "outcome": record.outcome,
        "reward": record.reward,
        "tags": record.tags,
        "step_count": steps,
        "call_count": calls,
        "error_count": errors,
        "token_count": tokens,
        "cost": record.cost,
        "redactions": entry.redactions,
        "read": record.read,
        "digest": entry.digest,
        "extract": entry.extract,
    }


def _json(rows: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()
