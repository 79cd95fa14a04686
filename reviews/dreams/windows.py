"""A dream's window as its evaluator sees it: what it holds, what is new, what was digested.

Which traces a store's dreams read at all, ``traces.windows`` knows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, Left

from reviews.dreams.models import Digest, Dream
from reviews.memory.models import Store, Subscription
from reviews.traces import windows
from reviews.traces.models import Trace

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
        """Every digest in the window, in any order; those that say nothing are left out.

        Nothing else can be asked over this connection until the last one is read.
        """
        rows = Digest.objects.filter(trace__in=self.traces(), evaluator=self.evaluator)
        query = rows.exclude(document=b"").order_by().values("document").query
        sql, params = query.sql_with_params()
        # As text a digest would be twice as long, and have to be made bytes again.
        statement = f"COPY ({sql}) TO STDOUT (FORMAT BINARY)"
        with connection.cursor() as cursor, cursor.copy(statement, params) as copy:
            copy.set_types(["bytea"])
            for (document,) in copy.rows():
                yield document

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
