"""Who said yes or no: approvals, decisions, and what a no leaves behind."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from reviews.memory.models import Store, Version
from reviews.proposals.models.proposals import Proposal
from reviews.rows import Rows


class Approval(models.Model):
    """One person's yes to one wording; the decision comes when there are enough."""

    proposal = models.ForeignKey(
        Proposal, on_delete=models.PROTECT, related_name="approvals"
    )
    wording = models.PositiveIntegerField()
    by = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Now())
    # Reset by a new wording or a moved base.
    void_at = models.DateTimeField(null=True, blank=True)

    objects = Rows["Approval"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "wording", "by"],
                condition=Q(void_at__isnull=True),
                name="%(app_label)s_%(class)s_once_per_wording",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by} approves w{self.wording} of {self.proposal}"


class Decision(models.Model):
    """How a proposal was settled, by whom and why, and which version came of it."""

    class Verb(models.TextChoices):
        APPROVE = "approve", "Approved"
        EDIT = "approve-with-edits", "Approved with edits"
        REJECT = "reject", "Rejected"
        REQUEST_CHANGES = "request-changes", "Changes requested"
        ROLL_BACK = "roll-back", "Rolled back"

    class State(models.TextChoices):
        HELD = "held", "Held"
        APPLIED = "applied", "Applied"
        WITHDRAWN = "withdrawn", "Withdrawn"
        # Applying met a conflict; the proposal needs attention.
        FAILED = "failed", "Failed"
        # Needs no version: a rejection, a request for changes.
        RECORDED = "recorded", "Recorded"

    proposal = models.ForeignKey(
        Proposal, on_delete=models.PROTECT, related_name="decisions"
    )
    verb = models.CharField(max_length=20, choices=Verb)
    state = models.CharField(max_length=10, choices=State)
    by = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    # For a rejection: wrong, too-broad, not-durable, private, duplicate, unsafe, other.
    ground = models.CharField(max_length=20, blank=True)
    # For a request for changes, what a dream can follow: {"wish": ..., and its value}.
    # For an approval in part, what becomes of the others: {"rest": "split" or "reject"}.
    wishes = models.JSONField(default=dict, blank=True)
    wording = models.PositiveIntegerField()
    # Positions of the operations decided on.
    included = ArrayField(models.PositiveSmallIntegerField(), default=list)
    # sha256 of wording and touched blocks at the moment of deciding.
    bound = models.CharField(max_length=64)
    # The store's head at that moment: recorded, not compared.
    head = models.PositiveIntegerField()
    at = models.DateTimeField(db_default=Now())
    applies_at = models.DateTimeField(null=True, blank=True)
    version = models.OneToOneField(
        Version,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="decision",
    )
    # What applying had to say: "rebased cleanly over v42", or the conflict.
    note = models.TextField(blank=True)
    # A form's or client's id of this request: sent twice, answered once.
    request = models.UUIDField(null=True, blank=True, unique=True)
    policy_version = models.ForeignKey(
        "PolicyVersion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
    )

    objects = Rows["Decision"].as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="applied", version__isnull=False)
                | (~Q(state="applied") & Q(version__isnull=True)),
                name="%(app_label)s_%(class)s_applied_iff_version",
            ),
            models.CheckConstraint(
                condition=~Q(state="held") | Q(applies_at__isnull=False),
                name="%(app_label)s_%(class)s_held_until",
            ),
            models.UniqueConstraint(
                fields=["proposal"],
                condition=Q(state="held"),
                name="%(app_label)s_%(class)s_one_held",
            ),
        ]
        indexes = [
            models.Index(
                fields=["applies_at"], condition=Q(state="held"), name="decision_due"
            ),
            models.Index(fields=["proposal", "-at"], name="decision_of_proposal"),
        ]

    def __str__(self) -> str:
        return f"{self.by} {self.verb} {self.proposal}"


class Mute(models.Model):
    """A fingerprint that was rejected or rolled back: it stays quiet without new evidence."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="mutes")
    fingerprint = models.CharField(max_length=64)
    proposal = models.ForeignKey(
        Proposal, on_delete=models.PROTECT, related_name="mutes"
    )
    by = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    ground = models.CharField(max_length=20, blank=True)
    # The groups that were known when it was muted.
    groups = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    # And the people behind it, and how strong it was (its impact).
    people = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    effect = models.FloatField(default=0.0)
    times = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField(db_default=Now())
    # Before this, no evidence brings it back.
    until = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = Rows["Mute"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "fingerprint"],
                condition=Q(lifted_at__isnull=True),
                name="%(app_label)s_%(class)s_one_per_fingerprint",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fingerprint[:12]} in {self.store}"
