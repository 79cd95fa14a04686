"""What people do around a decision: they look, talk, take turns and leave off in the middle."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from reviews.proposals.models.proposals import Operation, Proposal
from reviews.rows import Rows
from reviews.teams.models import Team, User


class Comment(models.Model):
    """Something said about a proposal, or about one of its operations.

    The first of a thread carries whether the thread is resolved; answers name the first.
    """

    proposal = models.ForeignKey(
        Proposal, on_delete=models.PROTECT, related_name="comments"
    )
    operation = models.ForeignKey(
        Operation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="comments",
    )
    # Null for the first of a thread; answers never have answers of their own.
    thread = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="answers",
    )
    # A line of the operation's text after, from 1, in the wording that was shown.
    line = models.PositiveIntegerField(null=True, blank=True)
    wording = models.PositiveIntegerField(null=True, blank=True)
    by = models.CharField(max_length=200)
    text = models.TextField()
    at = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.CharField(max_length=200, blank=True)

    objects = Rows["Comment"].as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(thread__isnull=True) | Q(resolved_at__isnull=True),
                name="%(app_label)s_%(class)s_threads_are_resolved",
            ),
        ]
        indexes = [
            models.Index(
                fields=["proposal"],
                condition=Q(thread__isnull=True, resolved_at__isnull=True),
                name="comment_open_threads",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by} on {self.proposal}"


class Jotting(models.Model):
    """What somebody typed on a proposal and has not sent yet: kept so that nothing is lost."""

    proposal = models.ForeignKey(
        Proposal, on_delete=models.CASCADE, related_name="jottings"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="jottings")
    field = models.CharField(max_length=40)
    text = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Now())

    objects = Rows["Jotting"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "user", "field"],
                name="%(app_label)s_%(class)s_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.user} on {self.proposal}"


class Turn(models.Model):
    """Why a proposal waits for one person more than for everybody who may decide."""

    class Why(models.TextChoices):
        ASSIGNED = "assigned", "Assigned to you"
        MENTIONED = "mentioned", "You were mentioned"
        ANSWERED = "answered", "Somebody answered you"
        RESET = "reset", "Your approval was reset"

    proposal = models.ForeignKey(
        Proposal, on_delete=models.CASCADE, related_name="turns"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="turns")
    why = models.CharField(max_length=10, choices=Why)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())

    objects = Rows["Turn"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "user"], name="%(app_label)s_%(class)s_once"
            ),
        ]
        indexes = [models.Index(fields=["user", "at"], name="turn_of_user")]

    def __str__(self) -> str:
        return f"{self.user}'s turn on {self.proposal}"


class Visit(models.Model):
    """What one person has seen of a proposal, and until when they are at it."""

    proposal = models.ForeignKey(
        Proposal, on_delete=models.CASCADE, related_name="visits"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="visits")
    first_at = models.DateTimeField(db_default=Now())
    # The page renews it while it is open; others see who is there.
    here_until = models.DateTimeField(null=True, blank=True)
    # Number of the wording that was shown last: what "changed since" starts from.
    wording = models.PositiveIntegerField(default=1)
    # When a piece of evidence was first opened: opinions stay folded until then.
    evidence_at = models.DateTimeField(null=True, blank=True)

    objects = Rows["Visit"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "user"], name="%(app_label)s_%(class)s_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.proposal}"


class Tick(models.Model):
    """That a person has viewed an operation, in the words that it had then."""

    operation = models.ForeignKey(
        Operation, on_delete=models.CASCADE, related_name="ticks"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="ticks")
    # Of the text after; other words make it unseen again.
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now())

    objects = Rows["Tick"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operation", "user"], name="%(app_label)s_%(class)s_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} has viewed {self.operation}"


class Filter(models.Model):
    """A search over the inbox that somebody has given a name."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="filters")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="filters")
    name = models.CharField(max_length=60)
    # In the language of the filter bar: risk:high store:support.
    query = models.CharField(max_length=400)
    at = models.DateTimeField(db_default=Now())

    objects = Rows["Filter"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "team", "name"], name="%(app_label)s_%(class)s_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name
