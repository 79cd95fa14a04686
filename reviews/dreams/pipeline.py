"""The stages of a dream in order: read, evaluate, extract, draft, check, submit.

Each stage may be cut off anywhere and begun again: what it wrote is either whole or not
there. Nothing is handed from worker to worker but rows, so the last four stages, which are
quick, begin again together. A dream that waits for somebody else's machine sleeps: its row
says until when, and nobody holds it.
"""

import contextlib
import gc
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from django.db import transaction
from django.utils import timezone

from reviews.dreams import (
    bursts,
    checks,
    contexts,
    counterfactuals,
    endings,
    fadings,
    findings,
    following,
    heads,
    leases,
    notes,
    precedents,
    recollections,
    results,
    shards,
    waits,
)
from reviews.dreams.engines import (
    Asks,
    Confirmed,
    Engine,
    Outcome,
    Refusal,
    Trouble,
    Waiting,
    registry,
)
from reviews.dreams.leases import Lease, LeaseLost
from reviews.dreams.mining.counterfactuals import Tried
from reviews.dreams.models import Dream
from reviews.dreams.windows import Window
from reviews.errors import DomainError
from reviews.proposals.drafts import Draft
from reviews.traces import windows

logger = logging.getLogger(__name__)

Stage = Dream.Stage

# Seconds beyond a sleep's end: the row is looked at by the database's clock.
_MOMENT = 0.05
# Beside the stages: what came instead of answers, until one comes.
_TROUBLE = "trouble"


def advance(pk: int, *, tries: int = endings.MOST_BREAKS) -> list[int]:
    """Carry a dream as far as it can go now; answer with the shards to evaluate next.

    A dream that another worker has, or that is over, is left alone.
    """
    lease = leases.claim(pk)
    if lease is None:
        return []
    work = Work(Dream.objects.select_related("store__team").get(pk=pk), lease)
    try:
        waiting = _carry(work, tries)
    except LeaseLost:
        logger.info("Dream %s was canceled or is somebody else's now.", pk)
        return []
    if waiting is None:
        return []
    lease.release()
    # The last shard may have ended while this worker still had the dream.
    return advance(pk, tries=tries) if shards.all_done(work.dream) else waiting


def run_inline(dream: Dream, *, tell: Callable[[str], object] = logger.debug) -> Dream:
    """Carry a dream to its end within this process: the same steps, without a broker.

    Whoever looks on is told what it waits for, each time that this is another thing.
    """
    told = ""
    while True:
        waiting = advance(dream.pk, tries=1)
        for shard in waiting:
            shards.evaluate(shard, tries=1)
        dream.refresh_from_db()
        if not waiting and dream.wakes_at is None:
            return dream
        if dream.wakes_at is not None:
            if (said := waits.sentence(dream)) != told:
                tell(told := said)
            left = (dream.wakes_at - timezone.now()).total_seconds()
            time.sleep(max(0.0, left) + _MOMENT)


def _carry(work: "Work", tries: int) -> list[int] | None:
    """Let a worker do what it can, and write down what kept it from going on."""
    try:
        with leases.kept(work.lease.renew):
            return work.carry()
    except DomainError as refusal:
        endings.fail(work.dream, refusal.message, work.lease)
        return None
    except LeaseLost:
        raise
    except Waiting as pause:
        work.sleep(pause)
        return None
    except Exception as error:
        stage = Stage(work.dream.stage).label.lower()
        sentence = f"It broke while {stage} ({type(error).__name__})."
        with contextlib.suppress(LeaseLost):
            endings.stumble(work.dream, sentence, most=tries, lease=work.lease)
        work.lease.release()
        raise


