"""Looking episodes up: past runs like this one, by what their summaries say.

All words first, best first; then runs that hold some of them, where rare words count for
more; and a word that no summary has is read as the nearest one that some do. Everything
is bounded: a word that most summaries have tells nothing and is not followed.
"""

import math
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from django.db import connection, models, transaction
from rapidfuzz import fuzz, process

from reviews.dreams.models import Episode
from reviews.errors import Invalid
from reviews.memory.models import Store, Subscription
from reviews.traces.models import Trace

MOST, LONGEST_QUERY = 50, 400
# Words of a query that are followed, and episodes that one of them may be in.
_MOST_WORDS, _COMMON = 12, 4_000
# A score in more traces than this fills a page sooner by walking than by sorting.
_COMMON_IN_LISTS = 8_000
# Newest episodes whose words a misspelt one is held against, and how near it must be.
_VOCABULARY, _NEAR = 2_000, 75
_SHORTEST = 4
# A phrase, or a word to leave out: who types these wants nothing else.
_STRICT = re.compile(r'"|(?:^|\s)-\w')
# Stems of the words that summaries themselves are made of: they tell no run from another.
_OURS = frozenset(
    ("agent", "ask", "call", "end", "later", "made", "person", "rate", "run", "time",
     "tool", "turn", "word", "work", "wrote")
)  # fmt: skip

_NARROWED = """
agent_id = ANY(%(agents)s)
AND (%(outcome)s = '*' OR outcome = %(outcome)s)
AND (%(score)s = '' OR shows @> ARRAY[%(score)s]::varchar[])
AND day BETWEEN %(since)s AND %(until)s
"""
_NEWEST = f"""
SELECT found.trace_id FROM unnest(%(agents)s::bigint[]) AS one (agent)
CROSS JOIN LATERAL (
    SELECT trace_id, day FROM reviews_episode
    WHERE agent_id = one.agent AND {_NARROWED}
    ORDER BY day DESC, trace_id DESC LIMIT %(limit)s
) AS found
ORDER BY found.day DESC, found.trace_id DESC LIMIT %(limit)s
"""  # noqa: S608 - constants
_ALL_WORDS = f"""
SELECT trace_id FROM (
    SELECT trace_id, day, search FROM reviews_episode
    WHERE search @@ websearch_to_tsquery('english', %(text)s) AND {_NARROWED}
    LIMIT %(common)s
) AS found
ORDER BY ts_rank(search, websearch_to_tsquery('english', %(text)s)) DESC,
    day DESC, trace_id DESC LIMIT %(limit)s
"""  # noqa: S608 - constants
_STEMS = """
SELECT lexeme FROM unnest(to_tsvector('english', %(text)s))
WHERE strpos(lexeme, '''') = 0 AND strpos(lexeme, chr(92)) = 0
ORDER BY length(lexeme) DESC, lexeme LIMIT %(words)s
"""
# For each word the episodes that hold it, up to one more than count.
_SOME_WORDS = f"""
SELECT word.stem, array_agg(found.trace_id) FROM unnest(%(stems)s::text[]) AS word (stem)
CROSS JOIN LATERAL (
    SELECT trace_id FROM reviews_episode
    WHERE search @@ ('''' || word.stem || '''')::tsquery AND {_NARROWED}
    LIMIT %(common)s + 1
) AS found
GROUP BY word.stem
"""  # noqa: S608 - constants
# The inner statement is text to PostgreSQL; only keys of agents and a number go into it.
_WORDS = """
SELECT word FROM ts_stat(format(
    'SELECT search FROM reviews_episode WHERE agent_id = ANY(%%L::bigint[])
     ORDER BY day DESC LIMIT %%s', %(agents)s::bigint[]::text, %(vocabulary)s::int))
WHERE length(word) >= %(shortest)s
"""


