"""A store's twin at Anthropic: linked here, its state, and the buttons that hurry it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from reviews.dreams import messages as workers
from reviews.dreams.asking import keys
from reviews.dreams.hosted import links
from reviews.dreams.models import HostedMemory, HostedStore
from reviews.errors import DomainError
from reviews.memory.models import Store
from reviews.web import access, forms
from reviews.web.requests import Request, actor


@require_http_methods(["GET", "HEAD", "POST"])
@access.needs("administer")
def link(request: Request, store: str) -> HttpResponse:
    """How a store is linked; POST links it, or changes what dreams over there are told."""
    found = access.store(request, store)
    hosted = HostedStore.objects.filter(store=found).first()
    form = _form(request, hosted)
    if form.is_valid():
        try:
            _save(request, found, hosted, form)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return redirect("web:store-link", found.name)
    refused = form.is_bound and not form.is_valid()
    context = {
        "form": form,
        "store": found,
        "hosted": hosted,
        "missing": _missing(),
        **_state(hosted),
    }
    status = 422 if refused else 200
    return render(request, "settings/hosted.html", context, status=status)


@require_POST
@access.needs("administer")
def unlink(request: Request, store: str) -> HttpResponse:
    """Untie a store; nothing is deleted on either side."""
    hosted = _hosted(request, store)
    links.unlink(hosted, by=actor(request), reason=request.POST.get("reason", ""))
    messages.success(request, f"{store} is not linked any more. Nothing was deleted.")
    return redirect("web:store-link", store)


@require_POST
@access.needs("administer")
def pull(request: Request, store: str) -> HttpResponse:
    """Ask a worker to take in what is new over there."""
    workers.send(workers.PULL, _hosted(request, store).pk)
    messages.success(
        request, "Pulling has been asked for. What comes of it stands here."
    )
    return redirect("web:store-link", store)


@require_POST
@access.needs("administer")
def push(request: Request, store: str) -> HttpResponse:
    """Ask a worker to write back what is new here."""
    workers.send(workers.PUSH, _hosted(request, store).pk)
    messages.success(
        request, "Writing back has been asked for. What comes of it stands here."
    )
    return redirect("web:store-link", store)


def _form(request: Request, hosted: HostedStore | None) -> forms.HostedDreams:
    data = request.POST or None
    if hosted is None:
        return forms.NewLink(data)
    now = {"model": hosted.model, "instructions": hosted.instructions}
    return forms.HostedDreams(data, initial=now)


def _save(
    request: Request,
    store: Store,
    hosted: HostedStore | None,
    form: forms.HostedDreams,
) -> None:
    if hosted is not None:
        links.change(hosted, by=actor(request), **form.cleaned_data)
        messages.success(request, "Saved.")
        return
    data = dict(form.cleaned_data)
    linked = links.link(store, data.pop("remote_id"), by=actor(request), **data)
    workers.send(workers.PULL, linked.pk)
    messages.success(request, f"{store.name} is linked to {linked.remote_id}.")


def _hosted(request: Request, store: str) -> HostedStore:
    return get_object_or_404(HostedStore, store=access.store(request, store))


def _missing() -> str:
    """Why nothing can be asked of Anthropic now; empty when it can."""
    try:
        return "" if keys.find() else keys.MISSING
    except DomainError as refusal:
        return refusal.message


def _state(hosted: HostedStore | None) -> dict[str, object]:
    """How far both sides are apart."""
    if hosted is None:
        return {}
    store = hosted.store
    target = store.frozen_at or store.head
    return {
        "target": target,
        "behind": target != hosted.pushed,
        "sessions": len(hosted.cursor),
        "memories": hosted.memories.count(),
        "waiting": HostedMemory.objects.filter(hosted=hosted)
        .exclude(arrived="")
        .order_by("path")[:20],
    }


urlpatterns = [
    path("settings/stores/<str:store>/hosted/", link, name="store-link"),
    path("settings/stores/<str:store>/hosted/unlink/", unlink, name="store-unlink"),
    path("settings/stores/<str:store>/hosted/pull/", pull, name="store-pull"),
    path("settings/stores/<str:store>/hosted/push/", push, name="store-push"),
]
