"""What the policies say of a new proposal: asked once, stored, and hidden at first.

Asked under the lock of the team's kill switch, so that a flip of the switch and a
policy's decision never miss each other.
"""

from collections.abc import Iterator, Sequence

import msgspec
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from reviews.memory.models import Store
from reviews.proposals import policies, requirements, states
from reviews.proposals.models import (
    Decision,
    Evidence,
    KillSwitch,
    Operation,
    Policy,
    PolicyVersion,
    Proposal,
    Verdict,
    Wording,
)
from reviews.proposals.policies import Asked, Judgement

DECIDING = (Policy.State.LIMITED, Policy.State.ACTIVE)


def give(proposal: Proposal, switch: KillSwitch) -> Verdict:
    """Ask the policies about a new proposal and store what they say."""
    judgement = judge(proposal)
    by_policy = judgement.approves and not judgement.shadow and not switch.on
    return Verdict.objects.create(
        proposal=proposal,
        policy_version=version_named(judgement.version) if judgement.version else None,
        approves=judgement.approves,
        shadow=not by_policy,
        bars=[*judgement.bars, *(["kill-switch"] if switch.on else [])],
        explanation=[
            *(msgspec.to_builtins(answer) for answer in judgement.answers),
            {"name": policies.MANUAL, "matched": not judgement.version},
        ],
    )


def judge(proposal: Proposal) -> Judgement:
    """Ask the policies in force, without storing anything."""
    asked = tuple(_asked(in_force(proposal.store)))
    return policies.judge(facts_of(proposal), asked, today=timezone.now().date())


def shown(proposal: Proposal) -> Verdict | None:
    """The verdict, once somebody has decided; until then it would only lead them.

    Nothing where no policy was asked: there is nobody who could have left it to people.
    """
    if proposal.state in states.WAITING:
        return None
    verdict = Verdict.objects.filter(proposal=proposal).first()
    return verdict if verdict is not None and _was_asked(verdict) else None


def in_force(store: Store) -> QuerySet[Policy]:
    """The policies that are asked about a store's proposals, in order."""
    return Policy.objects.filter(
        Q(store=store) | Q(store__isnull=True),
        team=store.team_id,
        state__in=[Policy.State.SHADOW, *DECIDING],
    ).order_by("position", "pk")


def facts_of(proposal: Proposal) -> dict[str, object]:
    """Everything that conditions may speak about, as the proposal froze it."""
    operations = list(Operation.objects.filter(proposal=proposal))
    wording = Wording.objects.get(proposal=proposal, number=proposal.wording)
    texts = wording.texts or {}
    voices = Evidence.objects.filter(
        operation__proposal=proposal, stance=Evidence.Stance.FOR
    )
    counts = {
        name: value
        for name, value in proposal.counts.items()
        if isinstance(value, (int, float))
    }
    return counts | {
        "fingerprint": proposal.fingerprint,
        "family": proposal.family,
        "kind": proposal.kind,
        "scope": proposal.scope,
        "store": proposal.store.name,
        "engine": proposal.engine or None,
        "proposer": proposal.by.partition(":")[0],
        "confidence": proposal.confidence,
        "impact": proposal.impact,
        "risk": proposal.risk,
        "flags": list(proposal.flags),
        "paths": sorted({operation.path for operation in operations}),
        "operations": len(operations),
        "changes": sorted({operation.kind for operation in operations}),
        "deletions": sum(o.kind == Operation.Kind.DELETE for o in operations),
        "deletion_limit": proposal.store.deletion_limit,
        "words": sum(len(t.split()) for key, t in texts.items() if key.isdecimal()),
        "voices": sorted(set(voices.values_list("provenance", flat=True))),
        "returned": proposal.returned_id is not None,
        "approvers": requirements.approvers_needed(requirements.situation_of(proposal)),
    }


def version_named(name: str) -> PolicyVersion:
    """The policy's version that acts under this name: ``4@2``."""
    policy, _, number = name.partition("@")
    return PolicyVersion.objects.select_related("policy").get(
        policy_id=int(policy), number=int(number)
    )


def _was_asked(verdict: Verdict) -> bool:
    """Whether any policy stood before “everything else: manual”."""
    names = {answer["name"] for answer in verdict.explanation}
    return verdict.approves or bool(names - {policies.MANUAL})


def _asked(rows: QuerySet[Policy]) -> Iterator[Asked]:
    """Policies as the matching sees them: the version in force of each."""
    found = list(rows)
    numbers = {policy.pk: policy.version for policy in found}
    versions = {
        version.policy_id: version
        for version in PolicyVersion.objects.filter(policy__in=found)
        if version.number == numbers[version.policy_id]
    }
    used = _used_today(found) if found else {}
    for policy in found:
        version = versions[policy.pk]
        yield Asked(
            name=policy.name,
            version=version.actor_name,
            active=policy.state in DECIDING,
            conditions=policies.read(version.conditions),
            limits=version.limits,
            used_today=used.get(policy.pk, 0),
        )


def _used_today(rows: Sequence[Policy]) -> dict[int, int]:
    """How often each has decided since midnight UTC; withdrawn ones do not count."""
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    decided = Decision.objects.filter(
        policy_version__policy__in=rows,
        at__gte=midnight,
        state__in=[Decision.State.HELD, Decision.State.APPLIED],
    )
    counted = decided.values("policy_version__policy").annotate(times=Count("pk"))
    return dict(counted.values_list("policy_version__policy", "times"))
