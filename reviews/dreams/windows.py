"""A dream's window as its evaluator sees it: what it holds, what is new, what was digested.

Which traces a store's dreams read at all, ``traces.windows`` knows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, Left

from reviews.dreams.models import Digest, Dream
from reviews.memory.models import Store, Subscription
from reviews.traces import windows
from reviews.traces.models import Trace

_PAGE = 1_000
# Characters of a trace's own digest that a state keeps, to leave room for the outcome.
KEPT = 50


@dataclass(frozen=True)
class Window:
    """A store's traces received after ``start`` and up to ``end``, as one evaluator sees them."""

    store: Store
    start: datetime
    end: datetime
    # "offline/1": digests of another engine or version do not count.
    evaluator: str

    def traces(self) -> QuerySet[Trace]:
        """Everything in the window."""
        return windows.traces(self.store, after=self.start, until=self.end)

    def undigested(self) -> QuerySet[Trace]:
        """Traces that this evaluator never read, or not as they are now."""
        return self.traces().filter(~Exists(self._digest_of_trace()))

    def new(self, since: Dream | None) -> QuerySet[Trace]:
        """Traces that an earlier dream of this store cannot have taken into account."""
        if since is None or since.watermark is None:
            return self.traces()
        return self.traces().filter(
            ~Exists(self._digest_of_trace())
            | Q(received_at__gt=since.watermark)
            # Another store's dream digested them, or one that did not get to its end.
            | Exists(self._digest_of_trace().filter(created_at__gt=since.ended_at))
            | Exists(
                Subscription.objects.filter(
                    store=self.store,
                    agent=OuterRef("agent"),
                    created_at__gt=since.watermark,
                )
            )
        )

    def lost(self, since: Dream | None) -> tuple[int, int]:
        """How many traces an earlier dream read that this window has not: gone, and too old.

        Gone are those that were erased, and those of agents that no longer read the store.
        Only where nothing is new: a trace that grew has moved from one window to the next.
        """
        if since is None or since.watermark is None or since.window_start is None:
            return 0, 0
        there = windows.traces(
            self.store, after=since.window_start, until=since.watermark
        )
        gone = since.counts.get("traces", 0) - there.count()
        return max(0, gone), there.filter(received_at__lte=self.start).count()

    def documents(self) -> Iterator[bytes]:
        """Every digest in the window, page by page; those that say nothing are left out."""
        last = 0
        while page := list(self._documents_after(last)[:_PAGE]):
            last = page[-1][0]
            yield from (bytes(document) for _, document in page if document)

    def _documents_after(
        self, last: int
    ) -> QuerySet[Digest, tuple[int, bytes | memoryview]]:
        # Both sides begin where the last page ended, or each page would read all before it.
        rows = Digest.objects.filter(
            trace__in=self.traces().filter(pk__gt=last),
            trace_id__gt=last,
            evaluator=self.evaluator,
        )
        return rows.order_by("trace_id").values_list("trace_id", "document")

    def unreadable_count(self) -> int:
        """How many traces the evaluator could make nothing of."""
        empty = Digest.objects.filter(
            trace__in=self.traces(), evaluator=self.evaluator, document=b""
        )
        return empty.count()

    def _digest_of_trace(self) -> QuerySet[Digest]:
        return Digest.objects.filter(
            trace=OuterRef("pk"),
            evaluator=self.evaluator,
            of=Concat(Left(OuterRef("digest"), KEPT), Value(":"), OuterRef("outcome")),
        )


def state_of(trace: Trace) -> str:
    """What a digest was made of: the trace's steps, and how the trace ended as we know it."""
    return f"{trace.digest[:KEPT]}:{trace.outcome}"
