"""Stores that live at Anthropic: what is linked, what was pulled, dreamt and written back."""

from django.db import models
from django.db.models.functions import Now

from reviews.dreams.models.dreams import Dream
from reviews.memory.models import Store
from reviews.rows import Rows


class HostedStore(models.Model):
    """An Anthropic memory store that a store of ours is linked to."""

    store = models.OneToOneField(
        Store, on_delete=models.CASCADE, primary_key=True, related_name="hosted"
    )
    # "memstore_...": a team's store has one, and it is no other store's.
    remote_id = models.CharField(max_length=100, unique=True)
    remote_name = models.CharField(max_length=255, blank=True)
    # What dreams over there are asked to think with, and told.
    model = models.CharField(max_length=256, default="claude-sonnet-5")
    instructions = models.CharField(max_length=4_096, blank=True)
    by = models.CharField(max_length=200)
    linked_at = models.DateTimeField(db_default=Now())
    # How far sessions were read: {"sesn_...": newest processed_at and ids at it, ...}.
    cursor = models.JSONField(default=dict)
    pulled_at = models.DateTimeField(null=True, blank=True)
    pull_problem = models.TextField(blank=True)
    # The version of ours that was written back last.
    pushed = models.PositiveIntegerField(default=0)
    pushed_at = models.DateTimeField(null=True, blank=True)
    push_problem = models.TextField(blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)

    objects = Rows["HostedStore"].as_manager()

    def __str__(self) -> str:
        return self.remote_name or self.remote_id


class HostedMemory(models.Model):
    """One memory over there as it was when the two sides last agreed."""

    hosted = models.ForeignKey(
        HostedStore, on_delete=models.CASCADE, related_name="memories"
    )
    path = models.CharField(max_length=1_024)
    remote_id = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    # Of ours, when it was written or read; 0 where the two sides never agreed.
    version = models.PositiveIntegerField(default=0)
    # What it became over there without us ("-": deleted), and the proposals made of that:
    # until they are decided, nothing is written over it.
    arrived = models.CharField(max_length=64, blank=True)
    proposals = models.JSONField(default=list)

    objects = Rows["HostedMemory"].as_manager()

    class Meta:
        verbose_name_plural = "hosted memories"
        constraints = [
            models.UniqueConstraint(
                fields=["hosted", "path"], name="%(app_label)s_%(class)s_path"
            ),
        ]

    def __str__(self) -> str:
        return self.path


class HostedDream(models.Model):
    """A dream that Anthropic's machines dream for one of ours."""

    dream = models.OneToOneField(
        Dream, on_delete=models.CASCADE, primary_key=True, related_name="hosted"
    )
    # Empty while it is being asked for.
    remote_id = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=20, blank=True)
    sessions = models.JSONField(default=list)
    session_id = models.CharField(max_length=100, blank=True)
    output_id = models.CharField(max_length=100, blank=True)
    # The input before it began: {path: {"id", "sha256", "content"}}.
    base = models.JSONField(default=dict)
    usage = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    polled_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # The output store goes to the archive once everything is decided.
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = Rows["HostedDream"].as_manager()

    def __str__(self) -> str:
        return self.remote_id or f"hosted dream of {self.dream}"
