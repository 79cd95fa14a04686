"""The policies of a team: written, changed, moved up and down, and stopped at once.

A change is a new version and starts as a draft again; nothing that a policy decided
under an older version is rewritten.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from reviews.audit import ledger
from reviews.audit.actors import Actor
from reviews.errors import DomainError, Invalid
from reviews.memory.models import Store
from reviews.proposals import locks, policies, requirements
from reviews.proposals.models import KillSwitch, Policy, PolicyVersion
from reviews.teams.models import Team

State = Policy.State
# Where a policy may be moved without a stored dry run of its version.
WITHOUT_DRY_RUN = (State.DRAFT, State.SHADOW, State.PAUSED)


class NoDryRun(DomainError):
    """A policy decides nothing before a dry run of that very version is stored."""

    code = "no-dry-run"


@transaction.atomic
def create(
    team: Team,
    name: str,
    conditions: Sequence[Sequence[Mapping[str, Any]]],
    *,
    by: Actor,
    store: Store | None = None,
    limits: Mapping[str, Any] | None = None,
) -> Policy:
    """Write a policy behind all others; it is a draft and decides nothing."""
    Team.objects.select_for_update().get(pk=team.pk)
    last = Policy.objects.filter(team=team).aggregate(last=Max("position"))["last"]
    policy = Policy.objects.create(
        team=team, store=store, name=name, position=(last or 0) + 1
    )
    _write(policy, 1, conditions, limits or {}, by)
    ledger.record(by, "policy.created", policy, team=team)
    return policy


@transaction.atomic
def change(
    policy: Policy,
    conditions: Sequence[Sequence[Mapping[str, Any]]],
    *,
    by: Actor,
    limits: Mapping[str, Any] | None = None,
    reason: str = "",
) -> PolicyVersion:
    """Write a policy's next version and put that in force, as a draft."""
    policy.refresh_from_db(from_queryset=Policy.objects.select_for_update())
    version = _write(policy, policy.version + 1, conditions, limits or {}, by)
    policy.version, policy.state = version.number, State.DRAFT
    policy.save(update_fields=["version", "state"])
    ledger.record(
        by,
        "policy.changed",
        policy,
        team=policy.team,
        reason=reason,
        version=version.number,
    )
    return version


@transaction.atomic
def move(policy: Policy, to: Policy.State, *, by: Actor, reason: str) -> None:
    """Move a policy to another state, for a reason; deciding takes a dry run first."""
    requirements.check_reason(reason, "Say why the policy is moved.")
    if to not in WITHOUT_DRY_RUN:
        raise NoDryRun
    policy.refresh_from_db(from_queryset=Policy.objects.select_for_update())
    before, policy.state = policy.state, to
    policy.save(update_fields=["state"])
    ledger.record(
        by,
        "policy.moved",
        policy,
        team=policy.team,
        reason=reason,
        before=before,
        to=to,
    )


@transaction.atomic
def flip(team: Team, *, on: bool, by: Actor, reason: str) -> KillSwitch:
    """Stop every policy of a team at once, or let them decide again."""
    requirements.check_reason(reason, "Say why the kill switch is flipped.")
    switch = locks.take_switch(team.pk)
    switch.on, switch.by, switch.reason = on, str(by), reason
    switch.at = timezone.now()
    switch.save(update_fields=["on", "by", "reason", "at"])
    ledger.record(by, "kill-switch.flipped", team, team=team, reason=reason, on=on)
    return switch


def _write(
    policy: Policy,
    number: int,
    conditions: Sequence[Sequence[Mapping[str, Any]]],
    limits: Mapping[str, Any],
    by: Actor,
) -> PolicyVersion:
    """Store one version whose conditions and limits can be read."""
    policies.read(conditions)
    unknown = set(limits) - set(policies.LIMITS)
    if unknown:
        raise Invalid(f"There is no such limit: {', '.join(sorted(unknown))}.")
    return PolicyVersion.objects.create(
        policy=policy,
        number=number,
        conditions=[[dict(row) for row in group] for group in conditions],
        limits=dict(limits),
        by=str(by),
    )
