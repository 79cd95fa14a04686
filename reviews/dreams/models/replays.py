"""A proposal tried out: past situations, met with the rule and without it."""

from django.db import models
from django.db.models.functions import Now

from reviews.proposals.models import Proposal
from reviews.rows import Rows


class Replay(models.Model):
    """Held-out situations, put to a model with a proposal's rule and without it."""

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"
        CANCELED = "canceled", "Canceled"

    proposal = models.ForeignKey(
        Proposal, on_delete=models.CASCADE, related_name="replays"
    )
    wording = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    by = models.CharField(max_length=200)
    model = models.CharField(max_length=256)
    # US dollars: what was said before it began, and what it came to.
    estimate = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    # [{"agent", "trace", "step", "failed"}, ...]: the step before the failure, or before
    # the call that went well.
    situations = models.JSONField(default=list)
    # One per situation: {"without", "with", "verdict", "reason"}.
    results = models.JSONField(default=list)
    improves = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    breaks = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=120, blank=True)

    objects = Rows["Replay"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["proposal"],
                condition=models.Q(state__in=["pending", "running"]),
                name="%(app_label)s_%(class)s_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"replay {self.pk} of {self.proposal}"
