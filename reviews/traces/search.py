"""Finding traces: filters, full text through its index, pages by key and not by number."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.search import SearchQuery
from django.db import models
from django.db.models import Q

from reviews.errors import Invalid
from reviews.teams.models import Agent, Team
from reviews.traces.models import Trace

# How words are cut for the index; the words that people search by are cut the same way.
CONFIGURATION = "english"
SIZE = 30


@dataclass(frozen=True)
class Filters:
    """What a list of traces is narrowed to; empty means all."""

    agent: str = ""
    outcome: str = ""
    person: str = ""
    group: str = ""
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


@dataclass(frozen=True)
class Page:
    """A piece of a list, and the keys of its neighbours; empty where there is none."""

    traces: list[Trace]
    newer: str = ""
    older: str = ""


def find(team: Team, filters: Filters = Filters()) -> models.QuerySet[Trace]:
    """Find a team's traces, newest first, without their index of words."""
    rows = Trace.objects.filter(team=team).defer("search").select_related("agent")
    if filters.agent:
        rows = rows.filter(
            agent__in=Agent.objects.filter(team=team, name=filters.agent)
        )
    if filters.outcome:
        known = "" if filters.outcome == "unknown" else filters.outcome
        rows = rows.filter(outcome=known)
    if filters.person:
        rows = rows.filter(person=filters.person)
    if filters.group:
        rows = rows.filter(group=filters.group)
    if filters.since:
        rows = rows.filter(happened_at__gte=filters.since)
    if filters.until:
        rows = rows.filter(happened_at__lt=filters.until)
    if filters.text.strip():
        query = SearchQuery(
            filters.text.replace("\0", " "),
            config=CONFIGURATION,
            search_type="websearch",
        )
        rows = rows.filter(search=query)
    return rows.order_by("-happened_at", "-id")


def page(rows: models.QuerySet[Trace], key: str = "", *, size: int = SIZE) -> Page:
    """Cut a page at a key that an earlier page gave; without one, the first page."""
    if key.startswith("newer-"):
        return _newer(rows, key.removeprefix("newer-"), size)
    if key:
        rows = rows.filter(_beyond(key.removeprefix("older-"), older=True))
    found = list(rows[: size + 1])
    more, found = len(found) > size, found[:size]
    return Page(
        found,
        newer=f"newer-{_key(found[0])}" if key and found else "",
        older=f"older-{_key(found[-1])}" if more else "",
    )


def _newer(rows: models.QuerySet[Trace], key: str, size: int) -> Page:
    rising = rows.filter(_beyond(key, older=False)).order_by("happened_at", "id")
    found = list(rising[: size + 1])
    more, found = len(found) > size, found[:size][::-1]
    if not found:
        return page(rows, size=size)
    return Page(
        found,
        newer=f"newer-{_key(found[0])}" if more else "",
        older=f"older-{_key(found[-1])}",
    )


def _beyond(key: str, *, older: bool) -> Q:
    moment, pk = _parsed(key)
    if older:
        near = Q(happened_at__lte=moment)
        return near & (Q(happened_at__lt=moment) | Q(happened_at=moment, id__lt=pk))
    near = Q(happened_at__gte=moment)
    return near & (Q(happened_at__gt=moment) | Q(happened_at=moment, id__gt=pk))


def _key(trace: Trace) -> str:
    text = f"{trace.happened_at.isoformat()} {trace.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _parsed(key: str) -> tuple[datetime, int]:
    try:
        text = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)).decode()
        moment, _, pk = text.partition(" ")
        return datetime.fromisoformat(moment), int(pk)
    except (ValueError, binascii.Error) as error:
        raise Invalid("That page's key cannot be read.", key=key[:80]) from error
