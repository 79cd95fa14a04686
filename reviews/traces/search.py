"""Finding traces: filters, full text through its index, pages by key and not by number."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.postgres.search import SearchQuery
from django.db import connection, models, transaction
from django.db.models import Q

from reviews.errors import Invalid
from reviews.teams.models import Agent, Team
from reviews.traces.models import Trace

# How words are cut for the index; the words that people search by are cut the same way.
CONFIGURATION = "english"
SIZE = 30
# A word in more traces than this fills a page sooner by walking than by sorting.
_COMMON = 8_000


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


def find(
    team: Team, filters: Filters = Filters(), beside: Sequence[int] = ()
) -> models.QuerySet[Trace]:
    """Find a team's traces, newest first, without their index of words.

    Words are looked up at once, and an agent's name; the rows only when they are asked
    for. ``beside`` are traces of which something else than themselves holds the words.
    """
    rows: models.QuerySet[Trace] = Trace.objects.filter(team=team)
    rows = rows.defer("search").select_related("agent")
    if filters.agent:
        # A key, not a subquery: only then does the index give the order as well.
        agent = Agent.objects.filter(team=team, name=filters.agent).first()
        rows = rows.filter(agent=agent) if agent else rows.none()
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
        rows = _with_words(rows, team, _query(filters.text, "websearch"), beside)
    return rows.order_by("-happened_at", "-id")


def begun(team: Team, typed: str) -> models.QuerySet[Trace]:
    """Find traces while somebody types: their words, the last one not finished yet."""
    words = re.findall(r"\w+", typed)
    rows: models.QuerySet[Trace] = Trace.objects.filter(team=team)
    rows = rows.defer("search").select_related("agent")
    if not words:
        return rows.none()
    query = _query(" & ".join(words) + ":*", "raw")
    return _with_words(rows, team, query).order_by("-happened_at", "-id")


def _query(text: str, kind: str) -> SearchQuery:
    return SearchQuery(text.replace("\0", " "), config=CONFIGURATION, search_type=kind)


def _with_words(
    rows: models.QuerySet[Trace],
    team: Team,
    query: SearchQuery,
    beside: Sequence[int] = (),
) -> models.QuerySet[Trace]:
    """Keep the traces that hold the words.

    PostgreSQL cannot know how rare a word is and likes to walk all traces by date until
    a page is full, which for a rare word is all of them. So the index is asked first;
    only words that are common enough to fill a page soon are left to the walk.
    """
    holding = Trace.objects.filter(team=team, search=query).values_list("pk", flat=True)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan TO off")
        hits = list(holding[: _COMMON + 1])
        cursor.execute("SET LOCAL enable_seqscan TO DEFAULT")
    if len(hits) > _COMMON:
        return rows.filter(Q(search=query) | Q(pk__in=beside))
    return rows.filter(pk__in=[*hits, *beside])


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
        # PostgreSQL knows fewer time zones than an address may name.
        at = datetime.fromisoformat(moment)
        return at.astimezone(UTC), int(pk)
    except (ValueError, OverflowError, binascii.Error) as error:
        raise Invalid("That page's key cannot be read.", key=key[:80]) from error
