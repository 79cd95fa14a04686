"""What people do with dreams: start one, start it again, cancel it, discard what it proposed.

Each has an address of its own, so it works without script; htmx opens it as a dialog.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from reviews.dreams import discards, dreams, offers
from reviews.dreams.engines import registry
from reviews.dreams.models import Dream
from reviews.errors import DomainError
from reviews.memory.models import Store
from reviews.web import access, forms
from reviews.web.requests import Request, actor, said
from reviews.web.views.dreams import get

either = require_http_methods(["GET", "HEAD", "POST"])


@either
@access.needs("dream")
def start(request: Request) -> HttpResponse:
    """Start a dream of a store and go to its page; before, what it would take."""
    sent = request.POST if request.method == "POST" else request.GET
    store = access.store(request, sent.get("store", ""))
    form = forms.Dream(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        engine = form.cleaned_data["engine"] or registry.DEFAULT
        days = form.cleaned_data["window_days"]
        try:
            offers.check(store, engine)
            dream = dreams.start(
                store,
                by=actor(request),
                engine=engine,
                window_days=dreams.WINDOW_DAYS if days is None else days,
                dry=form.cleaned_data["dry"],
            )
        except DomainError as refusal:
            return _ask_to_start(request, store, form, refusal)
        return _go(request, dream)
    return _ask_to_start(request, store, form)


@either
@access.needs("dream")
def again(request: Request, pk: int) -> HttpResponse:
    """Dream over the same window once more, with this engine or another one."""
    dream = get(request, pk)
    form = forms.Again(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        engine = form.cleaned_data["engine"] or dream.engine
        frozen = form.cleaned_data["thresholds"] == "frozen"
        try:
            offers.check(dream.store, engine)
            once_more = dreams.again(
                dream,
                by=actor(request),
                engine=engine,
                thresholds="frozen" if frozen else "now",
                dry=form.cleaned_data["dry"],
            )
        except DomainError as refusal:
            return _ask_again(request, dream, form, refusal)
        return _go(request, once_more)
    return _ask_again(request, dream, form)


@either
@access.needs("dream")
def cancel(request: Request, pk: int) -> HttpResponse:
    """Stop a dream; what it has proposed stays, unless somebody would rather not."""
    dream = get(request, pk)
    if request.method != "POST":
        return _ask(request, "cancel", {"dream": dream})
    keep = request.POST.get("keep", "yes") != "no"
    dreams.cancel(dream, by=actor(request), reason=said(request, "reason"), keep=keep)
    messages.success(request, f"Dream {dream.pk} was canceled.")
    return _go(request, dream)


@either
@access.needs("decide")
def discard(request: Request, pk: int) -> HttpResponse:
    """Take back what a dream proposed and nobody has touched."""
    dream = get(request, pk)
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            done = discards.discard(
                dream, by=actor(request), reason=said(request, "reason")
            )
        except DomainError as error:
            refusal = error
        else:
            count = len(done.open)
            noun = "proposal was" if count == 1 else "proposals were"
            messages.success(request, f"{count} {noun} discarded.")
            return _go(request, dream)
    context = {"dream": dream, "undecided": discards.of(dream)}
    return _ask(request, "discard", context, refusal)


def _ask_to_start(
    request: Request,
    store: Store,
    form: forms.Dream,
    refusal: DomainError | None = None,
) -> HttpResponse:
    context = {
        "store": store,
        "form": form,
        "offers": offers.of(store),
        "chosen": form["engine"].value() or registry.DEFAULT,
        "days": form["window_days"].value() or dreams.WINDOW_DAYS,
        "unfinished": dreams.unfinished(store),
    }
    return _ask(request, "start", context, refusal)


def _ask_again(
    request: Request,
    dream: Dream,
    form: forms.Again,
    refusal: DomainError | None = None,
) -> HttpResponse:
    asked = request.GET.get("for", "")
    context = {
        "dream": dream,
        "store": dream.store,
        "form": form,
        "offers": offers.of(dream.store),
        "chosen": form["engine"].value() or dream.engine,
        "thresholds": form["thresholds"].value()
        or ("frozen" if asked in ("real", "retry") else "now"),
        "dry": form["dry"].value() if form.is_bound else asked == "retry" and dream.dry,
        "asked": asked,
        "unfinished": dreams.unfinished(dream.store),
    }
    return _ask(request, "again", context, refusal)


def _ask(
    request: Request,
    act: str,
    context: dict[str, Any],
    refusal: DomainError | None = None,
) -> HttpResponse:
    """The form of one act: in a dialog, or as a page of its own."""
    part = "#dialog" if request.htmx else ""
    form = context.get("form")
    wrong = form is not None and form.is_bound and not form.is_valid()
    status = refusal.status if refusal else 422 if wrong else 200
    known = {**context, "act": act, "refusal": refusal}
    return render(request, f"dreams/{act}.html{part}", known, status=status)


def _go(request: Request, dream: Dream) -> HttpResponse:
    where = redirect("web:dream", dream.pk)
    return HttpResponseClientRedirect(where.url) if request.htmx else where


urlpatterns = [
    path("dreams/start/", start, name="dream-start"),
    path("dreams/<int:pk>/again/", again, name="dream-again"),
    path("dreams/<int:pk>/cancel/", cancel, name="dream-cancel"),
    path("dreams/<int:pk>/discard/", discard, name="dream-discard"),
]
