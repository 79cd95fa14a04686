"""What should change: proposals with their operations and evidence, decisions, policies."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from reviews.memory.models import Store, Version
from reviews.rows import Rows
from reviews.teams.models import Team, User
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


class Approval(models.Model):
    """One person's yes to one wording; the decision comes when there are enough."""

    proposal = models.ForeignKey(
        Proposal, on_delete=models.PROTECT, related_name="approvals"
    )
    wording = models.PositiveIntegerField()
    by = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Now())
    # Reset by a new wording or a moved base.
    void_at = models.DateTimeField(null=True, blank=True)

    objects = Rows["Approval"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "wording", "by"],
                condition=Q(void_at__isnull=True),
                name="%(app_label)s_%(class)s_once_per_wording",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by} approves w{self.wording} of {self.proposal}"


class Decision(models.Model):
    """How a proposal was settled, by whom and why, and which version came of it."""

    class Verb(models.TextChoices):
        APPROVE = "approve", "Approved"
        EDIT = "approve-with-edits", "Approved with edits"
        REJECT = "reject", "Rejected"
        REQUEST_CHANGES = "request-changes", "Changes requested"
        ROLL_BACK = "roll-back", "Rolled back"

    class State(models.TextChoices):
        HELD = "held", "Held"
        APPLIED = "applied", "Applied"
        WITHDRAWN = "withdrawn", "Withdrawn"
        # Applying met a conflict; the proposal needs attention.
        FAILED = "failed", "Failed"
        # Needs no version: a rejection, a request for changes.
        RECORDED = "recorded", "Recorded"

    proposal = models.ForeignKey(
        Proposal, on_delete=models.PROTECT, related_name="decisions"
    )
    verb = models.CharField(max_length=20, choices=Verb)
    state = models.CharField(max_length=10, choices=State)
    by = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    # For a rejection: wrong, too-broad, not-durable, private, duplicate, unsafe, other.
    ground = models.CharField(max_length=20, blank=True)
    wording = models.PositiveIntegerField()
    # Positions of the operations decided on.
    included = ArrayField(models.PositiveSmallIntegerField(), default=list)
    # sha256 of wording and touched blocks at the moment of deciding.
    bound = models.CharField(max_length=64)
    # The store's head at that moment: recorded, not compared.
    head = models.PositiveIntegerField()
    at = models.DateTimeField(db_default=Now())
    applies_at = models.DateTimeField(null=True, blank=True)
    version = models.OneToOneField(
        Version,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="decision",
    )
    # What applying had to say: "rebased cleanly over v42", or the conflict.
    note = models.TextField(blank=True)
    # A form's or client's id of this request: sent twice, answered once.
    request = models.UUIDField(null=True, blank=True, unique=True)
    policy_version = models.ForeignKey(
        "PolicyVersion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
    )

    objects = Rows["Decision"].as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="applied", version__isnull=False)
                | (~Q(state="applied") & Q(version__isnull=True)),
                name="%(app_label)s_%(class)s_applied_iff_version",
            ),
            models.CheckConstraint(
                condition=~Q(state="held") | Q(applies_at__isnull=False),
                name="%(app_label)s_%(class)s_held_until",
            ),
            models.UniqueConstraint(
                fields=["proposal"],
                condition=Q(state="held"),
                name="%(app_label)s_%(class)s_one_held",
            ),
        ]
        indexes = [
            models.Index(
                fields=["applies_at"], condition=Q(state="held"), name="decision_due"
            ),
            models.Index(fields=["proposal", "-at"], name="decision_of_proposal"),
        ]

    def __str__(self) -> str:
        return f"{self.by} {self.verb} {self.proposal}"


class Comment(models.Model):
    """Something said about a proposal, or about one of its operations."""

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
    by = models.CharField(max_length=200)
    text = models.TextField()
    at = models.DateTimeField(db_default=Now())

    objects = Rows["Comment"].as_manager()

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


class Mute(models.Model):
    """A fingerprint that was rejected or rolled back: it stays quiet without new evidence."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="mutes")
    fingerprint = models.CharField(max_length=64)
    proposal = models.ForeignKey(
        Proposal, on_delete=models.PROTECT, related_name="mutes"
    )
    by = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    ground = models.CharField(max_length=20, blank=True)
    # The groups that were known when it was muted.
    groups = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    times = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField(db_default=Now())
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = Rows["Mute"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "fingerprint"],
                condition=Q(lifted_at__isnull=True),
                name="%(app_label)s_%(class)s_one_per_fingerprint",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fingerprint[:12]} in {self.store}"


class Policy(models.Model):
    """An admin's rule that lets the system decide; asked in order of position."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SHADOW = "shadow", "Shadow"
        LIMITED = "limited", "Limited"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        TRIPPED = "tripped", "Tripped"

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="policies")
    # Null: for every store of the team.
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, null=True, blank=True, related_name="policies"
    )
    name = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    # Number of the version in force.
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    objects = Rows["Policy"].as_manager()

    class Meta:
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(
                fields=["team", "position"],
                name="%(app_label)s_%(class)s_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """One immutable wording of a policy: conditions as data, and limits."""

    policy = models.ForeignKey(
        Policy, on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField()
    # [[{"field", "operator", "value"}, ...], ...]: rows joined by AND, groups by OR.
    conditions = models.JSONField()
    # By name: per_day, max_operations, hold_seconds, sample, expires_on, ....
    limits = models.JSONField(default=dict)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())

    objects = Rows["PolicyVersion"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "number"], name="%(app_label)s_%(class)s_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy} @{self.number}"

    @property
    def actor_name(self) -> str:
        return f"{self.policy_id}@{self.number}"


class Verdict(models.Model):
    """What the policies said of a new proposal, hidden until a person has decided."""

    proposal = models.OneToOneField(
        Proposal, on_delete=models.PROTECT, related_name="verdict"
    )
    # The first policy that matched; null means the last row: manual.
    policy_version = models.ForeignKey(
        PolicyVersion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="verdicts",
    )
    approves = models.BooleanField(default=False)
    # In shadow nothing came of it.
    shadow = models.BooleanField(default=True)
    # Hard bars that stood in the way, whatever a policy says.
    bars = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    # Per policy asked, in order: name, version, matched, why not.
    explanation = models.JSONField(default=list)
    at = models.DateTimeField(db_default=Now())

    objects = Rows["Verdict"].as_manager()

    def __str__(self) -> str:
        return f"{'approve' if self.approves else 'manual'} for {self.proposal}"


class KillSwitch(models.Model):
    """Stops every policy of a team at once; its row lock is taken by each policy decision."""

    team = models.OneToOneField(
        Team, on_delete=models.CASCADE, primary_key=True, related_name="kill_switch"
    )
    on = models.BooleanField(default=False)
    by = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Now())

    objects = Rows["KillSwitch"].as_manager()

    def __str__(self) -> str:
        return f"{'on' if self.on else 'off'} for {self.team}"
