"""Three includes (people, programs, accounts) and what a load balancer asks."""

from django.urls import include, path

from dreamboard import health

urlpatterns = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("account/", include("allauth.account.urls")),
    path("", include("reviews.api.urls")),
    path("", include("reviews.web.urls")),
]

handler400 = "reviews.web.errors.bad_request"
handler403 = "reviews.web.errors.forbidden"
handler404 = "reviews.web.errors.not_found"
handler500 = "reviews.web.errors.server_error"
