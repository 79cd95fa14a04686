"""Where people go: one list of addresses per noun, gathered here."""

from reviews.web.views import (
    agents,
    audit,
    compare,
    discussion,
    dreams,
    erasures,
    exports,
    history,
    inbox,
    memory,
    palette,
    proposals,
    readers,
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
    *agents.urlpatterns,
    *exports.urlpatterns,
    *erasures.urlpatterns,
    *memory.urlpatterns,
    *readers.urlpatterns,
    *history.urlpatterns,
    *compare.urlpatterns,
]
