"""The offline pass: dreams, their shards, what they found, and when they come by themselves."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from reviews.dreams.models.patterns import Pattern
from reviews.memory.models import Store
from reviews.proposals.models import Proposal
from reviews.rows import Rows


class Dream(models.Model):
    """One offline pass over a window of traces for one store."""

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"
        CANCELED = "canceled", "Canceled"

    class Stage(models.TextChoices):
        READ = "read", "Reading"
        EVALUATE = "evaluate", "Evaluating"
        EXTRACT = "extract", "Extracting"
        DRAFT = "draft", "Drafting"
        CHECK = "check", "Checking"
        SUBMIT = "submit", "Submitting"

    class Trigger(models.TextChoices):
        MANUAL = "manual", "By hand"
        SCHEDULE = "schedule", "On schedule"

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="dreams")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.READ)
    trigger = models.CharField(max_length=10, choices=Trigger, default=Trigger.MANUAL)
    by = models.CharField(max_length=200)
    engine = models.CharField(max_length=40)
    engine_version = models.CharField(max_length=40)
    # Every threshold, frozen at the start.
    settings = models.JSONField(default=dict)
    base = models.PositiveIntegerField(default=0)
    # Traces received up to here belong to it; the next dream calls newer ones new.
    watermark = models.DateTimeField(null=True, blank=True)
    window_start = models.DateTimeField(null=True, blank=True)
    # By name: traces, new, evaluated, "signals", "patterns", "proposals", "updated",
    #  "refused", ...}
    counts = models.JSONField(default=dict)
    # {"read": {"started", "ended", "count"}, ...}
    stages = models.JSONField(default=dict)
    coverage = models.JSONField(default=dict)
    # Why it proposed what it did, or why nothing: sentences.
    notes = models.JSONField(default=list)
    # US dollars, and tokens by the names of the model's own bill.
    cost = models.FloatField(default=0.0)
    usage = models.JSONField(default=dict)
    # It says what it would propose, and proposes nothing.
    dry = models.BooleanField(default=False)
    # The dream whose inputs it was given once more.
    again_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="agains"
    )
    error = models.TextField(blank=True)
    # The cron time it was due at; one dream per store and due time.
    due_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # A worker that is alive renews it; past it, another may take over.
    leased_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=120, blank=True)
    # It waits for somebody else's machine: nobody need look at it before.
    wakes_at = models.DateTimeField(null=True, blank=True)

    objects = Rows["Dream"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store"],
                condition=Q(state__in=["pending", "running"]),
                name="%(app_label)s_%(class)s_one_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["store", "due_at"], name="%(app_label)s_%(class)s_once_per_due"
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="dream_newest"),
        ]

    def __str__(self) -> str:
        return f"dream {self.pk} of {self.store}"


class Shard(models.Model):
    """A slice of a dream's new traces, evaluated by one task, counted when done."""

    dream = models.ForeignKey(Dream, on_delete=models.CASCADE, related_name="shards")
    number = models.PositiveIntegerField()
    traces = models.JSONField()
    done_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    signals = models.PositiveIntegerField(default=0)

    objects = Rows["Shard"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dream", "number"], name="%(app_label)s_%(class)s_number"
            ),
        ]

    def __str__(self) -> str:
        return f"shard {self.number} of {self.dream}"


class Finding(models.Model):
    """What a dream did about something it found: proposed, updated, refused, and why."""

    class Result(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        UPDATED = "updated", "Updated an open proposal"
        REFUSED = "refused", "Refused"
        # By a dry run.
        WOULD = "would", "Would be proposed"
        CONFIRMED = "confirmed", "A rule that is followed"

    dream = models.ForeignKey(Dream, on_delete=models.CASCADE, related_name="findings")
    position = models.PositiveIntegerField()
    result = models.CharField(max_length=10, choices=Result)
    pattern = models.ForeignKey(
        Pattern,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="findings",
    )
    proposal = models.ForeignKey(
        Proposal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="findings",
    )
    fingerprint = models.CharField(max_length=64, blank=True)
    family = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=30, blank=True)
    statement = models.CharField(max_length=600)
    # For a refusal: its code and its reason in words.
    code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    counts = models.JSONField(default=dict)
    # Of a dry run: {"draft": as ``proposals.drafts`` writes it, "risk", "flags", "decided"}.
    draft = models.JSONField(default=dict)

    objects = Rows["Finding"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dream", "position"], name="%(app_label)s_%(class)s_position"
            ),
        ]
        indexes = [models.Index(fields=["proposal"], name="finding_of_proposal")]

    def __str__(self) -> str:
        return f"{self.result}: {self.statement}"


class Schedule(models.Model):
    """When a store dreams by itself: a cron expression in a time zone."""

    store = models.OneToOneField(
        Store, on_delete=models.CASCADE, primary_key=True, related_name="schedule"
    )
    cron = models.CharField(max_length=100)
    timezone = models.CharField(max_length=60, default="UTC")
    engine = models.CharField(max_length=40, default="offline")
    enabled = models.BooleanField(default=True)
    next_at = models.DateTimeField()

    objects = Rows["Schedule"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["next_at"], name="schedule_due")]

    def __str__(self) -> str:
        return f"{self.cron} ({self.timezone})"
