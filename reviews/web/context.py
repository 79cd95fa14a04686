"""What stands around every page: navigation, stores, teams, appearance, banners.

Everything is asked for only when a template shows it, so a fragment costs no query.
"""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from reviews.memory.models import Store
from reviews.proposals import inbox
from reviews.proposals.models import KillSwitch
from reviews.teams import roles
from reviews.teams.models import Membership, Team
from reviews.web import access, alarms, appearance
from reviews.web.requests import Request, actor

_project = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text())
VERSION: str = _project["project"]["version"]

MOST_COUNTED = 999


@dataclass(frozen=True)
class Section:
    """One entry of the rail."""

    name: str
    label: str
    icon: str
    key: str
    # Pages of one store: their address ends in the store's name.
    per_store: str = ""
    # Pages that belong to the section though their address begins differently.
    also: tuple[str, ...] = ()


SECTIONS = [
    Section("inbox", "Inbox", "inbox", "g i", also=("/proposals/",)),
    Section("dreams", "Dreams", "sparkles", "g d"),
    Section("traces", "Traces", "route", "g t"),
    Section("memories", "Memory", "book-open", "g m", per_store="memory"),
    Section(
        "histories", "History", "history", "g h", "history", ("/compare/", "/rollback/")
    ),
    Section("audit", "Audit", "scroll-text", "g a"),
]
SETTINGS = Section("settings", "Settings", "settings", "g s")


@dataclass(frozen=True)
class Link:
    """A section as it is linked to from this page."""

    section: Section
    url: str
    current: bool
    # "12", or "999+"; empty where there is nothing to count.
    count: str = ""


class Permissions:
    """What the person's role carries: ``{% if frame.may.decide %}``."""

    def __init__(self, role: str) -> None:
        self.role = role

    def __getitem__(self, permission: str) -> bool:
        return roles.allows(self.role, permission.replace("_", " "))


class Frame:
    """The frame of one page for one person."""

    version = VERSION

    def __init__(self, request: HttpRequest) -> None:
        self.request = cast(Request, request)

    @cached_property
    def inside(self) -> bool:
        """Whether somebody is signed in and looks at a team."""
        return hasattr(self.request, "membership")

    @cached_property
    def look(self) -> appearance.Look:
        return appearance.of(self.request)

    @property
    def team(self) -> Team:
        return self.request.team

    @property
    def memberships(self) -> list[Membership]:
        return self.request.memberships

    @cached_property
    def may(self) -> Permissions:
        return Permissions(self.request.membership.role if self.inside else "")

    @cached_property
    def stores(self) -> list[Store]:
        return access.stores(self.request)

    @cached_property
    def store(self) -> Store | None:
        """The store that the address names, if it names one."""
        match = self.request.resolver_match
        name = (match.kwargs.get("store") if match else "") or self.request.GET.get(
            "store", ""
        )
        return next((one for one in self.stores if one.name == name), None)

    @cached_property
    def nav(self) -> list[Link]:
        return [self._link(section) for section in SECTIONS]

    @cached_property
    def settings(self) -> Link:
        return self._link(SETTINGS)

    @property
    def kill_switch(self) -> KillSwitch | None:
        """Set while nothing may be approved by a policy; it came with the team."""
        switch: KillSwitch | None = getattr(self.team, "kill_switch", None)
        return switch if switch and switch.on else None

    @cached_property
    def idle(self) -> bool:
        """Set while work that is due is left lying."""
        return alarms.idle()

    @cached_property
    def switcher(self) -> list[tuple[Store | None, str]]:
        """The section's address for all stores and for each."""
        here = next((link.section for link in self.nav if link.current), SECTIONS[0])
        address = reverse(f"web:{here.name}")
        if here.per_store:
            return [
                (store, reverse(f"web:{here.per_store}", args=[store.name]))
                for store in self.stores
            ]
        each = [(store, f"{address}?store={store.name}") for store in self.stores]
        return [(None, address), *each]

    def _link(self, section: Section) -> Link:
        url = root = reverse(f"web:{section.name}")
        if section.per_store and self.store:
            url = reverse(f"web:{section.per_store}", args=[self.store.name])
        count = self._waiting() if section.name == "inbox" else ""
        current = self.request.path.startswith((root, *section.also))
        return Link(section, url, current, count)

    def _waiting(self) -> str:
        """How many proposals wait for this person; every page asks, so not all of many."""
        count = getattr(self.request, "waiting", None)
        if count is None:
            by = actor(self.request)
            count = inbox.waiting(self.team, by=by, most=MOST_COUNTED + 1)
        if count > MOST_COUNTED:
            return f"{MOST_COUNTED}+"
        return str(count) if count else ""


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Context processor: ``frame`` in every template."""
    return {"frame": Frame(request)}
