"""Episodes: every trace in a paragraph, with its scores and what it has to teach.

A dream writes them with its digests, in the same transaction; the tick writes those of
traces that no dream has read yet. Whoever reads one gets the state that the trace has now.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import batched
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Concat, Left, Now

from reviews.dreams.engines import Engine, Evaluation, registry
from reviews.dreams.mining import scores, telling
from reviews.dreams.mining.runs import RuleInForce
from reviews.dreams.mining.telling import Told
from reviews.dreams.models import Dream, Episode, Shard
from reviews.dreams.rulebooks import Rulebook
from reviews.dreams.windows import KEPT, state_of
from reviews.teams.models import Agent
from reviews.traces import bodies
from reviews.traces.models import Trace
from reviews.traces.steps import Step

logger = logging.getLogger(__name__)

# Digests of this engine tell a run; those of others are not looked into.
READABLE = "offline/"
# Seconds that one tick tells traces for, how many at most, and how many at once.
PATIENCE, MOST, _AT_ONCE = 20.0, 20_000, 50
# Steps, and characters, of a run that is told while somebody waits.
TOLD_AT_ONCE, READ_AT_ONCE = 1_000, 1_000_000
# Two ticks do not tell the same traces.
_LOCK = 7_201
# Of a model's reflection.
MOST_ITEMS, _LONGEST_WORDS = 12, 600

_WRITE = """
INSERT INTO reviews_episode AS known
    (trace_id, agent_id, day, outcome, evaluator, "of", scores, grounds, shows, summary,
     reflection, reflected_by)
SELECT trace.id, trace.agent_id, (trace.happened_at AT TIME ZONE 'UTC')::date,
    row.outcome, %s, row."of", row.scores, row.grounds, row.shows, row.summary,
    row.reflection, row.reflected_by
FROM json_to_recordset(%s::json) AS row (
    trace bigint, outcome text, "of" text, scores jsonb, grounds jsonb, shows text[],
    summary text, reflection jsonb, reflected_by text)
JOIN reviews_trace trace ON trace.id = row.trace
ORDER BY trace.id
FOR KEY SHARE OF trace
ON CONFLICT (trace_id) DO UPDATE SET
    agent_id = excluded.agent_id, day = excluded.day, outcome = excluded.outcome,
    evaluator = excluded.evaluator, "of" = excluded."of", scores = excluded.scores,
    grounds = excluded.grounds, shows = excluded.shows, summary = excluded.summary,
    reflection = CASE WHEN {kept} THEN known.reflection ELSE excluded.reflection END,
    reflected_by =
        CASE WHEN {kept} THEN known.reflected_by ELSE excluded.reflected_by END
""".format(  # What a model wrote stays for as long as the trace is what it read.
    kept=f'known."of" = excluded."of" AND known.reflected_by NOT LIKE \'{READABLE}%%\''
    " AND known.reflected_by <> ''"
)


class Scribe:
    """Tells traces one after the other, and writes all of their episodes at once."""

    def __init__(self, evaluator: str) -> None:
        self.evaluator = evaluator
        self.reads = evaluator.startswith(READABLE)
        self.rows: list[dict[str, Any]] = []
        self._rules = Rulebook()

    def prepare(self, keys: Sequence[int]) -> None:
        """Look up what these traces read, all at once."""
        if self.reads:
            self._rules.prepare(keys)

    def tell(self, trace: Trace, steps: Sequence[Step], evaluation: Evaluation) -> None:
        """Tell one trace; what cannot be told has an empty episode, and is not tried again."""
        if self.reads:
            told = _told(trace, steps, evaluation, self._rules.of(trace))
            self.rows.append(_row(trace, told, self.evaluator))

    def write(self) -> None:
        """Write all that was told, in the order of the traces' keys; erased ones are left out."""
        if not self.rows:
            return
        self.rows.sort(key=lambda row: row["trace"])
        document = msgspec.json.encode(self.rows).decode()
        # PostgreSQL's jsonb and text hold no NUL; summaries have none, tool names might.
        document = document.replace("\\u0000", "")
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [self.evaluator, document])
        self.rows = []


def catch_up(seconds: float = PATIENCE, *, recent: timedelta | None = None) -> int:
    """Tell traces that no dream has read as they are now, newest first; say how many.

    For so many seconds; the rest waits for the next tick. While a dream evaluates, it
    tells most of them itself, and this would only do the same work beside it. ``recent``
    looks only at what was received within that time, which costs next to nothing.
    """
    if Shard.objects.filter(done_at=None, dream__state=Dream.State.RUNNING).exists():
        return 0
    engine = registry.get(registry.DEFAULT)
    until = time.monotonic() + seconds
    told = 0
    keys = missing(engine.evaluator, recent=recent)[:MOST]
    for some in batched(keys, _AT_ONCE, strict=False):
        if time.monotonic() > until or not _evaluate(engine, some):
            break
        told += len(some)
    return told