@contextlib.contextmanager
def _collected_later() -> Iterator[None]:
    """Leave what is made meanwhile to be collected afterwards.

    Folding makes a million objects that all stay until it is over and none that goes round
    in a circle: to look through them again and again was a twelfth of what it took.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@runtime_checkable
class Keeps(Protocol):
    """A state that still has the digests that it was folded from."""

    def __iter__(self) -> Iterator[bytes]: ...

    def documents(self) -> Iterator[bytes]:
        """Each digest as it is stored."""
        ...


class Work:
    """One worker's pass over a dream that it has the lease of."""

    def __init__(self, dream: Dream, lease: Lease) -> None:
        self.dream = dream
        self.lease = lease
        # What the digests folded into.
        self.state: Any = None
        # By fingerprint, what the drafts would have done to past runs.
        self.tried: dict[str, Tried] = {}

    @property
    def window(self) -> Window:
        """The traces that the dream reads, as they were when it began to read."""
        if self.dream.watermark is None or self.dream.window_start is None:
            self.dream.watermark = windows.close(self.dream.store)
            days = timedelta(days=self.dream.settings["window_days"])
            self.dream.window_start = self.dream.watermark - days
        return Window(
            self.dream.store,
            self.dream.window_start,
            self.dream.watermark,
            registry.evaluator_of(self.dream),
        )

    def carry(self) -> list[int] | None:
        """Go through the stages; None once the dream is over, else what to wait for."""
        engine = registry.engine_of(self.dream)
        if self.dream.stage == Stage.READ and not self.read(engine):
            return None
        if not shards.all_done(self.dream):
            return shards.waiting(self.dream)
        if self.dream.stage == Stage.EVALUATE:
            self._leave(Stage.EVALUATE, self._evaluated())
        # Whoever asks others may be a long time about it, and leaves more behind.
        asks = isinstance(engine, Asks)
        with contextlib.nullcontext() if asks else _collected_later():
            outcome = self.think(engine)
            drafts, refused = self.check(engine, outcome)
        self.submit(outcome, drafts, [*refused, *outcome.refused])
        return None

    def read(self, engine: Engine) -> bool:
        """Find what is new and cut it into shards; where nothing has changed, it is over."""
        self._enter(Stage.READ)
        before = precedents.latest_like(self.dream)
        traces, new = self.window.traces().count(), self.window.new(before).count()
        self._count(traces=traces, new=new)
        gone, aged = (0, 0) if new else self.window.lost(before)
        if gone or aged:
            self._count(gone=gone, aged=aged)
        # Somebody wants to know what there is, whether or not it was seen before.
        asked = self.dream.dry or self.dream.again_of_id is not None
        # What was learnt from traces that are gone must not outlive them; what that costs
        # money is for people to ask for.
        free = not isinstance(engine, Asks) and self.dream.store.subscriptions.exists()
        if not (traces if asked else new or (free and (gone or aged))):
            self._leave(Stage.READ, traces)
            self._answer_people()
            self._complete([*self._why_nothing(traces), *self._answers()])
            return False
        undigested = self.window.undigested().order_by("received_at", "pk")
        with transaction.atomic():
            self._leave(Stage.READ, traces)
            shards.plan(self.dream, undigested.values_list("pk", flat=True))
            self._enter(Stage.EVALUATE)
        return True

    def think(self, engine: Engine) -> Outcome:
        """Reduce every digest in the window, then let the engine draft against the head."""
        contexts.awaited(self.dream)
        self._enter(Stage.EXTRACT)
        state = self.state = engine.reduce(self._documents())
        self._leave(Stage.EXTRACT, self.dream.counts.get("digests", 0))
        self._enter(Stage.DRAFT)
        head = heads.read(self.dream.store, since=self.window.start)
        self.dream.base = head.number
        limits = self.dream.settings["thresholds"]
        if isinstance(engine, Asks):
            outcome = engine.consider(state, head, limits, contexts.of(self.dream))
        else:
            outcome = engine.propose(state, head, limits)
        if not self.dream.dry:
            recollections.reflect(
                self.dream.store, outcome.reflections, by=self.dream.engine
            )
        self.dream.coverage = dict(outcome.coverage)
        self._count(patterns=len(outcome.drafts) + len(outcome.refused))
        self._leave(Stage.DRAFT, len(outcome.drafts))
        return outcome

    def check(
        self, engine: Engine, outcome: Outcome
    ) -> tuple[list[Draft], list[Refusal]]:
        """Verify quotes, counts and sizes; what fails is refused with its reason."""
        self._enter(Stage.CHECK)
        head = heads.read(self.dream.store)
        quoted, unquoted = checks.check(
            outcome.drafts, store=self.dream.store, head=head
        )
        passed, miscounted = checks.recount(engine, quoted, self._again())
        limits = self.dream.settings["thresholds"]
        weighed = counterfactuals.weigh(engine, passed, self._again(), limits)
        self.tried = weighed.tried
        passed = bursts.mark(
            self.dream.store.team, weighed.passed, weighed.tried, self.window.end
        )
        self._leave(Stage.CHECK, len(passed))
        return passed, [*unquoted, *miscounted, *weighed.refused]

    def submit(
        self, outcome: Outcome, drafts: list[Draft], refused: list[Refusal]
    ) -> None:
        """Propose draft by draft, then end the dream with everything that it has to say."""
        self._enter(Stage.SUBMIT)
        settle = findings.foresee if self.dream.dry else findings.submit
        for draft in drafts:
            settle(self.dream, draft, self.lease)
        self._answer_people()
        fadings.withdraw(
            self.dream, registry.engine_of(self.dream), self.state, self.lease
        )
        counterfactuals.write(self.dream, drafts, self.tried)
        came = results.of(self.dream, outcome, refused, self.window.unreadable_count())
        self._count(**came.counts)
        self._leave(Stage.SUBMIT, came.settled)
        said = [*self._lost(), *came.said, *self._answers()]
        self._complete(said, refused, outcome.confirmed)

    def sleep(self, pause: Waiting) -> None:
        """Let go of the dream until the others can have answered, and say what is awaited.

        What goes wrong again and again, for longer than whoever asks will bear, is its end.
        """
        since, ends = pause.since, pause.ends
        if not isinstance(pause, Trouble):
            self.dream.stages.pop(_TROUBLE, None)
        else:
            since, tries = self._met_again(pause.about)
            ends = since + pause.patience
            if tries >= pause.tries and timezone.now() >= ends:
                said = (
                    f"{pause.what} So it was {tries} times since {waits.clock(since)}."
                )
                endings.fail(self.dream, f"{said} It was given up.", self.lease)
                return
        self.dream.stages[self.dream.stage] |= {
            "waiting": str(pause),
            "awaited_since": since.isoformat() if since else "",
            "given_up": ends.isoformat() if ends else "",
        }
        self._note()
        self.lease.rest(pause.until)

    def _met_again(self, about: str) -> tuple[datetime, int]:
        """Since when there has been no answer about this, and how often it was tried."""
        known = self.dream.stages.get(_TROUBLE, {})
        if known.get("about") != about:
            known = {"about": about, "since": timezone.now().isoformat(), "tries": 0}
        known["tries"] += 1
        self.dream.stages[_TROUBLE] = known
        return datetime.fromisoformat(known["since"]), known["tries"]

    def _complete(
        self,
        said: list[str],
        refused: Sequence[Refusal] = (),
        confirmed: Sequence[Confirmed] = (),
    ) -> None:
        with transaction.atomic():
            findings.confirm(self.dream, confirmed)
            findings.refuse(self.dream, refused)
            endings.complete(self.dream, self.lease, notes=said)

    def _documents(self) -> Iterator[bytes]:
        count = 0
        for document in self.window.documents():
            count += 1
            yield document
        self._count(digests=count)

    def _again(self) -> Iterable[bytes]:
        """The digests once more: from the state where it keeps them, else as they are stored."""
        kept = isinstance(self.state, Keeps)
        return self.state if kept else self.window.documents()

    def _evaluated(self) -> int:
        traces, _ = shards.progress(self.dream)
        self._count(evaluated=traces, signals=shards.signal_count(self.dream))
        return traces

    def _answer_people(self) -> None:
        """Do what people asked for when they sent proposals back; a dry run does nothing."""
        if not self.dream.dry:
            following.answer(self.dream, self.lease)

    def _answers(self) -> list[str]:
        answered = following.answered(self.dream)
        return notes.answers(
            answered[following.FOLLOWED], answered[following.NOT_FOLLOWED]
        )

    def _why_nothing(self, traces: int) -> list[str]:
        if not self.dream.store.subscriptions.exists():
            return [notes.NO_SUBSCRIBER]
        lost = self._lost()
        if not traces:
            return [*lost, notes.empty_window(self.dream.settings["window_days"])]
        if lost:
            return [*lost, notes.again(self.dream.pk)]
        return [notes.NOTHING_NEW]

    def _lost(self) -> list[str]:
        return notes.lost(
            *(self.dream.counts.get(name, 0) for name in ("gone", "aged"))
        )

    def _count(self, **counts: int) -> None:
        self.dream.counts |= counts

    def _enter(self, stage: Stage) -> None:
        self.dream.stage = stage
        self.dream.stages[stage] = {"started": timezone.now().isoformat()}
        self._note()

    def _leave(self, stage: Stage, count: int) -> None:
        ended = {"ended": timezone.now().isoformat(), "count": count}
        self.dream.stages[stage] = self.dream.stages.get(stage, {}) | ended
        self._note()

    def _note(self) -> None:
        """Write down how far it is; this also renews the lease, and refuses without one."""
        dream = self.dream
        known: dict[str, Any] = {
            "stage": dream.stage,
            "stages": dream.stages,
            "counts": dream.counts,
            "coverage": dream.coverage,
            "base": dream.base,
            "watermark": dream.watermark,
            "window_start": dream.window_start,
        }
        if dream.started_at is None:
            dream.started_at = known["started_at"] = timezone.now()
        self.lease.renew(**known)
