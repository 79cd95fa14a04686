"""Every draft tried on the runs of its window before anybody is asked about it.

What would have bothered more runs than it could have helped is flagged; what would have
bothered far more is not proposed at all. Rules that only remind bother nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import msgspec
from django.db import transaction

from reviews.dreams.checks import refusal
from reviews.dreams.engines import Refusal
from reviews.dreams.mining import counterfactuals
from reviews.dreams.mining.counterfactuals import REMINDERS, WEIGHED, Tried
from reviews.dreams.mining.thresholds import from_settings
from reviews.dreams.models import Dream, Pattern
from reviews.memory.models import Store
from reviews.proposals.drafts import Draft
from reviews.traces.models import Trace


@runtime_checkable
class TriesOut(Protocol):
    """An engine that can try its drafts on past runs, from the digests alone."""

    def try_out(
        self, digests: Iterable[bytes], drafts: Sequence[Draft]
    ) -> Sequence[Tried]:
        """What came of each draft."""
        ...


class Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """Drafts that may be proposed, those that may not, and what came of trying each."""

    passed: list[Draft]
    refused: list[Refusal]
    # By fingerprint.
    tried: dict[str, Tried]


def weigh(
    engine: object,
    drafts: Sequence[Draft],
    digests: Iterable[bytes],
    settings: Mapping[str, Any],
) -> Weighed:
    """Try drafts out where the engine can; its counts go with each."""
    if not isinstance(engine, TriesOut) or not drafts:
        return Weighed(passed=list(drafts), refused=[], tried={})
    limits = from_settings(settings)
    passed: list[Draft] = []
    refused: list[Refusal] = []
    tried: dict[str, Tried] = {}
    for draft, one in zip(drafts, engine.try_out(digests, drafts), strict=True):
        tried[draft.fingerprint] = one
        counted = with_counts(draft, one)
        if draft.kind not in WEIGHED or one.fine <= limits.collateral * one.failed:
            passed.append(counted)
        elif one.fine > limits.collateral_refused * one.failed:
            refused.append(refusal(counted, "collateral", _too_much(one)))
        else:
            flags = tuple(dict.fromkeys((*draft.flags, "collateral")))
            passed.append(msgspec.structs.replace(counted, flags=flags))
    return Weighed(passed=passed, refused=refused, tried=tried)


def with_counts(draft: Draft, tried: Tried) -> Draft:
    """The draft with what it would have done, for policies to ask about."""
    if not tried.applied:
        return draft
    counts = draft.counts | {
        "would_apply": tried.applied,
        "would_prevent": tried.failed,
        "collateral": tried.fine,
    }
    return msgspec.structs.replace(draft, counts=counts)


@transaction.atomic
def write(dream: Dream, drafts: Sequence[Draft], tried: Mapping[str, Tried]) -> None:
    """Keep with each pattern what came of trying it, and some runs to look at."""
    if dream.dry:
        return
    store = dream.store
    keys = _keys(store, tried.values())
    by_fingerprint = {draft.fingerprint: draft for draft in drafts}
    rows = list(Pattern.objects.filter(store=store, fingerprint__in=tried))
    for row in rows:
        draft = by_fingerprint.get(row.fingerprint)
        if draft is None:
            continue
        row.counterfactual = plain(tried[row.fingerprint], keys)
        row.counterfactual["tried"] = counterfactuals.is_tryable(draft)
        row.counterfactual["reminds"] = draft.kind in REMINDERS
    Pattern.objects.bulk_update(rows, ["counterfactual"])


def plain(tried: Tried, keys: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    """Counts, and by verdict the keys of the runs that are still there."""
    return {
        "applied": tried.applied,
        "failed": tried.failed,
        "fine": tried.fine,
        "recovered": tried.recovered,
        "traces": {
            verdict: [
                keys[run.agent, run.trace]
                for run in runs
                if (run.agent, run.trace) in keys
            ]
            for verdict, runs in tried.runs.items()
        },
    }


def _keys(store: Store, tried: Iterable[Tried]) -> dict[tuple[str, str], int]:
    names = {run.trace for one in tried for runs in one.runs.values() for run in runs}
    found = Trace.objects.filter(team=store.team_id, external_id__in=names)
    return {
        (agent, name): key
        for key, agent, name in found.values_list("pk", "agent__name", "external_id")
    }


def _too_much(tried: Tried) -> str:
    return (
        f"It would have applied in {tried.applied} runs: {tried.failed} had the failure,"
        f" {tried.fine} were fine without it."
    )
