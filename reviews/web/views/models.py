"""Models: whether there is a key, what may be spent, what tokens cost, what was asked."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.module_loading import import_string
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from reviews.dreams.asking import budgets, keys, prices, spending
from reviews.dreams.models import Completion
from reviews.errors import DomainError
from reviews.web import access, keysets
from reviews.web.model_forms import BudgetForm, PriceForm, as_set, as_typed
from reviews.web.presenters import asked
from reviews.web.requests import Request, actor, whole

_USUAL = "https://api.anthropic.com"
# By name: it loads Anthropic's SDK, which takes seconds.
_TRIAL = "reviews.dreams.asking.trials.run"


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("administer")
def models(request: Request) -> HttpResponse:
    """All that an admin sees and sets; POST changes the budget."""
    budget = budgets.of(request.team)
    form = BudgetForm(request.POST or None, initial=as_set(budget))
    if request.method == "POST" and form.is_valid():
        try:
            budgets.change(request.team, by=actor(request), **form.cleaned_data)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "The budget is saved.")
            return redirect("web:settings-models")
    return _page(request, budget_form=form)


@require_POST
@access.needs("administer")
def test(request: Request) -> HttpResponse:
    """Ask one of the models a tiny question, and show how it went."""
    tier = request.POST.get("tier", "")
    trial: Any = None
    try:
        if tier in budgets.TIERS:
            trial = import_string(_TRIAL)(request.team, tier, by=actor(request))
    except DomainError as refusal:
        trial = {"problem": refusal.message}
    if request.htmx:
        return render(request, "settings/models.html#trial", {"trial": trial})
    return _page(request, trial=trial)


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("administer")
def price(request: Request) -> HttpResponse:
    """A price to look at and change, a known one or a new one."""
    known = {rate.model: rate for rate in prices.table(request.team)}
    rate = known.get(request.GET.get("model", ""))
    form = PriceForm(request.POST or None, initial=as_typed(rate) if rate else {})
    if request.method == "POST" and form.is_valid():
        try:
            prices.change(request.team, by=actor(request), **form.cleaned_data)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            name = form.cleaned_data["model"]
            messages.success(request, f"The price of {name} is saved.")
            return redirect("web:settings-models")
    context = {"form": form, "rate": rate}
    status = 422 if form.is_bound else 200
    return render(request, "settings/price.html", context, status=status)


@require_POST
@access.needs("administer")
def remove_price(request: Request) -> HttpResponse:
    """Let the price hold again that Dreamboard came with."""
    model = request.POST.get("model", "")
    prices.remove(request.team, model, by=actor(request))
    messages.success(
        request, f"This team has no price of its own for {model} any more."
    )
    return redirect("web:settings-models")


@require_safe
@access.needs("read questions")
def completions(request: Request) -> HttpResponse:
    """Everything that was asked of models, or by one dream, newest first."""
    rows = _completions(request)
    if (dream := whole(request.GET.get("dream", ""))) is not None:
        rows = rows.filter(dream=dream)
    page = keysets.page(rows, after=request.GET.get("after", ""), size=50)
    context = {"page": page, "rows": [asked.line_of(row) for row in page.rows]}
    template = "settings/completions.html"
    return render(request, f"{template}#rows" if request.htmx else template, context)


@require_safe
@access.needs("read questions")
def completion(request: Request, pk: int) -> HttpResponse:
    """One question word for word, with its answer and its bill."""
    row = get_object_or_404(_completions(request, whole=True), pk=pk)
    return render(request, "settings/completion.html", {"asked": asked.whole_of(row)})


def _completions(request: Request, *, whole: bool = False) -> QuerySet[Completion]:
    rows = Completion.objects.filter(team=request.team)
    rows = rows.select_related("dream__store", "replay__proposal", "batch")
    return rows if whole else rows.defer("request", "answer")


def _page(
    request: Request, *, budget_form: BudgetForm | None = None, trial: Any = None
) -> HttpResponse:
    budget = budgets.of(request.team)
    form = budget_form or BudgetForm(initial=as_set(budget))
    context = {
        **_key(),
        "form": form,
        "budget": budget,
        "tiers": [(tier, getattr(budget, tier)) for tier in budgets.TIERS],
        "prices": [asked.price_of(rate) for rate in prices.table(request.team)],
        "shipped": next(iter(prices.defaults().values())),
        "spending": spending.of(request.team),
        "dreams": [asked.cost_of(d) for d in spending.of_dreams(request.team)],
        "rows": [
            asked.line_of(row) for row in _completions(request).order_by("-pk")[:10]
        ],
        "trial": trial,
    }
    status = 422 if form.is_bound else 200
    return render(request, "settings/models.html", context, status=status)


def _key() -> dict[str, object]:
    """Whether there is a key, where from, and where it leads; never the key."""
    address = urlsplit(settings.ANTHROPIC_BASE_URL or _USUAL)
    port = f":{address.port}" if address.port else ""
    known: dict[str, object] = {
        # Without a name and password that somebody may have put into it.
        "address": f"{address.scheme}://{address.hostname}{port}{address.path}",
        "usual": not settings.ANTHROPIC_BASE_URL,
    }
    try:
        key = keys.find()
    except keys.KeyUnreadable as refusal:
        return known | {"unreadable": refusal.message}
    if key is None:
        return known
    return known | {"origin": key.origin, "ending": key.ending}


urlpatterns = [
    path("settings/models/", models, name="settings-models"),
    path("settings/models/test/", test, name="model-test"),
    path("settings/models/price/", price, name="price"),
    path("settings/models/price/remove/", remove_price, name="price-remove"),
    path("settings/models/asked/", completions, name="completions"),
    path("settings/models/asked/<int:pk>/", completion, name="completion"),
]
