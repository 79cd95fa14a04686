"""What is asked of a model, what it answered, and what that cost."""

from decimal import Decimal

from django.db import models
from django.db.models.functions import Now

from reviews.dreams.models.dreams import Dream
from reviews.dreams.models.replays import Replay
from reviews.rows import Rows
from reviews.teams.models import Team


class Price(models.Model):
    """What a model costs from a day on: US dollars per million tokens.

    A row is a team's own figure; the figures that everybody begins with are in
    ``asking/prices.json``.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="prices")
    model = models.CharField(max_length=256)
    since = models.DateField()
    input = models.DecimalField(max_digits=10, decimal_places=4)
    output = models.DecimalField(max_digits=10, decimal_places=4)
    cache_write_5m = models.DecimalField(max_digits=10, decimal_places=4)
    cache_write_1h = models.DecimalField(max_digits=10, decimal_places=4)
    cache_read = models.DecimalField(max_digits=10, decimal_places=4)
    # What a batch costs of it.
    batch_share = models.DecimalField(
        max_digits=4, decimal_places=3, default=Decimal("0.5")
    )
    # Prompts longer than this, in tokens, have prices of their own.
    long_from = models.PositiveIntegerField(null=True, blank=True)
    long_input = models.DecimalField(
        max_digits=10, decimal_places=4, null=True, blank=True
    )
    long_output = models.DecimalField(
        max_digits=10, decimal_places=4, null=True, blank=True
    )
    # Where the figures come from, or who typed them in.
    source = models.CharField(max_length=200, blank=True)

    objects = Rows["Price"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "model", "since"],
                name="%(app_label)s_%(class)s_once_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} from {self.since}"


class Budget(models.Model):
    """What a team lets its dreams spend, in US dollars, and on which models."""

    team = models.OneToOneField(
        Team, on_delete=models.CASCADE, primary_key=True, related_name="budget"
    )
    per_dream = models.DecimalField(
        max_digits=10, decimal_places=2, default=Decimal("2.00")
    )
    per_day = models.DecimalField(
        max_digits=10, decimal_places=2, default=Decimal("5.00")
    )
    per_month = models.DecimalField(
        max_digits=10, decimal_places=2, default=Decimal("50.00")
    )
    # For facets, for judging, and for curating and doubting.
    small = models.CharField(max_length=256, default="claude-haiku-5-5")
    middle = models.CharField(max_length=256, default="claude-sonnet-5-5")
    strong = models.CharField(max_length=256, default="claude-opus-5-5")

    objects = Rows["Budget"].as_manager()

    def __str__(self) -> str:
        return f"budget of {self.team}"


class Batch(models.Model):
    """Completions that are asked for together, at half the price, and awaited."""

    class State(models.TextChoices):
        SUBMITTING = "submitting", "Being handed in"
        RUNNING = "running", "Being answered"
        ENDED = "ended", "Ended"
        # Nobody knows whether it was handed in: its worker died over it.
        LOST = "lost", "Lost"
        CANCELED = "canceled", "Canceled"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="batches")
    dream = models.ForeignKey(
        Dream, on_delete=models.SET_NULL, null=True, blank=True, related_name="batches"
    )
    remote_id = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.SUBMITTING)
    created_at = models.DateTimeField(db_default=Now())
    polled_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)

    objects = Rows["Batch"].as_manager()

    class Meta:
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return self.remote_id or f"batch {self.pk}"


class Completion(models.Model):
    """One question to a model and its answer, kept as they went over the wire, redacted."""

    class State(models.TextChoices):
        RESERVED = "reserved", "Reserved"
        SENT = "sent", "Sent"
        ANSWERED = "answered", "Answered"
        FAILED = "failed", "Failed"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="completions")
    dream = models.ForeignKey(
        Dream,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="completions",
    )
    replay = models.ForeignKey(
        Replay,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="completions",
    )
    batch = models.ForeignKey(
        Batch,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="completions",
    )
    # facet, judge, curate, doubt, reflect, act, test
    purpose = models.CharField(max_length=20)
    # What the asker calls it; unique among what one dream or replay asks.
    name = models.CharField(max_length=200)
    # Of everything that decides the answer: the same question is not paid for twice.
    request_sha256 = models.CharField(max_length=64)
    # Of the words that are the same for every question of its purpose.
    prompt_sha256 = models.CharField(max_length=64)
    model = models.CharField(max_length=256)
    # Empty once a run was erased whose words were in it.
    request = models.JSONField(default=dict)
    # [[agent, external id], ...]: the runs whose words are in it.
    runs = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.RESERVED)
    attempt = models.PositiveSmallIntegerField(default=1)
    # The message that came back, whole.
    answer = models.JSONField(null=True, blank=True)
    stop_reason = models.CharField(max_length=40, blank=True)
    # Why there is no answer that can be used, in a sentence.
    problem = models.TextField(blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    usage = models.JSONField(default=dict)
    # Whose answer it was before, when it was not asked again.
    reused_from = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="reuses"
    )
    # US dollars: what may be spent until it has ended, and what was.
    reserved = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    created_at = models.DateTimeField(db_default=Now())
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = Rows["Completion"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dream", "name", "attempt"],
                name="%(app_label)s_%(class)s_once_in_a_dream",
            ),
            models.UniqueConstraint(
                fields=["replay", "name", "attempt"],
                name="%(app_label)s_%(class)s_once_in_a_replay",
            ),
        ]
        indexes = [
            models.Index(fields=["team", "request_sha256"], name="completion_known"),
            models.Index(fields=["team", "created_at"], name="completion_spending"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.name}"
