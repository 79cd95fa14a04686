"""Where programs go: ``/api/…``, exact, without trailing slash; ``/api/docs`` describes it."""

from django.urls import path
from ninja import NinjaAPI

from reviews.api import problems
from reviews.api.views import bundles, episodes, traces

api = NinjaAPI(
    title="Dreamboard",
    version="1",
    description="Traces in, memory out. Every refusal is a problem (RFC 9457).",
    urls_namespace="api",
    docs_url=None,
)
problems.register(api)
api.add_router("", traces.router)
api.add_router("", bundles.router)
api.add_router("", episodes.router)

urlpatterns = [path("api/", api.urls)]
