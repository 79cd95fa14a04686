"""Rules that were approved from patterns, and which runs had read them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec
from django.db.models import Max

from reviews.dreams.mining import excerpts
from reviews.dreams.mining.runs import RuleInForce
from reviews.memory.models import Subscription
from reviews.proposals.models import Decision, Proposal, Wording
from reviews.traces.models import Reading, Trace

# Of a rule, where a reflection names it.
_RULE_WORDS = 60


class Rulebook:
    """Which rules hold for the traces of a batch; each store and agent is asked about once."""

    def __init__(self) -> None:
        # Store → its rules with the version that brought them; agent → its stores.
        self._stores: dict[int, list[tuple[int, RuleInForce]]] = {}
        self._agents: dict[int, list[int]] = {}
        self._read: dict[int, dict[int, int]] = {}

    def prepare(self, keys: Sequence[int]) -> None:
        """Look up which versions these traces' runs read, all at once."""
        self._read = defaultdict(dict)
        rows = Reading.objects.filter(trace__in=list(keys)).values_list(
            "trace", "store"
        )
        for trace, store, number in rows.annotate(newest=Max("number")):
            self._read[trace][store] = number

    def of(self, trace: Trace) -> list[RuleInForce]:
        """The rules in force for one trace, and whether its run had read them."""
        read = self._read.get(trace.pk, {})
        stores = dict.fromkeys([*read, *self._subscribed(trace.agent_id)])
        return [
            msgspec.structs.replace(rule, read=read.get(store, 0) >= since)
            for store in stores
            for since, rule in self._of_store(store)
        ]

    def _subscribed(self, agent: int) -> list[int]:
        if agent not in self._agents:
            rows = Subscription.objects.filter(agent=agent).order_by("store_id")
            self._agents[agent] = list(rows.values_list("store_id", flat=True))
        return self._agents[agent]

    def _of_store(self, store: int) -> list[tuple[int, RuleInForce]]:
        if store not in self._stores:
            self._stores[store] = list(_applied(store))
        return self._stores[store]


def _applied(store: int) -> Iterable[tuple[int, RuleInForce]]:
    """Rules that were approved from a pattern of the store and that still stand.

    In the words that were approved. What nobody has decided on yet is no advice: it would
    reach agents past the review.
    """
    rows = Decision.objects.filter(
        proposal__store=store,
        proposal__state=Proposal.State.APPLIED,
        state=Decision.State.APPLIED,
    ).exclude(proposal__trigger={})
    decisions = list(rows.select_related("proposal", "version").order_by("proposal"))
    wordings = Wording.objects.filter(
        proposal__in=[one.proposal_id for one in decisions]
    )
    texts = {(one.proposal_id, one.number): one.texts or {} for one in wordings}
    for decision in decisions:
        proposal, version = decision.proposal, decision.version
        approved = texts.get((proposal.pk, decision.wording), {})
        text = next(filter(None, map(approved.get, map(str, decision.included))), "")
        if version is not None and text:
            yield (
                version.number,
                RuleInForce(
                    name=proposal.name,
                    proposal=proposal.pk,
                    statement=excerpts.clipped(excerpts.line(text), _RULE_WORDS),
                    trigger=proposal.trigger,
                    scope=proposal.scope,
                    scope_of=proposal.scope_of,
                ),
            )
