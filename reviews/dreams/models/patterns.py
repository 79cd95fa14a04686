"""The patterns that come back, across the dreams of a store."""

from django.db import models
from django.db.models.functions import Now

from reviews.memory.models import Store
from reviews.rows import Rows


class Pattern(models.Model):
    """Signals that come back, stated as one durable sentence, across dreams of a store."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="patterns")
    fingerprint = models.CharField(max_length=64)
    family = models.CharField(max_length=20)
    kind = models.CharField(max_length=30)
    statement = models.CharField(max_length=600)
    scope = models.CharField(max_length=10)
    scope_of = models.CharField(max_length=120, blank=True)
    support = models.PositiveIntegerField(default=0)
    against = models.PositiveIntegerField(default=0)
    base_rate = models.FloatField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    trigger = models.JSONField(default=dict)
    # What the rule would have done to past runs: {"applied", "failed", "fine"} and, by
    # the same names under "traces", some of the runs that can be looked at.
    counterfactual = models.JSONField(default=dict)
    first_seen_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())

    objects = Rows["Pattern"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "fingerprint"], name="%(app_label)s_%(class)s_once"
            ),
        ]

    def __str__(self) -> str:
        return self.statement