def missing(evaluator: str, *, recent: timedelta | None = None) -> QuerySet[Trace, int]:
    """Keys of the traces without an episode of their present state, newest first."""
    state = Concat(Left(OuterRef("digest"), KEPT), Value(":"), OuterRef("outcome"))
    there = Episode.objects.filter(trace=OuterRef("pk"), evaluator=evaluator, of=state)
    rows = Trace.objects.filter(~Exists(there)).order_by("-pk")
    if recent is not None:
        # With the agents named, the index of windows gives these at once.
        agents = list(Agent.objects.values_list("pk", flat=True))
        rows = rows.filter(agent__in=agents, received_at__gt=Now() - recent)
    return rows.values_list("pk", flat=True)


@transaction.atomic
def _evaluate(engine: Engine, keys: Sequence[int]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, 0)", [_LOCK])
        if not cursor.fetchone()[0]:
            return False
    scribe = Scribe(engine.evaluator)
    scribe.prepare(keys)
    for trace, steps in bodies.with_steps(keys):
        scribe.tell(trace, steps, _evaluation(engine, trace, steps))
    scribe.write()
    return True


def of_trace(trace: Trace, steps: Sequence[Step]) -> Episode | None:
    """The episode of a trace as it is now; one that is not written yet is told on the spot.

    Unless the run is so long that a page cannot wait for it: then nothing, until the tick.
    """
    engine = registry.get(registry.DEFAULT)
    # Whoever fetches a trace for this fetches its episode along with it.
    known: Episode | None = getattr(trace, "episode", None)
    if known and (known.of, known.evaluator) == (state_of(trace), engine.evaluator):
        return known
    size = sum(len(step.text) for step in steps)
    if len(steps) > TOLD_AT_ONCE or size > READ_AT_ONCE:
        return None
    scribe = Scribe(engine.evaluator)
    scribe.prepare([trace.pk])
    scribe.tell(trace, steps, _evaluation(engine, trace, steps))
    (row,) = scribe.rows
    fields = {name: value for name, value in row.items() if name != "trace"}
    return Episode(
        trace=trace,
        agent_id=trace.agent_id,
        day=trace.happened_at.date(),
        evaluator=engine.evaluator,
        **fields,
    )


def reflect(trace: Trace, items: Iterable[dict[str, Any]], *, by: str) -> bool:
    """Put a model's reflection in the place of the evaluator's, until the trace changes.

    Says whether it was: a trace that has changed meanwhile, or has no episode yet, keeps
    what it has. Items are {"step", "wrong", "instead"}; one that names no step of the
    trace is left out.
    """
    kept = [
        {"step": item["step"], **{n: _words(item.get(n)) for n in ("wrong", "instead")}}
        for item in items
        if isinstance(item.get("step"), int) and 0 <= item["step"] < trace.step_count
    ]
    kept = [item for item in kept if item["wrong"]][:MOST_ITEMS]
    rows = Episode.objects.filter(trace=trace.pk, of=state_of(trace))
    return bool(kept) and bool(rows.update(reflection=kept, reflected_by=by[:60]))


def _words(said: object) -> str:
    text = said if isinstance(said, str) else ""
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())[
        :_LONGEST_WORDS
    ]


def _evaluation(engine: Engine, trace: Trace, steps: Sequence[Step]) -> Evaluation:
    try:
        return engine.evaluate(bodies.facts_of(trace), steps)
    except Exception:
        logger.exception("%s cannot digest trace %s", engine.name, trace.pk)
        return Evaluation(digest=b"")


def _told(
    trace: Trace,
    steps: Sequence[Step],
    evaluation: Evaluation,
    rules: Sequence[RuleInForce],
) -> Told:
    """Traces are untrusted: one that cannot be told must not stop a dream."""
    if not evaluation.digest:
        return telling.NOTHING
    try:
        return telling.tell(bodies.facts_of(trace), steps, evaluation, rules)
    except Exception:
        logger.exception("Trace %s cannot be told", trace.pk)
        return telling.NOTHING


def _row(trace: Trace, told: Told, evaluator: str) -> dict[str, Any]:
    return {
        "trace": trace.pk,
        "outcome": trace.outcome,
        "of": state_of(trace),
        "scores": {one.name: one.value for one in told.scores},
        "grounds": {one.name: _ground(one) for one in told.scores},
        "shows": scores.shown(told.scores),
        "summary": told.summary,
        "reflection": [msgspec.structs.asdict(item) for item in told.reflection],
        "reflected_by": evaluator,
    }


def _ground(one: scores.Score) -> dict[str, Any]:
    ground: dict[str, Any] = {"part": one.part, "of": one.of}
    if one.steps:
        ground["steps"] = one.steps
    if one.rules:
        ground["rules"] = dict(one.rules)
    return ground
