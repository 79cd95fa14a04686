"""The ledger's tables: entries that are only ever appended, and the head of each chain."""

from django.db import models
from django.db.models.functions import Now

from reviews.rows import Rows


class LedgerHead(models.Model):
    """The newest link of one chain; its row lock puts writers in order."""

    # "team:7", or "installation" for acts without a team.
    chain = models.CharField(max_length=40, primary_key=True)
    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.chain} at {self.sequence}"


class LedgerEntry(models.Model):
    """One act by one actor: plain values and a link in its chain, no foreign keys.

    The chain runs over ``digest``, a salted hash of the content, so that redacting the
    content leaves the chain verifiable.
    """

    chain = models.CharField(max_length=40)
    sequence = models.BigIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    # "proposal:12": the kind of thing and its key.
    subject = models.CharField(max_length=100)
    # One user action (a request, a command) that made several entries.
    act = models.UUIDField()
    # Content, as JSON text so that its digest is over these very characters:
    # label, reason, facts.
    content = models.TextField(null=True)
    salt = models.CharField(max_length=32, null=True)
    digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    redacted_at = models.DateTimeField(null=True, blank=True)
    redacted_by = models.CharField(max_length=200, null=True, blank=True)
    written_at = models.DateTimeField(db_default=Now())

    objects = Rows["LedgerEntry"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "sequence"], name="%(app_label)s_%(class)s_link"
            ),
        ]
        indexes = [
            models.Index(
                fields=["chain", "actor", "-sequence"], name="ledger_by_actor"
            ),
            models.Index(
                fields=["chain", "action", "-sequence"], name="ledger_by_action"
            ),
            models.Index(fields=["subject", "-id"], name="ledger_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.chain}/{self.sequence} {self.actor} {self.action} {self.subject}"
