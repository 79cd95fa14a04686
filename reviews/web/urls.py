"""Where people go: one list of addresses per noun, gathered here."""

from reviews.web.views import audit, dreams, palette, session, settings, start

app_name = "web"
urlpatterns = [
    *start.urlpatterns,
    *session.urlpatterns,
    *audit.urlpatterns,
    *dreams.urlpatterns,
    *settings.urlpatterns,
    *palette.urlpatterns,
]
