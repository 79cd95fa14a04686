"""What people may type, checked for shape; whether it may be done is the verb's to say."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from reviews.errors import DomainError
from reviews.teams.models import Membership, Token
from reviews.web import appearance


class Form(forms.Form):
    """A form whose fields can also be refused by a verb."""

    def refuse(self, error: DomainError) -> None:
        """Show a refusal of the domain beside the field that it is about."""
        name = str(error.facts.get("field", ""))
        self.add_error(name if name in self.fields else None, error.message)


class FirstAdmin(Form):
    """Whoever sets Dreamboard up."""

    code = forms.CharField(
        label="One-time code",
        help_text="Printed on the console when Dreamboard started.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )
    team = forms.CharField(label="Name of your team", max_length=120, initial="Home")
    username = forms.CharField(
        max_length=150, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 8 characters, not a common word.",
    )


class NewAgent(Form):
    """A program that will send traces and read memory."""

    name = forms.CharField(max_length=80, label="Name of the agent")
    stores = forms.MultipleChoiceField(
        label="Stores that it reads",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, stores: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stores"].choices = [(name, name) for name in stores]  # type: ignore[attr-defined]
        if not stores:
            del self.fields["stores"]


class NewToken(Form):
    """What an agent will show at the door."""

    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=Token.Scope.choices,
        initial=[Token.Scope.WRITE_TRACES, Token.Scope.READ_MEMORY],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(
        label="It lasts",
        choices=[
            ("30", "30 days"),
            ("90", "90 days"),
            ("365", "a year"),
            ("", "until revoked"),
        ],
        coerce=int,
        empty_value=None,
        initial="90",
        required=False,
    )


class NewStore(Form):
    """A body of memory."""

    name = forms.SlugField(
        max_length=80, help_text="Letters, digits, hyphens: it stands in addresses."
    )
    description = forms.CharField(max_length=300, required=False)


class StoreSettings(Form):
    """How a store treats decisions."""

    hold_seconds = forms.IntegerField(
        label="Hold",
        min_value=0,
        max_value=86_400,
        help_text="Seconds in which an approval can be taken back before it applies.",
    )
    deletion_limit = forms.IntegerField(
        label="Deletion limit",
        min_value=0,
        max_value=10_000,
        help_text="A dream that would delete more rules than this always waits for people.",
    )
    review_hours = forms.IntegerField(
        label="Time to decide",
        min_value=1,
        max_value=8_760,
        help_text="Hours within which a proposal should be decided; the inbox warns when too many wait longer.",
    )


class HostedDreams(Form):
    """What dreams over a linked store are asked to think with, and told."""

    model = forms.CharField(
        max_length=256,
        initial="claude-sonnet-5",
        help_text="As Anthropic's API names it. What it costs stands under Models.",
    )
    instructions = forms.CharField(
        max_length=4_096,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=(
            "What to look for, and how to organise it. What a dream must not write down "
            "it is told in any case."
        ),
    )


class NewLink(HostedDreams):
    """An Anthropic memory store to link to."""

    remote_id = forms.CharField(
        label="Memory store",
        max_length=100,
        widget=forms.TextInput(
            attrs={"class": "input input--mono", "placeholder": "memstore_…"}
        ),
        help_text="Its id at Anthropic. It must exist and not be archived.",
    )
    field_order = ["remote_id", "model", "instructions"]


class NewMember(Form):
    """Somebody who joins the team, new to Dreamboard or not."""

    username = forms.CharField(max_length=150)
    role = forms.ChoiceField(
        choices=Membership.Role.choices, initial=Membership.Role.OPERATOR
    )
    email = forms.EmailField(required=False)
    password = forms.CharField(
        required=False,
        label="First password",
        help_text="Only for somebody new; leave empty for a person who can already sign in.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class Role(Form):
    """Another role."""

    role = forms.ChoiceField(choices=Membership.Role.choices)


class Appearance(Form):
    """How the pages look and listen."""

    theme = forms.ChoiceField(
        choices=appearance.CHOICES["theme"], widget=forms.RadioSelect
    )
    density = forms.ChoiceField(
        choices=appearance.CHOICES["density"], widget=forms.RadioSelect
    )
    diff = forms.ChoiceField(
        label="Diff colours",
        choices=appearance.CHOICES["diff"],
        widget=forms.RadioSelect,
    )
    view = forms.ChoiceField(
        label="Diff view", choices=appearance.CHOICES["view"], widget=forms.RadioSelect
    )
    keys = forms.ChoiceField(
        label="Single-character keys",
        choices=appearance.CHOICES["keys"],
        widget=forms.RadioSelect,
    )


# So much is read while the person waits; more comes by command or over HTTP.
LARGEST_UPLOAD = 32 << 20


class Import(Form):
    """A file of traces."""

    file = forms.FileField(
        label="Traces",
        help_text="JSON, NDJSON, a Claude Code session (.jsonl) or aider's chat log; gzip is fine.",
    )
    agent = forms.CharField(max_length=80, label="Agent that made them")
    store = forms.ChoiceField(label="Store that it reads", required=False)

    def __init__(self, *args: Any, stores: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(name, name) for name in stores]
        self.fields["store"].choices = [*choices, ("", "None yet")]  # type: ignore[attr-defined]

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_UPLOAD:
            raise forms.ValidationError(
                "That is more than 32 MB: import it by command or over HTTP, as above."
            )
        return file


class Schedule(Form):
    """When a store dreams by itself."""

    cron = forms.CharField(
        label="When",
        max_length=100,
        initial="0 3 * * *",
        help_text="Minute, hour, day of month, month, day of week.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    timezone = forms.CharField(label="Time zone", max_length=60, initial="UTC")
    engine = forms.ChoiceField(label="Engine", required=False)
    enabled = forms.BooleanField(label="Dream by itself", required=False, initial=True)

    def __init__(self, *args: Any, engines: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["engine"].choices = [(name, name) for name in engines]  # type: ignore[attr-defined]


class Dream(Form):
    """A dream that somebody starts; what is left empty is as usual."""

    engine = forms.CharField(max_length=40, required=False)
    window_days = forms.IntegerField(label="Days", required=False)
    dry = forms.BooleanField(label="Dry run", required=False)


class Again(Form):
    """A dream with the inputs of another."""

    engine = forms.CharField(max_length=40, required=False)
    thresholds = forms.ChoiceField(
        choices=[("now", "As they are now"), ("frozen", "As they were then")],
        required=False,
    )
    dry = forms.BooleanField(label="Dry run", required=False)
