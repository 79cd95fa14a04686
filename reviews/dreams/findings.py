"""What a dream did about what it found: proposed, brought up to date, refused, and why.

A draft, its pattern, its proposal and its finding are one transaction under the dream's
lease: a worker may die between any two of them, and whoever goes on skips what is there.
A dry run does the same as any other dream up to here, and nothing of it stays but what
it would have done.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from django.db import transaction
from django.db.models.functions import Now

from reviews.dreams.endings import actor_of
from reviews.dreams.engines import Confirmed, Refusal
from reviews.dreams.leases import Lease
from reviews.dreams.models import Dream, Finding, Pattern
from reviews.proposals import quotations, submissions
from reviews.proposals.drafts import Draft, DraftOperation
from reviews.proposals.models import Proposal
from reviews.proposals.quotations import Checked
from reviews.proposals.submissions import Submission

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
    _write(
        dream,
        draft,
        result=_RESULTS[submission.result],
        pattern=_pattern(dream, draft),
        proposal=submission.proposal,
        code=submission.code[:40],
        reason=submission.reason,
    )


@transaction.atomic
def foresee(dream: Dream, draft: Draft, lease: Lease) -> None:
    """Say what would become of one draft, once per dream: it is proposed, and then it is not.

    So a dry run knows whatever the store would say to it: refusals, risk, policies. It
    takes no number: a gap would look like a proposal that somebody has deleted.
    """
    lease.renew()
    if dream.findings.filter(fingerprint=draft.fingerprint).exists():
        return
    with transaction.atomic():
        submission = submissions.open(
            dream.store, draft, by=actor_of(dream), number=-dream.pk
        )
        kept = _kept(draft, submission)
        transaction.set_rollback(True)
    opens = submission.result in ("opened", "returned")
    refused = submission.result == "refused"
    _write(
        dream,
        draft,
        result=Finding.Result.REFUSED if refused else Finding.Result.WOULD,
        proposal=None if opens else submission.proposal,
        code=submission.code[:40] if refused else submission.result,
        reason=submission.reason,
        draft=kept,
    )


def draft_of(finding: Finding) -> Draft:
    """The draft that a dry run kept, as the store would have had it; without quotes' words."""
    return msgspec.convert(finding.draft["draft"], Draft)


def quotes_of(dream: Dream, drafts: Iterable[Draft]) -> Checked:
    """The words of these drafts' quotes, from the steps as they are stored now."""
    quotes = [quote for draft in drafts for quote in draft.quotes]
    return quotations.check(dream.store.team, quotes)


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


def confirm(dream: Dream, confirmed: Iterable[Confirmed]) -> None:
    """Write down which rules the runs bear out."""
    start = dream.findings.count()
    Finding.objects.bulk_create(
        Finding(
            dream=dream,
            position=position,
            result=Finding.Result.CONFIRMED,
            fingerprint=rule.fingerprint,
            family=rule.family,
            kind=rule.kind,
            statement=rule.statement[:600],
            code=rule.rule[:40],
            reason=f"{rule.path}: {rule.reason}",
            counts=rule.counts,
        )
        for position, rule in enumerate(confirmed, start)
    )


def _write(dream: Dream, found: Draft, **known: Any) -> None:
    Finding.objects.create(
        dream=dream,
        position=dream.findings.count(),
        fingerprint=found.fingerprint,
        family=found.family,
        kind=found.kind,
        statement=found.title[:600],
        counts=found.counts,
        **known,
    )


def _kept(draft: Draft, submission: Submission) -> dict[str, Any]:
    """What the page of a dry run needs of a draft, while the proposal is there to be asked.

    Quotes keep their place and lose their words: an erased trace must not live on here.
    """
    proposal, decision = submission.proposal, submission.decision
    quotes = tuple(msgspec.structs.replace(quote, text="") for quote in draft.quotes)
    draft = msgspec.structs.replace(draft, quotes=quotes)
    said: dict[str, Any] = {}
    if proposal is not None and submission.result in ("opened", "returned"):
        draft = msgspec.structs.replace(draft, operations=_placed(draft, proposal))
        said = {
            "flags": proposal.flags,
            "risk": proposal.risk,
            "decided": decision.reason if decision else "",
        }
    return {"draft": msgspec.to_builtins(draft), **said}


def _placed(draft: Draft, proposal: Proposal) -> tuple[DraftOperation, ...]:
    """The operations with the words that they would replace, as the head has them."""
    befores = dict(proposal.operations.values_list("position", "before"))
    return tuple(
        msgspec.structs.replace(operation, before=befores.get(position) or "")
        for position, operation in enumerate(draft.operations)
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