_TEAM = (
    "agent_id IN (SELECT id FROM reviews_agent WHERE team_id = %(team)s) LIMIT %(most)s"
)
_HOLDING = f"""
SELECT trace_id FROM reviews_episode
WHERE search @@ websearch_to_tsquery('english', %(text)s) AND {_TEAM}
"""  # noqa: S608 - constants
_SHOWING = f"""
SELECT trace_id FROM reviews_episode
WHERE shows @> ARRAY[%(score)s]::varchar[] AND {_TEAM}
"""  # noqa: S608 - constants


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for; empty means all."""

    text: str = ""
    agent: str = ""
    # "unknown" for runs that nobody rated.
    outcome: str = ""
    score: str = ""
    since: date = date.min
    until: date = date.max
    limit: int = 10


class Found(msgspec.Struct, frozen=True):
    """What was found, best first."""

    episodes: tuple[Episode, ...]
    # "all" of the words, "some" of them, or "" where none were given.
    holding: str = ""
    # What no summary has → what was looked for in its place.
    instead: dict[str, str] = {}


def of_store(store: Store, asked: Asked) -> Found:
    """Episodes of the agents that read a store."""
    rows = Subscription.objects.filter(store=store, agent__team=store.team_id)
    if asked.agent:
        rows = rows.filter(agent__name=asked.agent)
    return _find(sorted(rows.values_list("agent_id", flat=True)), asked)


def holding(team: int, text: str) -> list[int]:
    """Traces of a team whose summaries hold all of the words: for a list that is paged."""
    if not text.strip():
        return []
    values = {"text": text[:LONGEST_QUERY].replace("\0", " "), "team": team}
    return _of_team(_HOLDING, values)


def showing(
    rows: models.QuerySet[Trace], team: int, score: str
) -> models.QuerySet[Trace]:
    """Keep the traces in which an evaluator found something to look at.

    The index is asked first; what most runs show fills a page sooner by walking.
    """
    found = _of_team(_SHOWING, {"score": score, "team": team}, _COMMON_IN_LISTS)
    if len(found) > _COMMON_IN_LISTS:
        return rows.filter(episode__shows__contains=[score])
    return rows.filter(pk__in=found)


def _of_team(statement: str, values: dict[str, Any], most: int = _COMMON) -> list[int]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan TO off")
        cursor.execute(statement, values | {"most": most + 1})
        found = [key for (key,) in cursor.fetchall()]
        cursor.execute("SET LOCAL enable_seqscan TO DEFAULT")
    return found


def _find(agents: Sequence[int], asked: Asked) -> Found:
    text = " ".join(asked.text.replace("\0", " ").split())[:LONGEST_QUERY]
    values = _values(agents, asked)
    if not agents:
        return Found(())
    with transaction.atomic():
        return _searched(text, values) if text else Found(_load(_keys(_NEWEST, values)))


def _values(agents: Sequence[int], asked: Asked) -> dict[str, Any]:
    if not 1 <= asked.limit <= MOST:
        raise Invalid(f"Ask for 1 to {MOST} episodes.", field="limit")
    outcome = {"": "*", "unknown": ""}.get(asked.outcome, asked.outcome)
    if outcome not in {"*", "", "success", "failure"}:
        raise Invalid("An outcome is success, failure or unknown.", field="outcome")
    return {
        "agents": list(agents),
        "outcome": outcome,
        "score": asked.score,
        "since": asked.since,
        "until": asked.until,
        "limit": asked.limit,
        "common": _COMMON,
    }


def _searched(text: str, values: dict[str, Any]) -> Found:
    with connection.cursor() as cursor:
        # PostgreSQL cannot know how rare a word is, and likes to read everything.
        cursor.execute("SET LOCAL enable_seqscan TO off")
    best = _keys(_ALL_WORDS, values | {"text": text})
    limit = values["limit"]
    if len(best) >= limit or _STRICT.search(text):
        return Found(_load(best), "all")
    more, instead = _some(text, values)
    rest = [key for key in more if key not in set(best)][: limit - len(best)]
    return Found(_load([*best, *rest]), "all" if best else "some", instead)


def _some(text: str, values: dict[str, Any]) -> tuple[list[int], dict[str, str]]:
    """Episodes with some of the words, the rarer the better, and what was read for what."""
    stems = [str(key) for key in _keys(_STEMS, {"text": text, "words": _MOST_WORDS})]
    stems = [stem for stem in stems if stem not in _OURS]
    hits = _hits(stems, values)
    lost = [stem for stem in stems if stem not in hits and len(stem) >= _SHORTEST]
    instead = _nearest(lost, values) if lost else {}
    hits |= _hits(list(instead.values()), values)
    total = max((len(keys) for keys in hits.values()), default=0) + 1
    worth: dict[int, float] = {}
    for _, keys in sorted(hits.items()):
        if len(keys) <= _COMMON:
            for key in keys:
                worth[key] = worth.get(key, 0.0) + math.log(1 + total / len(keys))
    return sorted(worth, key=lambda key: (-worth[key], -key)), instead


def _hits(stems: list[str], values: dict[str, Any]) -> dict[str, list[int]]:
    if not stems:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SOME_WORDS, values | {"stems": stems})
        return dict(cursor.fetchall())


def _nearest(lost: list[str], values: dict[str, Any]) -> dict[str, str]:
    """For each word that no summary has, the nearest that one of the newest has."""
    given = {
        "agents": values["agents"],
        "vocabulary": _VOCABULARY,
        "shortest": _SHORTEST,
    }
    known = [str(key) for key in _keys(_WORDS, given)]
    found = {}
    for stem in lost:
        near = process.extractOne(stem, known, scorer=fuzz.ratio, score_cutoff=_NEAR)
        if near is not None:
            found[stem] = near[0]
    return found


def _keys(statement: str, values: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [key for (key,) in cursor.fetchall()]


def _load(keys: Sequence[int]) -> tuple[Episode, ...]:
    rows = Episode.objects.filter(pk__in=keys).select_related("trace", "agent")
    found = rows.defer("search", "trace__search").in_bulk()
    return tuple(found[key] for key in keys if key in found)
