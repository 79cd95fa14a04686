"""What a dream did about what it found: proposed, brought up to date, refused, and why.

A draft, its pattern, its proposal and its finding are one transaction under the dream's
lease: a worker may die between any two of them, and whoever goes on skips what is there.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models.functions import Now

from reviews.dreams.endings import actor_of
from reviews.dreams.engines import Refusal
from reviews.dreams.leases import Lease
from reviews.dreams.models import Dream, Finding, Pattern
from reviews.proposals import submissions
from reviews.proposals.drafts import Draft

_RESULTS = {
    "opened": Finding.Result.PROPOSED,
    "returned": Finding.Result.PROPOSED,
    "updated": Finding.Result.UPDATED,
    "refused": Finding.Result.REFUSED,
}
# Refusals kept with a dream; their number is counted in full.
MOST_REFUSALS = 500


@transaction.atomic
def submit(dream: Dream, draft: Draft, lease: Lease) -> None:
    """Propose one draft, once per dream; a refusal of the store's is a finding too."""
    lease.renew()
    if dream.findings.filter(fingerprint=draft.fingerprint).exists():
        return
    submission = submissions.open(dream.store, draft, by=actor_of(dream))
    Finding.objects.create(
        dream=dream,
        position=dream.findings.count(),
        result=_RESULTS[submission.result],
        pattern=_pattern(dream, draft),
        proposal=submission.proposal,
        fingerprint=draft.fingerprint,
        family=draft.family,
        kind=draft.kind,
        statement=draft.title[:600],
        code=submission.code[:40],
        reason=submission.reason,
        counts=draft.counts,
    )


def refuse(dream: Dream, refusals: Iterable[Refusal]) -> None:
    """Write down what was seen and not proposed."""
    start = dream.findings.count()
    Finding.objects.bulk_create(
        Finding(
            dream=dream,
            position=position,
            result=Finding.Result.REFUSED,
            fingerprint=refusal.fingerprint,
            family=refusal.family,
            kind=refusal.kind,
            statement=refusal.statement[:600],
            code=refusal.code[:40],
            reason=refusal.reason,
            counts=refusal.counts,
        )
        for position, refusal in enumerate(list(refusals)[:MOST_REFUSALS], start)
    )


def _pattern(dream: Dream, draft: Draft) -> Pattern:
    """The pattern behind a draft, known by its fingerprint across the store's dreams."""
    pattern, _ = Pattern.objects.update_or_create(
        store=dream.store,
        fingerprint=draft.fingerprint,
        defaults={
            "family": draft.family,
            "kind": draft.kind,
            "statement": draft.title[:600],
            "scope": draft.scope,
            "scope_of": draft.scope_of,
            "support": int(draft.counts.get("groups", 0)),
            "against": int(draft.counts.get("against", 0)),
            "base_rate": draft.counts.get("base_rate"),
            "counts": draft.counts,
            "trigger": draft.trigger,
            "last_seen_at": Now(),
        },
    )
    return pattern
