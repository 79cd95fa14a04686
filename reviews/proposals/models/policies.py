"""What may decide without a person: policies, their versions, what they said, and the switch."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from reviews.memory.models import Store
from reviews.proposals.models.proposals import Proposal
from reviews.rows import Rows
from reviews.teams.models import Team


class Policy(models.Model):
    """An admin's rule that lets the system decide; asked in order of position."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SHADOW = "shadow", "Shadow"
        LIMITED = "limited", "Limited"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        TRIPPED = "tripped", "Tripped"

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="policies")
    # Null: for every store of the team.
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, null=True, blank=True, related_name="policies"
    )
    name = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    # Number of the version in force.
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    objects = Rows["Policy"].as_manager()

    class Meta:
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(
                fields=["team", "position"],
                name="%(app_label)s_%(class)s_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """One immutable wording of a policy: conditions as data, and limits."""

    policy = models.ForeignKey(
        Policy, on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField()
    # [[{"field", "operator", "value"}, ...], ...]: rows joined by AND, groups by OR.
    conditions = models.JSONField()
    # By name: per_day, max_operations, hold_seconds, sample, expires_on, ....
    limits = models.JSONField(default=dict)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())

    objects = Rows["PolicyVersion"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "number"], name="%(app_label)s_%(class)s_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy} @{self.number}"

    @property
    def actor_name(self) -> str:
        return f"{self.policy_id}@{self.number}"


class Verdict(models.Model):
    """What the policies said of a new proposal, hidden until a person has decided."""

    proposal = models.OneToOneField(
        Proposal, on_delete=models.PROTECT, related_name="verdict"
    )
    # The first policy that matched; null means the last row: manual.
    policy_version = models.ForeignKey(
        PolicyVersion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="verdicts",
    )
    approves = models.BooleanField(default=False)
    # In shadow nothing came of it.
    shadow = models.BooleanField(default=True)
    # Hard bars that stood in the way, whatever a policy says.
    bars = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    # Per policy asked, in order: name, version, matched, why not.
    explanation = models.JSONField(default=list)
    at = models.DateTimeField(db_default=Now())

    objects = Rows["Verdict"].as_manager()

    def __str__(self) -> str:
        return f"{'approve' if self.approves else 'manual'} for {self.proposal}"


class KillSwitch(models.Model):
    """Stops every policy of a team at once; its row lock is taken by each policy decision."""

    team = models.OneToOneField(
        Team, on_delete=models.CASCADE, primary_key=True, related_name="kill_switch"
    )
    on = models.BooleanField(default=False)
    by = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Now())

    objects = Rows["KillSwitch"].as_manager()

    def __str__(self) -> str:
        return f"{'on' if self.on else 'off'} for {self.team}"
