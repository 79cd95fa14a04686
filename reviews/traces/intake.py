"""The only door for traces: checked, redacted, stored once, or said why not."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Literal

import msgspec
from django.db import connection, transaction

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.teams.models import Agent
from reviews.traces import bodies, partitions, preparation, writing
from reviews.traces.documents import Unreadable
from reviews.traces.models import Trace
from reviews.traces.preparation import Prepared, Refused
from reviews.traces.steps import Record, Step

Status = Literal["stored", "duplicate", "extended", "conflict", "invalid"]
# The first key of the advisory locks that put each agent's intake in order.
LOCK = 7_200
# A batch is one transaction: so many traces, or so many characters of their steps.
_BATCH, _BATCH_SIZE = 500, 16_000_000


_KNOWN = """
SELECT external_id, id, month, digest, outcome, reward, "group", happened_at
FROM reviews_trace WHERE agent_id = %s AND external_id = ANY(%s::text[])
"""


class Result(msgspec.Struct, omit_defaults=True):
    """What became of one record, and why."""

    status: Status
    external_id: str = ""
    reason: str = ""
    field: str = ""
    # The key of the trace, where there is one.
    trace: int | None = None
    redactions: dict[str, int] = {}


class Known(msgspec.Struct):
    """A trace that is there already, as far as comparing needs it."""

    pk: int
    month: date
    digest: str
    outcome: str
    reward: float | None
    group: str
    happened_at: datetime


def accept(agent: Agent, records: Iterable[Record], *, by: Actor) -> list[Result]:
    """Store an agent's traces, all in one transaction; one result per record, in order.

    The same trace again is a duplicate; with its old steps as a prefix it is extended;
    any other difference under its id is a conflict, and changes nothing.
    """
    entries = [_prepared(record) for record in records]
    with transaction.atomic():
        results = _store(agent, entries)
        _note(agent, results, by)
    return results


def accept_stream[Key: Hashable](
    agent: Agent, entries: Iterable[tuple[Key, Record | Unreadable]], *, by: Actor
) -> Iterator[tuple[Key, Result]]:
    """Store a stream in batches; memory is bounded, and what was answered is stored.

    What could not be read comes back as invalid, so that every entry has its result.
    """
    held: list[tuple[Key, Record]] = []
    size = 0
    for key, entry in entries:
        if isinstance(entry, Unreadable):
            yield key, Result("invalid", reason=entry.reason, field=entry.field)
            continue
        held.append((key, entry))
        size += sum(len(step.text) for step in entry.steps)
        if len(held) >= _BATCH or size >= _BATCH_SIZE:
            yield from _accepted(agent, held, by)
            held, size = [], 0
    yield from _accepted(agent, held, by)


def _accepted[Key: Hashable](
    agent: Agent, held: list[tuple[Key, Record]], by: Actor
) -> Iterator[tuple[Key, Result]]:
    results = accept(agent, [record for _, record in held], by=by) if held else []
    for (key, _), result in zip(held, results, strict=True):
        yield key, result


def _prepared(record: Record) -> Prepared | Result:
    try:
        return preparation.prepare(record)
    except Refused as refused:
        return Result("invalid", record.external_id, refused.reason, refused.field)


def _note(agent: Agent, results: list[Result], by: Actor) -> None:
    """Write one line in the ledger for the batch, if it changed anything."""
    counts = Counter(result.status for result in results)
    redactions = Counter[str]()
    for result in results:
        if result.status in ("stored", "extended"):
            redactions.update(result.redactions)
    if counts["stored"] or counts["extended"]:
        ledger.record(
            by,
            "traces.imported",
            agent,
            team=agent.team,
            results=dict(counts),
            redactions=dict(redactions),
        )


def _store(agent: Agent, entries: list[Prepared | Result]) -> list[Result]:
    fresh = [entry for entry in entries if isinstance(entry, Prepared)]
    moment = turn(agent)
    # Before any body is read: making a partition waits for all who have read one.
    partitions.ensure(partitions.month_of(moment))
    batch = _Batch(_known(agent, fresh), fresh)
    results = [e if isinstance(e, Result) else batch.take(e) for e in entries]
    writing.insert(agent, moment, batch.new.values())
    writing.extend(moment, batch.extended.values())
    writing.link_readings(agent, [*batch.new.values(), *batch.grown()])
    return results


def turn(agent: Agent) -> datetime:
    """Wait for the agent's other intakes, then read the clock: receipts are in order.

    Whoever has held this lock since then sees everything received before (windows).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, agent.pk])
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
        return moment


