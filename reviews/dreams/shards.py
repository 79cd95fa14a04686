"""Shards: slices of a dream's undigested traces, each evaluated whole or not at all.

A shard's digests, signals, episodes and its "done" are one transaction, so a worker may die at
any moment, and a shard that is evaluated twice overwrites itself.
"""

import contextlib
import logging
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import batched

import msgspec
from django.db import connection, transaction
from django.db.models import Func, IntegerField, Q, Sum
from django.db.models.functions import Coalesce, Now

from reviews.dreams import endings, episodes, leases
from reviews.dreams.engines import Engine, Evaluation, SignalValue, registry
from reviews.dreams.models import Digest, Dream, Shard, Signal
from reviews.dreams.windows import state_of
from reviews.errors import DomainError
from reviews.traces import bodies, readings
from reviews.traces.models import Trace
from reviews.traces.steps import Step

logger = logging.getLogger(__name__)

# Bodies in memory at once: a session of a coding agent may have a megabyte of text.
_AT_ONCE = 50

_LENGTH = Func("traces", function="jsonb_array_length", output_field=IntegerField())

# Digest rows: (trace, state of the trace, document).
_Rows = list[tuple[int, str, bytes]]
_Signals = list[tuple[int, SignalValue]]


def plan(dream: Dream, traces: Iterable[int]) -> None:
    """Write down which traces are to be evaluated, slice by slice."""
    size = dream.settings["shard_size"]
    Shard.objects.bulk_create(
        [
            Shard(dream=dream, number=number, traces=list(keys))
            for number, keys in enumerate(batched(traces, size, strict=False))
        ],
        batch_size=100,
    )


def waiting(dream: Dream) -> list[int]:
    """Shards of a dream that are not done and that nobody evaluates."""
    free = dream.shards.filter(done_at=None).exclude(leased_until__gte=Now())
    return list(free.order_by("number").values_list("pk", flat=True))


def all_done(dream: Dream) -> bool:
    """Whether every shard of a dream has been evaluated: the fan-in is a count of rows."""
    return not dream.shards.filter(done_at=None).exists()


def progress(dream: Dream) -> tuple[int, int]:
    """How many traces are evaluated by now, of how many."""
    done = Q(done_at__isnull=False)
    sums = dream.shards.aggregate(
        done=Coalesce(Sum(_LENGTH, filter=done), 0), all=Coalesce(Sum(_LENGTH), 0)
    )
    return sums["done"], sums["all"]


def signal_count(dream: Dream) -> int:
    """How many signals the shards of a dream came to."""
    total: int = dream.shards.aggregate(total=Coalesce(Sum("signals"), 0))["total"]
    return total


def evaluate(pk: int, *, tries: int = endings.MOST_BREAKS) -> int | None:
    """Evaluate one shard if it is free; answer its dream's key when it was the last one."""
    if not leases.claim_shard(pk):
        return None
    shard = Shard.objects.select_related("dream").get(pk=pk)
    try:
        with leases.kept(partial(leases.renew_shard, pk)):
            scribe = episodes.Scribe(registry.evaluator_of(shard.dream))
            rows, signals = _read(shard, scribe)
            _write(shard, rows, signals, scribe)
    except leases.LeaseLost:
        logger.info("Shard %s of dream %s is somebody else's now.", pk, shard.dream_id)
        return None
    except DomainError as refusal:
        with contextlib.suppress(endings.DreamOver):
            endings.fail(shard.dream, refusal.message)
        return None
    except Exception as error:
        leases.release_shard(pk)
        endings.stumble(
            shard.dream, f"A shard broke ({type(error).__name__}).", most=tries
        )
        raise
    return shard.dream_id if all_done(shard.dream) else None


def _read(shard: Shard, scribe: episodes.Scribe) -> tuple[_Rows, _Signals]:
    """Digest the shard's traces and tell them; one that was erased since is left out."""
    engine = registry.engine_of(shard.dream)
    rows: _Rows = []
    signals: _Signals = []
    for keys in batched(shard.traces, _AT_ONCE, strict=False):
        leases.check_shard(shard.pk)
        scribe.prepare(keys)
        read = readings.of_traces(keys)
        for trace, steps in bodies.with_steps(keys):
            evaluation = _evaluate(engine, trace, steps, read.get(trace.pk, {}))
            rows.append((trace.pk, state_of(trace), evaluation.digest))
            signals.extend((trace.pk, signal) for signal in evaluation.signals)
            scribe.tell(trace, steps, evaluation)
    return rows, signals


def _evaluate(
    engine: Engine, trace: Trace, steps: Sequence[Step], read: dict[str, int]
) -> Evaluation:
    """Digest one trace; an empty digest says that the engine could make nothing of it.

    Traces are untrusted: one that trips an engine must not stop every dream to come.
    """
    try:
        facts = bodies.facts_of(trace)
        facts = msgspec.structs.replace(facts, read=facts.read | read)
        return engine.evaluate(facts, steps)
    except Exception:
        logger.exception("%s cannot digest trace %s", engine.name, trace.pk)
        return Evaluation(digest=b"")


@transaction.atomic
def _write(
    shard: Shard, rows: _Rows, signals: _Signals, scribe: episodes.Scribe
) -> None:
    """Store everything and the shard's end; whoever comes second writes nothing."""
    locked = Shard.objects.select_for_update().filter(pk=shard.pk, done_at=None)
    if not locked.exists():
        raise leases.LeaseLost(f"shard {shard.pk}")
    evaluator = registry.evaluator_of(shard.dream)
    # In the order of the keys, so that dreams of two stores cannot block each other, and
    # before the signals, so that they wait for each other here.
    rows.sort()
    Digest.objects.bulk_create(
        [
            Digest(trace_id=trace, evaluator=evaluator, of=of, document=document)
            for trace, of, document in rows
        ],
        update_conflicts=True,
        unique_fields=["trace", "evaluator"],
        update_fields=["of", "document", "created_at"],
    )
    # What an earlier version of the engine made of these traces is nobody's word any more.
    traces = [trace for trace, _, _ in rows]
    own = f"{evaluator.partition('/')[0]}/"
    Signal.objects.filter(trace__in=traces, evaluator__startswith=own).delete()
    older = Digest.objects.filter(trace__in=traces, evaluator__startswith=own)
    older.exclude(evaluator=evaluator).delete()
    _copy(evaluator, signals)
    scribe.write()
    locked.update(done_at=Now(), leased_until=None, signals=len(signals))


def _copy(evaluator: str, signals: _Signals) -> None:
    columns = 'trace_id, evaluator, kind, key, step, start, "end", note'
    statement = f"COPY {Signal._meta.db_table} ({columns}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for trace, one in signals:
            copy.write_row(
                (
                    trace,
                    evaluator,
                    one.kind[:30],
                    _storable(one.key),
                    one.step,
                    one.start,
                    one.end,
                    _storable(one.note),
                )
            )


def _storable(text: str) -> str:
    """As much of a text as the column takes; PostgreSQL has no character 0."""
    return text[:300].replace("\x00", "\ufffd")
