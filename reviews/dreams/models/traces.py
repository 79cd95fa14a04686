"""What one trace came to: for extraction, for showing, and for finding it again."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models.functions import Now

from reviews.rows import Rows
from reviews.teams.models import Agent
from reviews.traces.models import Trace


class Digest(models.Model):
    """What one trace came to under one evaluator: everything that extraction needs."""

    trace = models.ForeignKey(Trace, on_delete=models.CASCADE, related_name="digests")
    # "offline/1": engine and version.
    evaluator = models.CharField(max_length=60)
    # The trace's digest that was read: a longer run is evaluated again.
    of = models.CharField(max_length=64)
    document = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())

    objects = Rows["Digest"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["trace", "evaluator"], name="%(app_label)s_%(class)s_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evaluator} of trace {self.trace_id}"


class Signal(models.Model):
    """One judgement about one step, for showing and for rates over time."""

    trace = models.ForeignKey(Trace, on_delete=models.CASCADE, related_name="signals")
    evaluator = models.CharField(max_length=60)
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=300)
    step = models.PositiveIntegerField()
    start = models.PositiveIntegerField(default=0)
    end = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=300, blank=True)

    objects = Rows["Signal"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["trace", "step"], name="signal_of_step")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} at step {self.step}"


class Episode(models.Model):
    """One trace in a paragraph, with its scores: what agents and people look up again."""

    trace = models.OneToOneField(
        Trace, on_delete=models.CASCADE, primary_key=True, related_name="episode"
    )
    # As its trace has them, so that rates and searches need no other table.
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="episodes")
    day = models.DateField()
    outcome = models.CharField(max_length=10, blank=True)
    # "offline/2": who wrote it.
    evaluator = models.CharField(max_length=60)
    # The state of the trace that was read: a longer run is evaluated again.
    of = models.CharField(max_length=64)
    # By the evaluator's names: {"tool_error": 0.25, "loop": 1, ...}; what does not apply
    # to the trace is not there.
    scores = models.JSONField(default=dict)
    # What each score rests on: {"loop": {"steps": [4, 9], "part": 1, "of": 1}, ...}.
    grounds = models.JSONField(default=dict)
    # Scores that ask for a look, by name: what lists are narrowed by.
    shows = ArrayField(models.CharField(max_length=40), default=list)
    summary = models.TextField(blank=True)
    # [{"step", "wrong", "instead"}, ...]: what went wrong, and what would have avoided it.
    reflection = models.JSONField(default=list)
    # Whose reflection it is: the evaluator's, or a model's.
    reflected_by = models.CharField(max_length=60, blank=True)
    search = models.GeneratedField(
        expression=SearchVector("summary", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = Rows["Episode"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["agent", "day"], name="episode_of_agent"),
            GinIndex(fields=["search"], name="episode_search"),
            GinIndex(fields=["shows"], name="episode_shows"),
        ]

    def __str__(self) -> str:
        return f"episode of trace {self.trace_id}"
