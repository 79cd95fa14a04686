"""What should change: proposals, their operations and wordings, and the evidence for them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from reviews.memory.models import Store
from reviews.rows import Rows
from reviews.traces.models import Trace


class Proposal(models.Model):
    """One thing to decide: operations on rules, with the evidence for them.

    It knows nothing of dreams: what a dream knew is frozen here as plain values.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CHANGES_REQUESTED = "changes-requested", "Changes requested"
        HELD = "held", "Approved, applying"
        APPLIED = "applied", "Applied"
        REJECTED = "rejected", "Rejected"
        SPLIT_OFF = "split-off", "Split off"
        SUPERSEDED = "superseded", "Superseded"
        WITHDRAWN = "withdrawn", "Withdrawn"
        NEEDS_ATTENTION = "needs-attention", "Needs attention"
        ROLLED_BACK = "rolled-back", "Rolled back"

    class Risk(models.TextChoices):
        LOW = "low", "Low"
        MEDIUM = "medium", "Medium"
        HIGH = "high", "High"

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="proposals")
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    # One plain sentence, in the words of the first wording.
    title = models.CharField(max_length=300)
    family = models.CharField(max_length=20)
    kind = models.CharField(max_length=30)
    scope = models.CharField(max_length=10, default="store")
    scope_of = models.CharField(max_length=120, blank=True)
    fingerprint = models.CharField(max_length=64)
    engine = models.CharField(max_length=40, blank=True)
    engine_version = models.CharField(max_length=40, blank=True)
    because = models.TextField(blank=True)
    counts = models.JSONField(default=dict, blank=True)
    confidence = models.FloatField(default=0.5)
    impact = models.FloatField(default=0.0)
    flags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    risk = models.CharField(max_length=10, choices=Risk, default=Risk.LOW)
    # High before medium before low: what the queue is in order of, and its index.
    gravity = models.GeneratedField(
        expression=models.Case(
            models.When(risk="high", then=0),
            models.When(risk="medium", then=1),
            default=2,
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )
    alternatives = models.JSONField(default=list, blank=True)
    trigger = models.JSONField(default=dict, blank=True)
    # Hashes of the independent groups behind it: the evidence watermark.
    groups = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    # And of the people among them.
    people = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    # The store's head when it was made (recorded, never compared).
    base = models.PositiveIntegerField()
    # Number of the newest wording.
    wording = models.PositiveIntegerField(default=1)
    by = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    # When it last became somebody's turn: what waiting time is measured from.
    waiting_since = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    # New evidence wakes it before its time.
    wakes_on_evidence = models.BooleanField(default=False)
    # Why it needs attention, in a sentence.
    attention = models.TextField(blank=True)
    # It was rejected or rolled back before, and there is new evidence.
    returned = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="returns"
    )
    split_from = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="split_offs",
    )
    # The oldest undecided proposal of its store that it resembles: how lists cluster.
    resembles = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="resembled_by",
    )
    superseded_by = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="superseded",
    )

    objects = Rows["Proposal"].as_manager()

    class Meta:
        constraints = [
            # One undecided proposal per fingerprint and store: dreams update it instead.
            models.UniqueConstraint(
                fields=["store", "fingerprint"],
                condition=Q(
                    state__in=["open", "changes-requested", "held", "needs-attention"]
                ),
                name="%(app_label)s_%(class)s_one_waiting_per_fingerprint",
            ),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1),
                name="%(app_label)s_%(class)s_confidence",
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "gravity", "waiting_since", "id"],
                condition=Q(state="open"),
                name="proposal_queue_of_store",
            ),
            models.Index(
                fields=["gravity", "waiting_since", "id"],
                condition=Q(state="open"),
                name="proposal_queue",
            ),
            # The few open ones that do not wait as they came.
            models.Index(
                fields=["store"],
                condition=Q(state="open")
                & (
                    ~Q(attention="")
                    | Q(returned__isnull=False)
                    | Q(snoozed_until__isnull=False)
                ),
                name="proposal_apart",
            ),
            models.Index(fields=["store", "state"], name="proposal_state"),
            models.Index(fields=["store", "fingerprint"], name="proposal_fingerprint"),
            models.Index(
                fields=["store", "-settled_at", "-id"], name="proposal_settled"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What people call it: P-12."""
        return f"P-{self.pk}"


class Operation(models.Model):
    """One change to one rule or memory that a proposal asks for."""

    class Kind(models.TextChoices):
        ADD = "add", "Add"
        EDIT = "edit", "Edit"
        DELETE = "delete", "Delete"
        RENAME = "rename", "Rename"

    proposal = models.ForeignKey(
        Proposal, on_delete=models.PROTECT, related_name="operations"
    )
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    path = models.CharField(max_length=1024)
    new_path = models.CharField(max_length=1024, blank=True)
    heading = models.JSONField(default=list, blank=True)
    # For an addition, the marks of what it stands behind, nearest first; none is the end.
    behind = models.JSONField(default=list, blank=True)
    rule = models.CharField(max_length=20, blank=True)
    # The rule as it stood at the base, and its sha256; null text once redacted.
    before = models.TextField(null=True, blank=True)
    before_sha256 = models.CharField(max_length=64, blank=True)
    redacted_at = models.DateTimeField(null=True, blank=True)
    redacted_by = models.CharField(max_length=200, null=True, blank=True)

    objects = Rows["Operation"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "position"], name="%(app_label)s_%(class)s_position"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.path}"


class Wording(models.Model):
    """One formulation of a proposal: the dream's, then perhaps a person's."""

    proposal = models.ForeignKey(
        Proposal, on_delete=models.PROTECT, related_name="wordings"
    )
    number = models.PositiveIntegerField()
    by = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())
    # {"position": "text after"}, one entry per operation; null once redacted.
    texts = models.JSONField(null=True)
    # Per operation, ranges of the diff before → after: see memory.diffs.
    diffs = models.JSONField(default=dict)
    # Over base texts and texts: what a decision is bound to.
    sha256 = models.CharField(max_length=64)
    redacted_at = models.DateTimeField(null=True, blank=True)
    redacted_by = models.CharField(max_length=200, null=True, blank=True)

    objects = Rows["Wording"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "number"], name="%(app_label)s_%(class)s_number"
            ),
        ]

    def __str__(self) -> str:
        return f"w{self.number} of {self.proposal}"


class Evidence(models.Model):
    """A piece of a step, quoted for or against an operation, by exact offsets."""

    class Stance(models.TextChoices):
        FOR = "for", "For"
        AGAINST = "against", "Against"

    operation = models.ForeignKey(
        Operation, on_delete=models.PROTECT, related_name="evidence"
    )
    position = models.PositiveSmallIntegerField()
    stance = models.CharField(max_length=10, choices=Stance, default=Stance.FOR)
    trace = models.ForeignKey(
        Trace, on_delete=models.SET_NULL, null=True, blank=True, related_name="evidence"
    )
    agent = models.CharField(max_length=80)
    external_id = models.CharField(max_length=200)
    person = models.CharField(max_length=120, blank=True)
    step = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    quote = models.TextField(null=True)
    sha256 = models.CharField(max_length=64)
    provenance = models.CharField(max_length=10)
    # The tool that was called or that answered; empty for what was said.
    tool = models.CharField(max_length=200, blank=True)
    redacted_at = models.DateTimeField(null=True, blank=True)
    redacted_by = models.CharField(max_length=200, null=True, blank=True)

    objects = Rows["Evidence"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operation", "position"],
                name="%(app_label)s_%(class)s_position",
            ),
            models.CheckConstraint(
                condition=Q(start__lt=models.F("end")),
                name="%(app_label)s_%(class)s_quotes_something",
            ),
        ]
        indexes = [models.Index(fields=["trace"], name="evidence_by_trace")]

    def __str__(self) -> str:
        return f"{self.external_id}#{self.step}[{self.start}:{self.end}]"
