"""A dream answers whoever sent a proposal back: it follows the wish, or says why not.

Whatever thinks for the dream: a wish that can be followed needs no thought. Each answer is
one transaction under the dream's lease, so a worker may die between any two of them.
"""

from collections import Counter

from django.db import transaction

from reviews.dreams.endings import actor_of
from reviews.dreams.leases import Lease
from reviews.dreams.models import Dream, Finding
from reviews.errors import DomainError
from reviews.memory.models import Store
from reviews.proposals import followings
from reviews.proposals.models import Decision, Proposal

FOLLOWED = "followed"
NOT_FOLLOWED = "not-followed"
CODES = (FOLLOWED, NOT_FOLLOWED)


def answer(dream: Dream, lease: Lease) -> None:
    """Answer every request that waits for a dream; those answered before are left alone."""
    store = Store.objects.get(pk=dream.store_id)
    for decision in followings.pending(store):
        with transaction.atomic():
            lease.renew()
            _answer(dream, decision)


def answered(dream: Dream) -> Counter[str]:
    """How many requests were followed, and how many were not."""
    found = dream.findings.filter(code__in=CODES)
    return Counter(found.values_list("code", flat=True))


def _answer(dream: Dream, decision: Decision) -> None:
    """Follow one wish; what was half done about one that cannot be is taken back."""
    by = actor_of(dream)
    try:
        followed = followings.follow(decision, by=by)
    except DomainError as refusal:
        # Whatever the reason, one request must not keep a store from dreaming.
        decision.refresh_from_db()
        followings.decline(decision, refusal.message, by=by)
        _note(dream, decision.proposal, NOT_FOLLOWED, refusal.message)
    else:
        if followed is not None:
            _note(dream, followed.proposal, FOLLOWED, followed.sentence)


def _note(dream: Dream, proposal: Proposal, code: str, reason: str) -> None:
    """Say on the dream's page what became of a request."""
    done = code == FOLLOWED
    Finding.objects.create(
        dream=dream,
        position=dream.findings.count(),
        result=Finding.Result.UPDATED if done else Finding.Result.REFUSED,
        proposal=proposal,
        family=proposal.family,
        kind=proposal.kind,
        statement=proposal.title,
        code=code,
        reason=reason,
    )