def _known(agent: Agent, fresh: list[Prepared]) -> dict[str, Known]:
    """Find what is there already, by name; written out, since each request asks."""
    names = [entry.record.external_id for entry in fresh]
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [agent.pk, names])
        return {row[0]: Known(*row[1:]) for row in cursor.fetchall()}


class _Batch:
    """Decides record by record, also where a batch holds the same trace twice."""

    def __init__(self, known: dict[str, Known], fresh: list[Prepared]) -> None:
        self.known = known
        self.new: dict[str, tuple[int, Prepared]] = {}
        self.extended: dict[str, tuple[Known, Prepared]] = {}
        names = {entry.record.external_id for entry in fresh} - known.keys()
        self._keys = iter(writing.keys(len(names)))
        self._steps = self._stored_steps(fresh)

    def take(self, entry: Prepared) -> Result:
        """Place one record among the new, the extended, or neither; say which."""
        name = entry.record.external_id
        before = self.known.get(name)
        if before is None:
            key = next(self._keys)
            self.known[name] = _as_known(key, entry)
            self._steps[name] = entry.steps
            self.new[name] = (key, entry)
            return self._result("stored", entry, key)
        if conflict := self._conflict(before, entry):
            reason, field = conflict
            return self._result("conflict", entry, before.pk, reason, field)
        if not _adds(before, entry):
            return self._result("duplicate", entry, before.pk)
        self._steps[name] = entry.steps
        if name in self.new:
            self.new[name] = (before.pk, entry)
        else:
            self.extended[name] = (before, entry)
        self.known[name] = _as_known(before.pk, entry, before)
        return self._result("extended", entry, before.pk)

    def grown(self) -> list[tuple[int, Prepared]]:
        """List the extended ones as they are now, by key."""
        return [(known.pk, entry) for known, entry in self.extended.values()]

    def _result(
        self,
        status: Status,
        entry: Prepared,
        key: int,
        reason: str = "",
        field: str = "",
    ) -> Result:
        name = entry.record.external_id
        return Result(status, name, reason, field, key, entry.redactions)

    def _stored_steps(self, fresh: list[Prepared]) -> dict[str, list[Step]]:
        """Load the stored steps of those whose digest differs, all at once."""
        changed = {
            entry.record.external_id
            for entry in fresh
            if (known := self.known.get(entry.record.external_id))
            and known.digest != entry.digest
        }
        stubs = [
            Trace(pk=self.known[name].pk, month=self.known[name].month)
            for name in changed
        ]
        found = bodies.bodies_of(stubs)
        empty = bodies.Body([])
        return {name: found.get(self.known[name].pk, empty).steps for name in changed}

    def _conflict(self, before: Known, entry: Prepared) -> tuple[str, str] | None:
        record = entry.record
        if before.outcome and record.outcome and before.outcome != record.outcome:
            return f"its outcome was {before.outcome} before", "outcome"
        if before.reward is not None and record.reward not in (None, before.reward):
            return f"its reward was {before.reward:g} before", "reward"
        if before.digest != entry.digest:
            stored = self._steps.get(record.external_id, [])
            for index, (old, new) in enumerate(zip(stored, entry.steps, strict=False)):
                if not _same(old, new):
                    return "differs from what is stored", f"steps[{index}]"
            if len(entry.steps) < len(stored):
                return f"{len(stored)} steps are stored, these are fewer", "steps"
        if before.group != entry.group:
            return f"it belonged to “{before.group}” before", "task"
        return None


def _same(old: Step, new: Step) -> bool:
    """Whether a step says the same; token counts may arrive late."""
    return (
        old.kind,
        old.actor,
        old.text,
        old.tool,
        old.call,
        old.error,
        old.agent,
    ) == (
        new.kind,
        new.actor,
        new.text,
        new.tool,
        new.call,
        new.error,
        new.agent,
    )


def _adds(before: Known, entry: Prepared) -> bool:
    """Whether a trace that arrives again brings anything new."""
    told = bool(entry.record.outcome and not before.outcome)
    rewarded = entry.record.reward is not None and before.reward is None
    return before.digest != entry.digest or told or rewarded


def _as_known(key: int, entry: Prepared, before: Known | None = None) -> Known:
    record = entry.record
    return Known(
        key,
        before.month if before else date.max,
        entry.digest,
        record.outcome or (before.outcome if before else ""),
        record.reward if before is None or record.reward is not None else before.reward,
        entry.group,
        before.happened_at if before else datetime.max.replace(tzinfo=UTC),
    )
