"""How a person likes to see the pages; kept with the person, and in a cookie for the door."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from reviews.teams.models import User

COOKIE = "theme"
YEAR = 365 * 24 * 3600

CHOICES = {
    "theme": [("auto", "As the system"), ("light", "Light"), ("dark", "Dark")],
    "density": [("comfortable", "Comfortable"), ("compact", "Compact")],
    "diff": [("default", "Blue and orange"), ("classic", "Green and red")],
    "view": [
        ("auto", "As it fits"),
        ("unified", "Unified"),
        ("split", "Side by side"),
    ],
    "keys": [("on", "On"), ("off", "Off, except with Ctrl or Cmd")],
}


@dataclass(frozen=True)
class Look:
    """One value per choice; the first of each is the default."""

    theme: str = "auto"
    density: str = "comfortable"
    diff: str = "default"
    view: str = "auto"
    keys: str = "on"


def of(request: HttpRequest) -> Look:
    """The look for whoever asks: their own, else what the browser remembers."""
    user = getattr(request, "user", None)
    chosen = dict(user.preferences) if isinstance(user, User) else {}
    chosen.setdefault("theme", request.COOKIES.get(COOKIE, "auto"))
    return Look(**{one.name: _known(one.name, chosen) for one in fields(Look)})


def keep(user: User, response: HttpResponse, **chosen: Any) -> Look:
    """Remember what was chosen; what is unknown stays as it was."""
    before = user.preferences
    look = Look(**{one.name: _known(one.name, before | chosen) for one in fields(Look)})
    user.preferences = before | asdict(look)
    user.save(update_fields=["preferences"])
    response.set_cookie(
        COOKIE,
        look.theme,
        max_age=YEAR,
        samesite="Lax",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return look


def _known(name: str, chosen: dict[str, Any]) -> str:
    known = [value for value, _ in CHOICES[name]]
    return chosen[name] if chosen.get(name) in known else known[0]
