"""What being taken back means for a proposal, directly or because somebody asked for it."""

import uuid

from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.memory.models import Version
from reviews.proposals import mutes, states
from reviews.proposals.models import Decision, Policy, Proposal
from reviews.proposals.previews import Preview


def settle(
    proposal: Proposal,
    preview: Preview,
    version: Version | None,
    *,
    by: Actor,
    reason: str,
    request: uuid.UUID | None = None,
    through: Proposal | None = None,
) -> Decision:
    """Settle one proposal as rolled back.

    Of several that one version undoes, one decision carries it; a version has one. What
    was asked for ``through`` a proposal is carried by that one's own decision.
    """
    now = timezone.now()
    states.move(proposal, Proposal.State.ROLLED_BACK, settled_at=now)
    applied = Decision.State.APPLIED if version else Decision.State.RECORDED
    decision = Decision.objects.create(
        proposal=proposal,
        verb=Decision.Verb.ROLL_BACK,
        state=applied,
        by=str(by),
        reason=reason,
        wording=proposal.wording,
        bound=preview.bound,
        head=preview.head,
        at=now,
        version=version,
        request=request,
        note=f"Asked for by {through}." if through else "",
    )
    mutes.place(proposal, by=by, reason=reason)
    ledger.record(
        by,
        "proposal.rolled-back",
        proposal,
        team=proposal.store.team,
        reason=reason,
        decision=decision.pk,
        verb=preview.verb,
        version=preview.head + 1,
        conflicts=sorted(preview.conflicts),
        **({"through": through.pk} if through else {}),
    )
    return decision


def reinstate(proposal: Proposal, *, by: Actor, reason: str) -> None:
    """Say of a proposal that came back with an old state that it is in force again."""
    states.move(proposal, Proposal.State.APPLIED, settled_at=timezone.now())
    mutes.lift(proposal.store, proposal.fingerprint, by=by, reason=reason)
    ledger.record(
        by, "proposal.reinstated", proposal, team=proposal.store.team, reason=reason
    )


def stop_policies(preview: Preview, *, by: Actor) -> None:
    """Trip the policies that had approved what is undone; pause those that would."""
    approved = set(
        Decision.objects.filter(
            proposal__in=preview.undone, policy_version__isnull=False
        ).values_list("policy_version__policy", flat=True)
    )
    undone = ", ".join(proposal.name for proposal in preview.undone)
    guilty = Policy.objects.filter(pk__in=approved).exclude(
        pk__in=[policy.pk for policy in preview.policies]
    )
    for policy in (*preview.policies, *guilty):
        tripped = policy.pk in approved
        policy.state = Policy.State.TRIPPED if tripped else Policy.State.PAUSED
        policy.save(update_fields=["state"])
        ledger.record(
            by,
            "policy.moved",
            policy,
            team=preview.store.team,
            reason=f"{undone} was rolled back.",
            to=policy.state,
        )
