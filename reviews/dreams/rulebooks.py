"""Rules that were approved from patterns, and which runs had read them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec
from django.db import connection
from django.db.models import OuterRef, Subquery

from reviews.dreams.mining import excerpts
from reviews.dreams.mining.runs import RuleInForce
from reviews.proposals.models import Decision, Proposal, Wording
from reviews.traces.models import Trace

# Of a rule, where a reflection names it.
_RULE_WORDS = 60

# What runs read, by trace; and what their agents subscribe to, which has no number.
_READ = """
SELECT trace_id, store_id, max(number) FROM reviews_reading
WHERE trace_id = ANY(%(traces)s) GROUP BY trace_id, store_id
UNION ALL SELECT agent_id, store_id, NULL FROM reviews_subscription
WHERE agent_id IN (SELECT agent_id FROM reviews_trace WHERE id = ANY(%(traces)s))
ORDER BY 1, 2
"""


class Rulebook:
    """Which rules hold for the traces of a batch; each store is asked about once."""

    def __init__(self) -> None:
        # Store → its rules with the version that brought them; agent → its stores.
        self._stores: dict[int, list[tuple[int, RuleInForce]]] = {}
        self._agents: dict[int, list[int]] = {}
        self._read: dict[int, dict[int, int]] = {}

    def prepare(self, keys: Sequence[int]) -> None:
        """Look up what these traces' runs read, and might have read, all at once."""
        self._read, self._agents = defaultdict(dict), defaultdict(list)
        with connection.cursor() as cursor:
            cursor.execute(_READ, {"traces": list(keys)})
            for about, store, number in cursor.fetchall():
                if number is None:
                    self._agents[about].append(store)
                else:
                    self._read[about][store] = number

    def of(self, trace: Trace) -> list[RuleInForce]:
        """The rules in force for one trace, and whether its run had read them."""
        read = self._read.get(trace.pk, {})
        stores = dict.fromkeys([*read, *self._agents.get(trace.agent_id, ())])
        self._look_up(stores)
        return [
            msgspec.structs.replace(rule, read=read.get(store, 0) >= since)
            for store in stores
            for since, rule in self._stores[store]
        ]

    def _look_up(self, stores: Iterable[int]) -> None:
        missing = [store for store in stores if store not in self._stores]
        if missing:
            self._stores |= _applied(missing)


def _applied(stores: Sequence[int]) -> dict[int, list[tuple[int, RuleInForce]]]:
    """Rules that were approved from a pattern and that still stand, by store.

    In the words that were approved. What nobody has decided on yet is no advice: it would
    reach agents past the review.
    """
    wording = Wording.objects.filter(
        proposal=OuterRef("proposal"), number=OuterRef("wording")
    )
    rows = (
        Decision.objects.filter(
            proposal__store__in=stores,
            proposal__state=Proposal.State.APPLIED,
            state=Decision.State.APPLIED,
        )
        .exclude(proposal__trigger={})
        .select_related("proposal", "version")
        .annotate(approved=Subquery(wording.values("texts")))
        .order_by("proposal")
    )
    found: dict[int, list[tuple[int, RuleInForce]]] = {store: [] for store in stores}
    for decision in rows:
        proposal, version = decision.proposal, decision.version
        approved = decision.approved or {}
        text = next(filter(None, map(approved.get, map(str, decision.included))), "")
        if version is not None and text:
            rule = RuleInForce(
                name=proposal.name,
                proposal=proposal.pk,
                statement=excerpts.clipped(excerpts.line(text), _RULE_WORDS),
                trigger=proposal.trigger,
                scope=proposal.scope,
                scope_of=proposal.scope_of,
            )
            found[proposal.store_id].append((version.number, rule))
    return found
