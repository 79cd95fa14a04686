"""What agents did: traces, their steps in one document each, and who read which version."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now

from reviews.memory.models import Store
from reviews.rows import Rows
from reviews.teams.models import Agent, Team


class Trace(models.Model):
    """One recorded run of an agent."""

    class Outcome(models.TextChoices):
        UNKNOWN = "", "Unknown"
        SUCCESS = "success", "Success"
        FAILURE = "failure", "Failure"

    # Composite indexes below begin with these, so they need none of their own.
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, related_name="traces", db_index=False
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, related_name="traces", db_index=False
    )
    external_id = models.CharField(max_length=200)
    format = models.CharField(max_length=40)
    title = models.CharField(max_length=200, blank=True)
    # A name within the team: not necessarily somebody who signs in.
    person = models.CharField(max_length=120, blank=True)
    model = models.CharField(max_length=120, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # When it happened if it says so, else when it came: what lists sort and filter by.
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    # First day of the month of receipt: names the partition of its body.
    month = models.DateField()
    outcome = models.CharField(
        max_length=10, choices=Outcome, default=Outcome.UNKNOWN, blank=True
    )
    reward = models.FloatField(null=True, blank=True)
    # The unit of support: the task where there is one, else person and masked opening.
    group = models.CharField(max_length=64)
    tags = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    step_count = models.PositiveIntegerField(default=0)
    call_count = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0)
    token_count = models.PositiveBigIntegerField(default=0)
    cost = models.FloatField(null=True, blank=True)
    # {"aws-key": 2}: what redaction at intake took out, by kind.
    redactions = models.JSONField(default=dict, blank=True)
    # {"store name": version number} that the run says it read.
    read = models.JSONField(default=dict, blank=True)
    # sha256 of the stored steps: the same run arriving again is known by it.
    digest = models.CharField(max_length=64)
    search = SearchVectorField(null=True)

    objects = Rows["Trace"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "external_id"], name="%(app_label)s_%(class)s_once"
            ),
        ]
        indexes = [
            models.Index(fields=["team", "-happened_at", "-id"], name="trace_newest"),
            models.Index(
                fields=["agent", "-happened_at", "-id"], name="trace_by_agent"
            ),
            models.Index(
                fields=["team", "outcome", "-happened_at", "-id"],
                name="trace_by_outcome",
            ),
            models.Index(
                fields=["team", "person", "-happened_at", "-id"], name="trace_by_person"
            ),
            models.Index(fields=["agent", "received_at", "id"], name="trace_window"),
            models.Index(fields=["team", "group"], name="trace_by_group"),
            GinIndex(fields=["search"], name="trace_search", fastupdate=True),
        ]

    def __str__(self) -> str:
        return self.title or self.external_id


class TraceBody(models.Model):
    """A trace's steps as one compressed document; partitioned by month of receipt.

    Nothing has a foreign key to it: it is read by (month, trace), or not at all.
    """

    pk = models.CompositePrimaryKey("month", "trace_id")
    month = models.DateField()
    trace_id = models.BigIntegerField()
    # zlib of msgspec JSON: {"steps": [...], "extra": {...}}.
    document = models.BinaryField()
    # Characters of text in the steps, before compression.
    size = models.PositiveIntegerField()

    class Meta:
        db_table = "reviews_tracebody"

    def __str__(self) -> str:
        return f"body of trace {self.trace_id}"


class Reading(models.Model):
    """Which run of an agent took which version of a store, and when."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="readings")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="readings")
    number = models.PositiveIntegerField()
    # The run's external id if the reader gave one; else empty, and the day stands for it.
    run = models.CharField(max_length=200, blank=True)
    day = models.DateField()
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(db_default=Now())
    trace = models.ForeignKey(
        Trace, on_delete=models.SET_NULL, null=True, blank=True, related_name="readings"
    )

    objects = Rows["Reading"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "store", "number", "run", "day"],
                name="%(app_label)s_%(class)s_once",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "number"], name="reading_by_version"),
            models.Index(fields=["agent", "run"], name="reading_by_run"),
            models.Index(fields=["store", "day"], name="reading_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.agent} read {self.store} v{self.number}"
