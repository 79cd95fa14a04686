"""What agents believe: stores, their immutable versions and the texts in them."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from reviews.rows import Rows
from reviews.teams.models import Agent, Team


class Store(models.Model):
    """A named body of memory that agents read."""

    class Writes(models.TextChoices):
        REVIEW = "review", "Held as a proposal"
        ALLOW = "allow", "Applied directly"
        DENY = "deny", "Refused"

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="stores")
    name = models.SlugField(max_length=80)
    description = models.CharField(max_length=300, blank=True)
    # Number of the newest version: 0 before the first. Its row lock orders commits.
    head = models.PositiveIntegerField(default=0)
    hold_seconds = models.PositiveIntegerField(default=10)
    # While set, agents read this version instead of the head.
    frozen_at = models.PositiveIntegerField(null=True, blank=True)
    direct_writes = models.CharField(
        max_length=10, choices=Writes, default=Writes.REVIEW
    )
    # A dream that would delete more rules than this is held for people, always.
    deletion_limit = models.PositiveIntegerField(default=5)
    token_budget = models.PositiveIntegerField(default=20_000)
    # Within how many hours a proposal should be decided; the inbox says when it is not.
    review_hours = models.PositiveIntegerField(default=72)
    created_at = models.DateTimeField(db_default=Now())

    objects = Rows["Store"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "name"], name="%(app_label)s_%(class)s_name"
            ),
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True) | Q(frozen_at__lte=F("head")),
                name="%(app_label)s_%(class)s_frozen_at_a_past_version",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Subscription(models.Model):
    """An agent that reads a store, and whose traces the store's dreams read."""

    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="subscriptions"
    )
    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="subscriptions"
    )
    created_at = models.DateTimeField(db_default=Now())

    objects = Rows["Subscription"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "store"], name="%(app_label)s_%(class)s_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent} reads {self.store}"


class Version(models.Model):
    """One immutable, numbered state of a whole store, with who made it and why."""

    class Kind(models.TextChoices):
        IMPORT = "import", "Imported"
        DECISION = "decision", "Decided"
        EDIT = "edit", "Edited by hand"
        UNDO = "undo", "Undone"
        RESTORE = "restore", "Restored"

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    by = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    # sha256 over the previous version's digest and this one's revisions: an ETag that
    # costs nothing to compare.
    digest = models.CharField(max_length=64)
    # For an undo, the version undone; for a restore, the version whose state came back.
    reverts = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reverted_by",
    )

    objects = Rows["Version"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "number"], name="%(app_label)s_%(class)s_number"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["undo", "restore"], reverts__isnull=False)
                | (~Q(kind__in=["undo", "restore"]) & Q(reverts__isnull=True)),
                name="%(app_label)s_%(class)s_reverts_iff_rolled_back",
            ),
        ]
        indexes = [models.Index(fields=["store", "at"], name="version_as_of")]

    def __str__(self) -> str:
        return f"{self.store} v{self.number}"


class Tag(models.Model):
    """A name that somebody gave to a version."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="tags")
    # The version's, repeated here: a name is given once in a store.
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="tags")
    name = models.SlugField(max_length=60)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())

    objects = Rows["Tag"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "name"], name="%(app_label)s_%(class)s_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Memory(models.Model):
    """One text at a path in a store, through all its revisions."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="memories")
    # Where it lives at the head; null once deleted.
    path = models.CharField(max_length=1024, null=True)
    head = models.ForeignKey(
        "Revision", on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = Rows["Memory"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "path"], name="%(app_label)s_%(class)s_live_path"
            ),
        ]

    def __str__(self) -> str:
        return self.path or f"memory {self.pk} (deleted)"


class Revision(models.Model):
    """One memory's text as one version wrote it."""

    class Operation(models.TextChoices):
        CREATED = "created", "Created"
        MODIFIED = "modified", "Modified"
        DELETED = "deleted", "Deleted"
        RENAMED = "renamed", "Renamed"

    version = models.ForeignKey(
        Version, on_delete=models.PROTECT, related_name="revisions"
    )
    memory = models.ForeignKey(
        Memory, on_delete=models.PROTECT, related_name="revisions"
    )
    # The version's number, repeated here so that one index answers "newest at or below n".
    number = models.PositiveIntegerField()
    operation = models.CharField(max_length=10, choices=Operation)
    path = models.CharField(max_length=1024)
    previous = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Null when deleted, or redacted.
    content = models.TextField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    # Bytes of UTF-8, estimated tokens, lines added and deleted against the previous.
    size = models.PositiveIntegerField(default=0)
    tokens = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    deleted = models.PositiveIntegerField(default=0)
    # What memory.rules.dump writes: ids, line ranges and the lines of headings; no words.
    rules = models.JSONField(default=list)
    # [[lines, version number], ...] from the top.
    blame = models.JSONField(default=list)
    # The same, looking past re-wrapped lines and rollbacks to who worded it first.
    origins = models.JSONField(default=list, blank=True)
    # Ranges only, never words: see memory.diffs.
    diff = models.JSONField(default=dict)
    redacted_at = models.DateTimeField(null=True, blank=True)
    redacted_by = models.CharField(max_length=200, null=True, blank=True)

    objects = Rows["Revision"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["memory", "number"],
                name="%(app_label)s_%(class)s_one_per_version",
            ),
        ]
        indexes = [
            models.Index(fields=["memory", "-number"], name="revision_newest_below")
        ]

    def __str__(self) -> str:
        return f"{self.path} as v{self.number} {self.operation} it"
