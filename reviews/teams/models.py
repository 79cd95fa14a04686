"""Who is asking: users and their teams, agents and their tokens."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from reviews.rows import Rows


class User(AbstractUser):
    """A person who signs in."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(max_length=150, blank=True)
    # theme, density, diff colours, character keys: small, per person.
    preferences = models.JSONField(default=dict, blank=True)

    REQUIRED_FIELDS = ["email"]

    @property
    def actor_name(self) -> str:
        return self.username

    def get_full_name(self) -> str:
        return self.name or self.username

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.username


class Team(models.Model):
    """People who share stores and decide about them."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now())

    objects = Rows["Team"].as_manager()

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's role in a team."""

    class Role(models.TextChoices):
        VIEWER = "viewer", "Viewer"
        OPERATOR = "operator", "Operator"
        LEAD = "lead", "Lead"
        ADMIN = "admin", "Admin"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    created_at = models.DateTimeField(db_default=Now())

    objects = Rows["Membership"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "team"], name="%(app_label)s_%(class)s_once_per_team"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.team}"


class Agent(models.Model):
    """A program that runs, leaves traces and reads memory."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="agents")
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(db_default=Now())

    objects = Rows["Agent"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "name"], name="%(app_label)s_%(class)s_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def actor_name(self) -> str:
        return self.name


class Token(models.Model):
    """What an agent shows at the door: scoped, hashed at rest, shown once."""

    class Scope(models.TextChoices):
        WRITE_TRACES = "write-traces", "Write traces"
        READ_MEMORY = "read-memory", "Read memory"
        PROPOSE = "propose", "Propose"
        ADMIN = "admin", "Admin"

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="tokens")
    # The first characters, to tell tokens apart; the rest is only known as a hash.
    prefix = models.CharField(max_length=12)
    hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope))
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = Rows["Token"].as_manager()

    def __str__(self) -> str:
        return f"{self.prefix}… of {self.agent}"
