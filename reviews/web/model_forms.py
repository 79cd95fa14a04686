"""What admins may type about models: what they may cost, and what they do cost."""

from typing import Any

from django import forms

from reviews.dreams.asking.rates import Rate
from reviews.dreams.models import Budget
from reviews.web.forms import Form

_NAMED = {"autocomplete": "off", "spellcheck": "false"}


def _dollars(label: str, *, required: bool = False, hint: str = "") -> Any:
    return forms.DecimalField(
        label=label, required=required, max_digits=10, decimal_places=4, help_text=hint
    )


class BudgetForm(Form):
    """Caps in US dollars, and a model for each kind of work."""

    per_dream = forms.DecimalField(
        label="A dream, or a replay", max_digits=10, decimal_places=2
    )
    per_day = forms.DecimalField(label="A day", max_digits=10, decimal_places=2)
    per_month = forms.DecimalField(label="A month", max_digits=10, decimal_places=2)
    small = forms.CharField(
        label="Small model",
        max_length=256,
        help_text="Reads many runs, a little of each.",
        widget=forms.TextInput(attrs=_NAMED | {"list": "models"}),
    )
    middle = forms.CharField(
        label="Middle model",
        max_length=256,
        help_text="Judges and words what keeps coming back.",
        widget=forms.TextInput(attrs=_NAMED | {"list": "models"}),
    )
    strong = forms.CharField(
        label="Strong model",
        max_length=256,
        help_text="Fits changes into memory, and doubts them.",
        widget=forms.TextInput(attrs=_NAMED | {"list": "models"}),
    )


class PriceForm(Form):
    """US dollars per million tokens; what is left open follows from the input's price."""

    model = forms.CharField(max_length=256, widget=forms.TextInput(attrs=_NAMED))
    input = _dollars("Input", required=True)
    output = _dollars("Output", required=True)
    cache_write_1h = _dollars("Cache, written for an hour")
    cache_write_5m = _dollars("Cache, written for 5 minutes")
    cache_read = _dollars("Cache, read")
    batch_share = forms.DecimalField(
        label="Share of it in a batch",
        required=False,
        max_digits=4,
        decimal_places=3,
        help_text="0.5 is half the price.",
    )
    long_from = forms.IntegerField(
        label="Prompts are long above",
        required=False,
        min_value=1,
        max_value=10**9,
        help_text="Tokens. Leave empty where all prompts cost the same.",
    )
    long_input = _dollars("Input of a long prompt")
    long_output = _dollars("Output after a long prompt")
    source = forms.CharField(
        label="Where the figures are from", required=False, max_length=200
    )


def as_typed(rate: Rate) -> dict[str, Any]:
    """A price as its form shows it."""
    figures = {name: getattr(rate, name) for name in PriceForm.base_fields}
    typed = {
        name: f"{value.normalize():f}" if hasattr(value, "normalize") else value
        for name, value in figures.items()
    }
    return typed | {"source": "" if rate.shipped else rate.source}


def as_set(budget: Budget) -> dict[str, Any]:
    """A budget as its form shows it."""
    return {name: getattr(budget, name) for name in BudgetForm.base_fields}
