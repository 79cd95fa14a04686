"""Where people go: one list of addresses per noun, gathered here."""

from reviews.web.views import (
    audit,
    discussion,
    dreams,
    history,
    inbox,
    memory,
    palette,
    proposals,
    rollbacks,
    session,
    settings,
    start,
    traces,
)

app_name = "web"
urlpatterns = [
    *start.urlpatterns,
    *session.urlpatterns,
    *audit.urlpatterns,
    *dreams.urlpatterns,
    *settings.urlpatterns,
    *palette.urlpatterns,
    *inbox.urlpatterns,
    *proposals.urlpatterns,
    *discussion.urlpatterns,
    *rollbacks.urlpatterns,
    *traces.urlpatterns,
    *memory.urlpatterns,
    *history.urlpatterns,
]
